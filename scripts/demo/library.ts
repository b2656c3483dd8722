import { join } from 'node:path'
import type { Client } from '../../client/client.ts'
import {
  LibraryChangesDocument,
  type LibraryChangesSubscription,
  MediaBulkDeleteDocument,
  MediaBulkPreviewDocument,
  MediaFacetsDocument,
  MediaListDocument,
  OperationDocument,
  OperationProgressDocument,
  ResourceChildrenDocument,
  type ResourceRef,
} from '../../client/generated/documents.ts'
import { course } from './course.ts'
import { makeNotice } from './revision.ts'
import { print, printRequest, printResponse, unexpectedResult } from './terminal.ts'
import { upload } from './upload.ts'

const filter = { tagsAll: ['demo'] }

const countFacets = async (client: Client): Promise<void> => {
  print('\nCount media for the controls of a filter:')
  printRequest('mediaFacets of everything tagged "demo"')
  const { mediaFacets } = await client.send(MediaFacetsDocument, { filter, first: 3 })
  printResponse(`${mediaFacets.totalCount} media`)
  printResponse(`  kinds: ${mediaFacets.kinds.map(({ kind, count }) => `${kind} ${count}`).join(', ')}`)
  printResponse(`  tags: ${mediaFacets.tags.map(({ name, count }) => `${name} ${count}`).join(', ')}`)
  printResponse(
    `  courses: ${mediaFacets.courses.map(({ resource, count }) => `${resource.title} ${count}`).join(', ')}`,
  )
}

/** Opens a level of the course's tree after the other. */
const openTree = async (client: Client, ref: ResourceRef, indent = '  '): Promise<void> => {
  printRequest(`resource ${ref.externalId}, its children`)
  const { resource } = await client.send(ResourceChildrenDocument, { ref })
  for (const child of resource?.children.nodes ?? []) {
    printResponse(`${indent}${child.type} "${child.title}"`)
    await openTree(client, { source: child.source, type: child.type, externalId: child.externalId }, `${indent}  `)
  }
}

/** Uploads a file while following the list; returns how to read the next change. */
const followList = async (client: Client, folder: string) => {
  print('\nFollow a list while a file is uploaded:')
  printRequest('libraryChanges of everything tagged "demo"')
  const changes = client.follow(LibraryChangesDocument, { filter })
  const readUntil = async (isLast: (status: string | undefined) => boolean): Promise<void> => {
    for (;;) {
      const { value } = await changes.next()
      if (value === undefined) throw new Error('The subscription ended early.')
      const changed: LibraryChangesSubscription['libraryChanges'] = value.libraryChanges
      for (const { kind, mediaId, media } of changed)
        printResponse(`${kind} ${media === null ? mediaId : `"${media.title}", ${media.status.toLowerCase()}`}`)
      if (changed.some(({ media }) => isLast(media?.status))) return
    }
  }
  const untilReady = readUntil((status) => status === 'READY')
  printRequest('mediaUploadCreate, then the bytes')
  const { sending } = await upload(client, await makeNotice(folder), { input: { tags: ['demo'] } })
  await Promise.all([sending, untilReady])
  return {
    readRemoval: () => readUntil((status) => status === undefined),
    end: () => changes.return?.(undefined),
  }
}

const deleteTheRest = async (client: Client): Promise<void> => {
  print('\nSelect everything except the handouts, preview its deletion, then run it:')
  const [all, handouts] = await Promise.all(
    [filter, { tagsAll: ['handout'] }].map(async (of) => client.send(MediaListDocument, { filter: of, first: 100 })),
  )
  const exceptIds = (handouts?.mediaList.edges ?? []).map(({ node }) => node.id)
  const target = { filter, exceptIds, expectedCount: all?.mediaList.totalCount }
  printRequest(`mediaBulkPreview of DELETE with ${exceptIds.length} exceptions`)
  const { mediaBulkPreview } = await client.send(MediaBulkPreviewDocument, { action: 'DELETE', input: target })
  printResponse(`${mediaBulkPreview.total} media, ${mediaBulkPreview.allowed} allowed`)
  for (const { code, count, message } of mediaBulkPreview.refused) printResponse(`  ${count} × ${code}: ${message}`)
  printRequest('mediaBulkDelete of the same selection')
  const { mediaBulkDelete } = await client.send(MediaBulkDeleteDocument, { input: target })
  if (mediaBulkDelete.__typename !== 'Operation') throw unexpectedResult('mediaBulkDelete', mediaBulkDelete)
  for await (const _ of client.follow(OperationProgressDocument, { id: mediaBulkDelete.id }));
  const { operation } = await client.send(OperationDocument, { id: mediaBulkDelete.id })
  printResponse(`${operation?.summary}: ${operation?.succeeded} succeeded, ${operation?.failed} failed`)
}

/** Shows what a frontend does with the library: facets, a tree, a list that is followed, a previewed bulk action. */
export const tourLibrary = async (client: Client, { folder }: { folder: string }): Promise<void> => {
  await countFacets(client)
  print('\nOpen the tree of a course level by level:')
  await openTree(client, course)
  const list = await followList(client, join(folder, 'notices'))
  await deleteTheRest(client)
  await list.readRemoval()
  await list.end()
}

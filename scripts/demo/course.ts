import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Client } from '../../client/client.ts'
import {
  LessonDocument,
  MediaBulkPreviewDocument,
  MediaBulkTagDocument,
  MediaDeleteWhereUnusedDocument,
  type MediaKind,
  MediaLinkDocument,
  MediaListDocument,
  MediaVersionActivateDocument,
  OperationDocument,
  OperationProgressDocument,
  type PlaceFragment,
  ResourceDeleteDocument,
} from '../../client/generated/documents.ts'
import type { FfmpegBinaries } from '../../worker/ffmpeg/binaries.ts'
import { makeHandouts, makeRevision } from './revision.ts'
import { print, printRequest, printResponse, unexpectedResult } from './terminal.ts'
import { upload, waitForProcessing } from './upload.ts'

const source = 'demo'
export const course = { source, type: 'course', externalId: 'physics-101' }
const lesson = { source, type: 'lesson', externalId: 'the-pendulum' }
const lessonInput = {
  ...lesson,
  title: 'The pendulum',
  url: 'https://lms.example/lessons/the-pendulum',
  parent: {
    source,
    type: 'chapter',
    externalId: 'oscillation',
    title: 'Oscillation',
    parent: { ...course, title: 'Physics 101' },
  },
}

const pathOf = ({ title, parent }: PlaceFragment): string =>
  [parent?.parent?.title, parent?.title, title].filter((name) => name != null).join(' › ')

const showLesson = async (client: Client): Promise<void> => {
  const { resource } = await client.send(LessonDocument, { ref: lesson })
  if (resource == null) throw new Error('The lesson of the demo does not exist. Run the demo again.')
  for (const { media } of resource.usages.nodes) {
    const { number, originalFileName } = media.currentVersion
    printResponse(`${pathOf(resource)} shows "${media.title}", version ${number} (${originalFileName})`)
    printResponse(`  at ${media.url.replace(/\?.*/, '?…')}`)
  }
}

const link = async (client: Client, mediaId: string): Promise<void> => {
  // Removes the course of an earlier run. Linking to the lesson below brings it back.
  await client.send(ResourceDeleteDocument, { ref: course })
  print('\nLink it to a lesson (repeating the call changes nothing):')
  const usageIds = new Set<string>()
  for (const call of ['mediaLink to a lesson, with its chapter and course', 'mediaLink again']) {
    printRequest(call)
    const { mediaLink } = await client.send(MediaLinkDocument, { input: { mediaId, resource: lessonInput } })
    if (mediaLink.__typename !== 'MediaUsage') throw unexpectedResult('mediaLink', mediaLink)
    printResponse(
      `${usageIds.has(mediaLink.id) ? 'the same link' : 'a new link'}, used ${mediaLink.media.usageCount} time(s)`,
    )
    usageIds.add(mediaLink.id)
  }
  printRequest('resource, as the LMS does to show the lesson')
  await showLesson(client)
}

const tryDelete = async (client: Client, id: string): Promise<void> => {
  print('\nTry to delete a media that a lesson shows:')
  printRequest('mediaDelete')
  const { mediaDelete } = await client.send(MediaDeleteWhereUnusedDocument, { id })
  if (mediaDelete.__typename !== 'MediaInUseError') throw unexpectedResult('mediaDelete', mediaDelete)
  printResponse(`${mediaDelete.code}: ${mediaDelete.message}`)
  for (const { resource } of mediaDelete.usages.nodes)
    printResponse(`  used in the ${resource.type} ${pathOf(resource)}`)
}

const replace = async (client: Client, mediaId: string, path: string): Promise<void> => {
  print('\nReplace it with a second file; the lesson shows the new version:')
  printRequest(`mediaUploadCreate with \`replaces\`, then the bytes of ${basename(path)}`)
  const input = { replaces: mediaId, note: 'Second take', renditions: ['THUMBNAIL' as const] }
  const { sending } = await upload(client, path, { input })
  await Promise.all([sending, waitForProcessing(client, mediaId)])
  await showLesson(client)
  print('\nRoll back to the first version:')
  printRequest('mediaVersionActivate with number 1')
  const { mediaVersionActivate } = await client.send(MediaVersionActivateDocument, { input: { mediaId, number: 1 } })
  if (mediaVersionActivate.__typename !== 'Media') throw unexpectedResult('mediaVersionActivate', mediaVersionActivate)
  await showLesson(client)
}

/** Uploads a handout unless an earlier run did. */
const addHandout = async (client: Client, path: string): Promise<void> => {
  const sha256 = createHash('sha256')
    .update(await readFile(path))
    .digest('hex')
  const { mediaList } = await client.send(MediaListDocument, { filter: { sha256, tagsAll: ['demo'] }, first: 1 })
  if (mediaList.totalCount > 0) return
  const { mediaId, sending } = await upload(client, path, { input: { tags: ['demo', 'handout'] } })
  await Promise.all([sending, waitForProcessing(client, mediaId)])
}

const tagAll = async (client: Client, handouts: readonly string[]): Promise<void> => {
  await Promise.all(handouts.map((path) => addHandout(client, path)))
  print('\nChange many media at once, with progress:')
  const filter = { tagsAll: ['demo'] }
  printRequest('mediaList of everything tagged "demo"')
  const { mediaList } = await client.send(MediaListDocument, { filter, first: 1 })
  printResponse(`${mediaList.totalCount} media`)
  const target = {
    filter,
    exceptIds: mediaList.edges.map(({ node }) => node.id),
    expectedCount: mediaList.totalCount,
  }
  printRequest('mediaBulkPreview of tagging these without the newest')
  const { mediaBulkPreview } = await client.send(MediaBulkPreviewDocument, { action: 'TAG', input: target })
  printResponse(`${mediaBulkPreview.allowed} of ${mediaBulkPreview.total} media would be changed`)
  printRequest('mediaBulkTag of exactly these, adding "spring term"')
  const { mediaBulkTag } = await client.send(MediaBulkTagDocument, { input: { target, add: ['spring term'] } })
  if (mediaBulkTag.__typename !== 'Operation') throw unexpectedResult('mediaBulkTag', mediaBulkTag)
  printResponse(`${mediaBulkTag.id}, ${mediaBulkTag.status.toLowerCase()}: ${mediaBulkTag.summary}`)
  printRequest('operationProgress over the WebSocket')
  for await (const { operationProgress } of client.follow(OperationProgressDocument, { id: mediaBulkTag.id })) {
    const { status, processed, total, percent } = operationProgress
    printResponse(`${status.toLowerCase()}: ${processed} of ${total}, ${percent} %`)
  }
  const { operation } = await client.send(OperationDocument, { id: mediaBulkTag.id })
  printResponse(`${operation?.succeeded} succeeded, ${operation?.failed} failed`)
}

export interface CourseTour {
  mediaId: string
  kind: MediaKind
  /** Folder for generated files. */
  folder: string
  binaries: FfmpegBinaries
}

/** Shows what an LMS does with a media: link, refused delete, replace, roll back, bulk change. It can run repeatedly. */
export const tourCourse = async (client: Client, { mediaId, kind, folder, binaries }: CourseTour): Promise<void> => {
  await link(client, mediaId)
  await tryDelete(client, mediaId)
  const revision = await makeRevision(kind, folder, binaries)
  if (revision !== null) await replace(client, mediaId, revision)
  await tagAll(client, await makeHandouts(join(folder, 'handouts')))
}

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Client } from '../../client/client.ts'
import {
  LessonDocument,
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
const course = { source, type: 'course', externalId: 'physics-101' }
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
  if (resource == null) throw new Error('The lesson is gone.')
  for (const { media } of resource.usages.nodes) {
    const { number, originalFileName } = media.currentVersion
    printResponse(`${pathOf(resource)} shows "${media.title}", version ${number} (${originalFileName})`)
    printResponse(`  at ${media.url.replace(/\?.*/, '?…')}`)
  }
}

const link = async (client: Client, mediaId: string): Promise<void> => {
  // What an earlier run left; naming the lesson again brings it back.
  await client.send(ResourceDeleteDocument, { ref: course })
  print('\nA lesson shows it (and a call that is repeated changes nothing):')
  const usageIds = new Set<string>()
  for (const call of ['mediaLink, the course and the chapter along with the lesson', 'mediaLink, once more']) {
    printRequest(call)
    const { mediaLink } = await client.send(MediaLinkDocument, { input: { mediaId, resource: lessonInput } })
    if (mediaLink.__typename !== 'MediaUsage') throw unexpectedResult('mediaLink', mediaLink)
    printResponse(
      `${usageIds.has(mediaLink.id) ? 'the same link' : 'a link'}, used ${mediaLink.media.usageCount} time(s)`,
    )
    usageIds.add(mediaLink.id)
  }
  printRequest('resource(lesson), as a page of the LMS would')
  await showLesson(client)
}

const tryDelete = async (client: Client, id: string): Promise<void> => {
  print('\nWhat a lesson shows cannot be deleted:')
  printRequest('mediaDelete')
  const { mediaDelete } = await client.send(MediaDeleteWhereUnusedDocument, { id })
  if (mediaDelete.__typename !== 'MediaInUseError') throw unexpectedResult('mediaDelete', mediaDelete)
  printResponse(`${mediaDelete.code}: ${mediaDelete.message}`)
  for (const { resource } of mediaDelete.usages.nodes)
    printResponse(`  used in the ${resource.type} ${pathOf(resource)}`)
}

const replace = async (client: Client, mediaId: string, path: string): Promise<void> => {
  print('\nA second file replaces it, and the lesson follows:')
  printRequest(`mediaUploadCreate with replaces, and the bytes of ${basename(path)}`)
  const input = { replaces: mediaId, note: 'Second take', renditions: ['THUMBNAIL' as const] }
  const { sending } = await upload(client, path, { input })
  await Promise.all([sending, waitForProcessing(client, mediaId)])
  await showLesson(client)
  print('\nThe first was better: back to it.')
  printRequest('mediaVersionActivate, number 1')
  const { mediaVersionActivate } = await client.send(MediaVersionActivateDocument, { input: { mediaId, number: 1 } })
  if (mediaVersionActivate.__typename !== 'Media') throw unexpectedResult('mediaVersionActivate', mediaVersionActivate)
  await showLesson(client)
}

/** A run before this one may have brought it. */
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
  print('\nAnd many at once, with progress:')
  const filter = { tagsAll: ['demo'] }
  printRequest('mediaList, everything tagged "demo"')
  const { mediaList } = await client.send(MediaListDocument, { filter, first: 1 })
  printResponse(`${mediaList.totalCount} media`)
  printRequest('mediaBulkTag of exactly these, "spring term" added')
  const target = { filter, expectedCount: mediaList.totalCount }
  const { mediaBulkTag } = await client.send(MediaBulkTagDocument, { input: { target, add: ['spring term'] } })
  if (mediaBulkTag.__typename !== 'Operation') throw unexpectedResult('mediaBulkTag', mediaBulkTag)
  printResponse(`${mediaBulkTag.id}, ${mediaBulkTag.status.toLowerCase()}`)
  printRequest('operationProgress, over the WebSocket')
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
  /** For the files that it makes. */
  folder: string
  binaries: FfmpegBinaries
}

/** What a learning platform does with a media: link, protect, replace, roll back, many at once. May be run again. */
export const tourCourse = async (client: Client, { mediaId, kind, folder, binaries }: CourseTour): Promise<void> => {
  await link(client, mediaId)
  await tryDelete(client, mediaId)
  const revision = await makeRevision(kind, folder, binaries)
  if (revision !== null) await replace(client, mediaId, revision)
  await tagAll(client, await makeHandouts(join(folder, 'handouts')))
}

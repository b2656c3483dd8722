import { MediaBulkTagDocument } from '../../../client/generated/documents.ts'
import { globalId } from '../../../src/services/kernel/ids.ts'
import type { UserClients, World } from '../../harness/world.ts'

/** Things of the seeded library that addresses name. */
export interface Places {
  mediaId: string
  userId: string
  operationId: string
  /** Path of a course: source, type and id. */
  course: string
}

export interface Screen {
  name: string
  path(places: Places): string
  /** Whether it is shown without a session. The others are opened by an admin. */
  isPublic?: boolean
}

const mediaTabs = ['overview', 'usages', 'versions', 'renditions', 'history', 'assignments']

/** All screens of the console. A new route needs a row. */
export const screens: readonly Screen[] = [
  { name: 'sign-in', path: () => '/console/sign-in', isPublic: true },
  { name: 'signed-in', path: () => '/console/signed-in', isPublic: true },
  { name: 'signed-out', path: () => '/console/signed-out', isPublic: true },
  { name: 'unknown', path: () => '/console/unknown' },
  { name: 'library', path: () => '/console/library' },
  { name: 'library-table', path: () => '/console/library?view=table' },
  { name: 'library-groups', path: () => '/console/library?view=groups' },
  { name: 'library-no-match', path: () => '/console/library?search=xyzzyxyzzy' },
  { name: 'library-panel', path: ({ mediaId }) => `/console/library?media=${encodeURIComponent(mediaId)}` },
  ...mediaTabs.map((tab) => ({
    name: `media-${tab}`,
    path: ({ mediaId }: Places) => `/console/library/${encodeURIComponent(mediaId)}/${tab}`,
  })),
  { name: 'courses', path: () => '/console/courses' },
  { name: 'course', path: ({ course }) => `/console/courses/${course}` },
  { name: 'playground', path: () => '/console/playground' },
  { name: 'people', path: () => '/console/people' },
  { name: 'person', path: ({ userId }) => `/console/people/${encodeURIComponent(userId)}` },
  { name: 'duplicates', path: () => '/console/duplicates' },
  { name: 'trash', path: () => '/console/trash' },
  { name: 'operations', path: () => '/console/operations' },
  { name: 'operation', path: ({ operationId }) => `/console/operations/${encodeURIComponent(operationId)}` },
  { name: 'analytics', path: () => '/console/analytics' },
  { name: 'log', path: () => '/console/log' },
]

/** Finds the things of a seeded library, and tags media at once. */
export const findPlaces = async ({ runtime }: World, { admin }: UserClients): Promise<Places> => {
  const { database } = runtime.ports
  const media = await database.media.findFirstOrThrow({
    // Only images have their bytes in a seeded library.
    where: { kind: 'IMAGE', status: 'READY', usageCount: { gt: 0 }, deletedAt: null },
    select: { id: true, uploadedById: true },
  })
  const course = await database.resource.findFirstOrThrow({ where: { type: 'course' } })
  const input = { target: { ids: [globalId('Media', media.id)] }, add: ['Reviewed'] }
  const { mediaBulkTag } = await admin.send(MediaBulkTagDocument, { input })
  if (mediaBulkTag.__typename !== 'Operation') throw new Error(mediaBulkTag.message)
  return {
    mediaId: globalId('Media', media.id),
    userId: globalId('User', media.uploadedById ?? ''),
    operationId: mediaBulkTag.id,
    course: [course.source, course.type, course.externalId].map(encodeURIComponent).join('/'),
  }
}

import type { Media } from '../../../prisma/generated/client/client.ts'
import type { MediaStatus } from '../../../prisma/generated/client/enums.ts'
import { mediaChannel } from '../kernel/messages.ts'
import type { Database } from '../kernel/ports.ts'
import { hasEnded, parseMediaMessage, toTrackedRows } from './mediaRows.ts'
import type { LiveSource, TopicState } from './source.ts'

const select = {
  id: true,
  versions: {
    select: {
      id: true,
      revision: true,
      status: true,
      failure: true,
      renditions: { select: { id: true, revision: true, status: true, attempts: true, percent: true, failure: true } },
    },
  },
} as const

interface CurrentVersion {
  number: number
  status: MediaStatus
}

/**
 * Returns the status of a media with this current version. Only the first version of a media is current before it was
 * examined. A later version is READY as soon as it is current. An event published before a version switch may be shown
 * with rows loaded after it; it must not show the status that the new version had before the switch.
 */
const displayedStatusOf = ({ number, status }: CurrentVersion): MediaStatus => (number === 1 ? status : 'READY')

const isMediaWithVersion = (row: object): row is { currentVersion: CurrentVersion } =>
  'status' in row && 'currentVersion' in row

const versionColumns = { id: true, number: true, status: true }

/** Adds to each media of a projection the version that its status follows from. All relations to a media have its name. */
const withVersions = (projection: object, name = 'media'): object => {
  if (!('select' in projection)) return projection
  const select = Object.fromEntries(
    Object.entries(projection.select as object).map(([field, value]) => [
      // as: Prisma's form of a projection
      field,
      typeof value === 'object' ? withVersions(value, field) : value,
    ]),
  )
  if (name !== 'media' || select['status'] !== true) return { ...projection, select }
  const currentVersion = { select: { ...select['currentVersion']?.select, ...versionColumns } }
  return { ...projection, select: { ...select, currentVersion } }
}

/** Tracks a media with its versions and renditions, also a media that an upload has yet to create. */
export const mediaSource = (database: Database): LiveSource<Media> => ({
  channel: mediaChannel,
  snapshotRules: {
    trackedLists: ['versions', 'versions.renditions', 'currentVersion.renditions'],
    derive: (row) => (isMediaWithVersion(row) ? { ...row, status: displayedStatusOf(row.currentVersion) } : row),
  },
  hasEnded,

  async readStates(ids) {
    const states = new Map<string, TopicState | null>(ids.map((id) => [id, null]))
    const readMedia = async (mediaIds: readonly string[]): Promise<void> => {
      const media = await database.media.findMany({ where: { id: { in: [...mediaIds] }, deletedAt: null }, select })
      for (const { id, versions } of media) {
        const trackedRows = toTrackedRows(versions)
        states.set(id, { exists: true, hasEnded: hasEnded(trackedRows), trackedRows })
      }
    }
    await readMedia(ids)
    const missing = ids.filter((id) => states.get(id) === null)
    if (missing.length === 0) return states
    const uploads = await database.upload.findMany({
      where: { mediaId: { in: missing } },
      select: { mediaId: true, status: true },
    })
    const completedIds: string[] = []
    for (const { mediaId, status } of uploads) {
      const isOpen = status === 'WAITING' || status === 'RECEIVING'
      if (status === 'COMPLETED') completedIds.push(mediaId)
      else states.set(mediaId, { exists: false, hasEnded: !isOpen, trackedRows: new Map() })
    }
    // A completed upload has created its media, perhaps after the first read. A media still missing now was deleted.
    if (completedIds.length > 0) await readMedia(completedIds)
    return states
  },

  parse: parseMediaMessage,

  load: (id, projection) => database.media.findUnique({ ...withVersions(projection), where: { id, deletedAt: null } }),
})

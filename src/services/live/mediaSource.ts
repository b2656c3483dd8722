import type { Media } from '../../../prisma/generated/client/client.ts'
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

/** Tracks a media with its versions and renditions, also a media that an upload has yet to create. */
export const mediaSource = (database: Database): LiveSource<Media> => ({
  channel: mediaChannel,
  trackedLists: ['versions', 'versions.renditions', 'currentVersion.renditions'],
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

  load: (id, projection) => database.media.findUnique({ ...projection, where: { id, deletedAt: null } }),
})

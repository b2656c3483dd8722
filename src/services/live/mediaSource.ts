import type { Media } from '../../../prisma/generated/client/client.ts'
import { mediaChannel, mediaMessage } from '../kernel/messages.ts'
import type { Database } from '../kernel/ports.ts'
import type { TrackedRow, TrackedRows } from './snapshot.ts'
import type { LiveSource, TopicState } from './source.ts'

const activeStatuses = new Set<unknown>(['PROCESSING', 'QUEUED'])

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

interface RowFields {
  revision: number
  status: string
  percent?: number
}

const toTrackedRow = (fields: RowFields): TrackedRow => ({
  revision: fields.revision,
  progress: fields.percent ?? 0,
  fields: { ...fields },
})

const toTrackedRows = (
  versions: (RowFields & { id: string; renditions: (RowFields & { id: string })[] })[],
): TrackedRows =>
  new Map(
    versions.flatMap(({ id, renditions, ...version }): [string, TrackedRow][] => [
      [id, toTrackedRow(version)],
      ...renditions.map(({ id, ...rendition }): [string, TrackedRow] => [id, toTrackedRow(rendition)]),
    ]),
  )

const hasEnded = (trackedRows: TrackedRows): boolean =>
  ![...trackedRows.values()].some(({ fields }) => activeStatuses.has(fields['status']))

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

  parse(raw) {
    const message = mediaMessage.parse(raw)
    if (message.type === 'upload' || message.type === 'merge') return null
    if (message.type === 'rendition') {
      const { type, id, ...rendition } = message
      return [{ id, trackedRow: toTrackedRow(rendition) }]
    }
    const { type, id, renditions = [], ...version } = message
    return [
      { id, trackedRow: toTrackedRow(version) },
      ...renditions.map(({ id, ...rendition }) => ({ id, trackedRow: toTrackedRow(rendition) })),
    ]
  },

  load: (id, projection) => database.media.findUnique({ ...projection, where: { id, deletedAt: null } }),
})

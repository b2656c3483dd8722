import type { Media } from '../../../prisma/generated/client/client.ts'
import type { Database } from '../ports.ts'
import { mediaChannel, mediaMessage } from '../progress.ts'
import type { Part, Parts } from './overlay.ts'
import type { Source, State } from './topics.ts'

const working = new Set<unknown>(['PROCESSING', 'QUEUED'])

const partsOf = (versions: { id: string; revision: number; status: string; renditions: RenditionRow[] }[]): Parts =>
  new Map<string, Part>(
    versions.flatMap(({ id, revision, status, renditions }) => [
      [id, { revision, live: 0, fields: { revision, status } }],
      ...renditions.map(({ id, ...fields }): [string, Part] => [
        id,
        { revision: fields.revision, live: fields.percent, fields },
      ]),
    ]),
  )

interface RenditionRow {
  id: string
  revision: number
  status: string
  attempts: number
  percent: number
}

const renditionSelect = { id: true, revision: true, status: true, attempts: true, percent: true } as const
const versionSelect = { id: true, revision: true, status: true, renditions: { select: renditionSelect } } as const

const ended = (parts: Parts): boolean => ![...parts.values()].some(({ fields }) => working.has(fields['status']))

/** A media and all that is made of it; also one that an upload has yet to bring. */
export const mediaSource = (database: Database): Source<Media> => ({
  channel: mediaChannel,
  ended,

  async states(ids) {
    const among = { in: [...ids] }
    const media = await database.media.findMany({
      where: { id: among, deletedAt: null },
      select: { id: true, versions: { select: versionSelect } },
    })
    const states = new Map<string, State | null>(ids.map((id) => [id, null]))
    for (const { id, versions } of media) {
      const parts = partsOf(versions)
      states.set(id, { present: true, ended: ended(parts), parts })
    }
    const missing = ids.filter((id) => states.get(id) === null)
    if (missing.length === 0) return states
    const uploads = await database.upload.findMany({
      where: { mediaId: { in: missing } },
      select: { mediaId: true, status: true },
    })
    for (const { mediaId, status } of uploads) {
      // A completed upload has brought its media: where it is not found now, it was deleted since.
      if (status === 'COMPLETED') continue
      const open = status === 'WAITING' || status === 'RECEIVING'
      states.set(mediaId, { present: false, ended: !open, parts: new Map() })
    }
    return states
  },

  parse(raw) {
    const message = mediaMessage.parse(raw)
    if (message.type === 'upload') return null
    const { type, id, ...fields } = message
    const live = message.type === 'rendition' ? message.percent : 0
    return { id, part: { revision: fields.revision, live, fields } }
  },

  revisionOf: (row) =>
    'revision' in row && typeof row.revision === 'number' ? row.revision : Number.POSITIVE_INFINITY,

  load: (id, projection) => database.media.findUnique({ ...projection, where: { id, deletedAt: null } }),
})

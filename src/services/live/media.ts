import type { Media } from '../../../prisma/generated/client/client.ts'
import { mediaChannel, mediaMessage } from '../kernel/messages.ts'
import type { Database } from '../kernel/ports.ts'
import type { Part, Parts } from './snapshot.ts'
import type { Source, State } from './source.ts'

const working = new Set<unknown>(['PROCESSING', 'QUEUED'])

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

interface Fields {
  revision: number
  status: string
  percent?: number
}

const partOf = (fields: Fields): Part => ({
  revision: fields.revision,
  live: fields.percent ?? 0,
  fields: { ...fields },
})

const partsOf = (versions: (Fields & { id: string; renditions: (Fields & { id: string })[] })[]): Parts =>
  new Map(
    versions.flatMap(({ id, renditions, ...version }): [string, Part][] => [
      [id, partOf(version)],
      ...renditions.map(({ id, ...rendition }): [string, Part] => [id, partOf(rendition)]),
    ]),
  )

const ended = (parts: Parts): boolean => ![...parts.values()].some(({ fields }) => working.has(fields['status']))

/** A media and all that is made of it; also one that an upload has yet to bring. */
export const mediaSource = (database: Database): Source<Media> => ({
  channel: mediaChannel,
  partLists: ['versions', 'versions.renditions', 'currentVersion.renditions'],
  ended,

  async states(ids) {
    const states = new Map<string, State | null>(ids.map((id) => [id, null]))
    const readMedia = async (among: readonly string[]): Promise<void> => {
      const media = await database.media.findMany({ where: { id: { in: [...among] }, deletedAt: null }, select })
      for (const { id, versions } of media) {
        const parts = partsOf(versions)
        states.set(id, { present: true, ended: ended(parts), parts })
      }
    }
    await readMedia(ids)
    const missing = ids.filter((id) => states.get(id) === null)
    if (missing.length === 0) return states
    const uploads = await database.upload.findMany({
      where: { mediaId: { in: missing } },
      select: { mediaId: true, status: true },
    })
    const completed: string[] = []
    for (const { mediaId, status } of uploads) {
      const open = status === 'WAITING' || status === 'RECEIVING'
      if (status === 'COMPLETED') completed.push(mediaId)
      else states.set(mediaId, { present: false, ended: !open, parts: new Map() })
    }
    // A completed upload has brought its media, perhaps since we looked; what is not there now was deleted.
    if (completed.length > 0) await readMedia(completed)
    return states
  },

  parse(raw) {
    const message = mediaMessage.parse(raw)
    if (message.type === 'upload') return null
    if (message.type === 'rendition') {
      const { type, id, ...rendition } = message
      return [{ id, part: partOf(rendition) }]
    }
    const { type, id, renditions = [], ...version } = message
    return [
      { id, part: partOf(version) },
      ...renditions.map(({ id, ...rendition }) => ({ id, part: partOf(rendition) })),
    ]
  },

  load: (id, projection) => database.media.findUnique({ ...projection, where: { id, deletedAt: null } }),
})

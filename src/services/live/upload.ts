import type { Upload } from '../../../prisma/generated/client/client.ts'
import type { UploadStatus } from '../../../prisma/generated/client/enums.ts'
import { uploadChannel, uploadMessage } from '../kernel/messages.ts'
import type { Database } from '../kernel/ports.ts'
import type { Part, Parts } from './snapshot.ts'
import type { Source, State } from './source.ts'

/** An upload only ever goes forward, so that its status itself counts the changes. */
const revisions: Record<UploadStatus, number> = {
  WAITING: 0,
  RECEIVING: 1,
  COMPLETED: 2,
  FAILED: 2,
  CANCELLED: 2,
  EXPIRED: 2,
}

const ended = (parts: Parts): boolean => [...parts.values()].every(({ revision }) => revision === 2)

const partOf = (status: UploadStatus, receivedBytes: number): Part => ({
  revision: revisions[status],
  live: receivedBytes,
  fields: { status, receivedBytes: BigInt(receivedBytes) },
})

export const uploadSource = (database: Database): Source<Upload> => ({
  channel: uploadChannel,
  partLists: [],
  ended,

  async states(ids) {
    const uploads = await database.upload.findMany({
      where: { id: { in: [...ids] } },
      select: { id: true, status: true, receivedBytes: true },
    })
    const states = new Map<string, State | null>(ids.map((id) => [id, null]))
    for (const { id, status, receivedBytes } of uploads) {
      const parts = new Map([[id, partOf(status, Number(receivedBytes))]])
      states.set(id, { present: true, ended: ended(parts), parts })
    }
    return states
  },

  parse(raw) {
    const { id, status, receivedBytes } = uploadMessage.parse(raw)
    return [{ id, part: partOf(status, receivedBytes) }]
  },

  load: (id, projection) => database.upload.findUnique({ ...projection, where: { id } }),
})

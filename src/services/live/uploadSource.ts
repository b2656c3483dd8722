import type { Upload } from '../../../prisma/generated/client/client.ts'
import type { UploadStatus } from '../../../prisma/generated/client/enums.ts'
import { uploadChannel, uploadMessage } from '../kernel/messages.ts'
import type { Database } from '../kernel/ports.ts'
import type { TrackedRow, TrackedRows } from './snapshot.ts'
import type { LiveSource, TopicState } from './source.ts'

/** Revision of each status: an upload only moves forward, so its status determines the number of changes. */
const revisions: Record<UploadStatus, number> = {
  WAITING: 0,
  RECEIVING: 1,
  COMPLETED: 2,
  FAILED: 2,
  CANCELLED: 2,
  EXPIRED: 2,
}

const hasEnded = (trackedRows: TrackedRows): boolean =>
  [...trackedRows.values()].every(({ revision }) => revision === 2)

const toTrackedRow = (status: UploadStatus, receivedBytes: number): TrackedRow => ({
  revision: revisions[status],
  progress: receivedBytes,
  fields: { status, receivedBytes: BigInt(receivedBytes) },
})

export const uploadSource = (database: Database): LiveSource<Upload> => ({
  channel: uploadChannel,
  hasEnded,

  async readStates(ids) {
    const uploads = await database.upload.findMany({
      where: { id: { in: [...ids] } },
      select: { id: true, status: true, receivedBytes: true },
    })
    const states = new Map<string, TopicState | null>(ids.map((id) => [id, null]))
    for (const { id, status, receivedBytes } of uploads) {
      const trackedRows = new Map([[id, toTrackedRow(status, Number(receivedBytes))]])
      states.set(id, { exists: true, hasEnded: hasEnded(trackedRows), trackedRows })
    }
    return states
  },

  parse(raw) {
    const { id, status, receivedBytes } = uploadMessage.parse(raw)
    return [{ id, trackedRow: toTrackedRow(status, receivedBytes) }]
  },

  load: (id, projection) => database.upload.findUnique({ ...projection, where: { id } }),
})

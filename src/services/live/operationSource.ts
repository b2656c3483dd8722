import type { Operation } from '../../../prisma/generated/client/client.ts'
import { alsoSelect } from '../kernel/alsoSelect.ts'
import { operationChannel, operationMessage } from '../kernel/messages.ts'
import type { Database } from '../kernel/ports.ts'
import type { TrackedRow, TrackedRows } from './snapshot.ts'
import type { LiveSource, TopicState } from './source.ts'

const activeStatuses = new Set<unknown>(['QUEUED', 'RUNNING'])

const hasEnded = (trackedRows: TrackedRows): boolean =>
  ![...trackedRows.values()].some(({ fields }) => activeStatuses.has(fields.status))

const toTrackedRow = (row: unknown): { id: string; trackedRow: TrackedRow } => {
  const { id, ...fields } = operationMessage.parse(row)
  return { id, trackedRow: { revision: fields.revision, progress: fields.processed, fields } }
}

/** Tracks a bulk operation by the number of its processed items. */
export const operationSource = (database: Database): LiveSource<Operation> => ({
  channel: operationChannel,
  hasEnded,

  async readStates(ids) {
    const states = new Map<string, TopicState | null>(ids.map((id) => [id, null]))
    for (const operation of await database.operation.findMany({ where: { id: { in: [...ids] } } })) {
      const { id, trackedRow } = toTrackedRow(operation)
      const trackedRows = new Map([[id, trackedRow]])
      states.set(id, { exists: true, hasEnded: hasEnded(trackedRows), trackedRows })
    }
    return states
  },

  parse: (message) => [toTrackedRow(message)],

  async loadAll(ids, projection) {
    const where = { id: { in: [...ids] } }
    const rows = await database.operation.findMany({ ...alsoSelect(projection, { id: true }), where })
    return new Map(rows.map((row) => [row.id, row]))
  },

  load: (id, projection) => database.operation.findUnique({ ...projection, where: { id } }),
})

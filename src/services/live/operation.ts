import type { Operation } from '../../../prisma/generated/client/client.ts'
import { operationChannel, operationMessage } from '../kernel/messages.ts'
import type { Database } from '../kernel/ports.ts'
import type { Part, Parts } from './snapshot.ts'
import type { Source, State } from './source.ts'

const underWay = new Set<unknown>(['QUEUED', 'RUNNING'])

const ended = (parts: Parts): boolean => ![...parts.values()].some(({ fields }) => underWay.has(fields.status))

const partOf = (row: unknown): { id: string; part: Part } => {
  const { id, ...fields } = operationMessage.parse(row)
  return { id, part: { revision: fields.revision, live: fields.processed, fields } }
}

/** Bulk work, by the number of items that are done. */
export const operationSource = (database: Database): Source<Operation> => ({
  channel: operationChannel,
  partLists: [],
  ended,

  async states(ids) {
    const states = new Map<string, State | null>(ids.map((id) => [id, null]))
    for (const operation of await database.operation.findMany({ where: { id: { in: [...ids] } } })) {
      const { id, part } = partOf(operation)
      const parts = new Map([[id, part]])
      states.set(id, { present: true, ended: ended(parts), parts })
    }
    return states
  },

  parse: (message) => [partOf(message)],

  load: (id, projection) => database.operation.findUnique({ ...projection, where: { id } }),
})

import { z } from 'zod'
import type { Assignment, AssignmentBatch } from '../../../prisma/generated/client/client.ts'
import type { Actor } from '../kernel/actor.ts'
import { alsoSelect } from '../kernel/alsoSelect.ts'
import { keyset } from '../kernel/keyset.ts'
import {
  type Connection,
  connectionOf,
  createCursorCodec,
  type Page,
  type PageArguments,
  parsePage,
} from '../kernel/paging.ts'
import { visibleAssignments } from '../kernel/policies.ts'
import type { Database } from '../kernel/ports.ts'
import { timestampText } from '../kernel/scalars.ts'
import { type AssignmentFilter, parseAssignmentFilter } from './filter.ts'

interface AssignmentListArguments extends PageArguments {
  filter?: AssignmentFilter | null
}

/** Lists of all assignments and batches that a caller may see. The sort keys of a row never change. */
export interface AssignmentPages {
  /** Lists the assignments that match the filter, newest first. Those of one time are in the order of their creation. */
  list(actor: Actor, args: AssignmentListArguments, query: object): Promise<Connection<Assignment>>
  /** Lists batches, newest first. */
  listBatches(actor: Actor, args: PageArguments, query: object): Promise<Connection<AssignmentBatch>>
}

const assignmentCursor = createCursorCodec('assignments:ASSIGNED_AT', z.tuple([timestampText, z.int()]))
const batchCursor = createCursorCodec('assignmentBatches:ASSIGNED_AT', z.tuple([timestampText, z.uuid()]))

const assignmentKey = { assignedAt: true, sequence: true } as const
const batchKey = { assignedAt: true, id: true } as const

/** Repeats the bounds by their first column alone: PostgreSQL begins at the cursor, instead of reading all rows before it. */
const timeBounds = ({ after, before }: Page<readonly [string, unknown]>) => [
  ...(after === null ? [] : [{ assignedAt: { lte: after[0] } }]),
  ...(before === null ? [] : [{ assignedAt: { gte: before[0] } }]),
]

export const createAssignmentPages = (database: Database): AssignmentPages => {
  /** Returns the ids of the batches that assigned something to a user. They are few, unlike the members of the batches. */
  const findBatchesOf = async (userId: string): Promise<string[]> => {
    const rows = await database.$queryRaw<{ id: string }[]>`
      SELECT DISTINCT "batchId"::text AS "id" FROM "Assignment"
      WHERE "userId" = ${userId}::uuid AND "batchId" IS NOT NULL`
    return rows.map(({ id }) => id)
  }

  return {
    async list(actor, args, query) {
      const matching = { AND: [visibleAssignments(actor), parseAssignmentFilter(args.filter)] }
      const page = parsePage(args, assignmentCursor)
      const { where, ...order } = keyset(page, 'desc', 'assignedAt', 'sequence')
      const rows = await database.assignment.findMany({
        ...alsoSelect(query, assignmentKey),
        where: { AND: [matching, where, ...timeBounds(page)] },
        ...order,
      })
      const encode = ({ assignedAt, sequence }: Assignment) =>
        assignmentCursor.encode([assignedAt.toISOString(), Number(sequence)])
      return connectionOf(page, rows, encode, () => database.assignment.count({ where: matching }))
    },

    async listBatches(actor, args, query) {
      const page = parsePage(args, batchCursor)
      const { userId } = visibleAssignments(actor)
      const visible = userId === undefined ? {} : { id: { in: await findBatchesOf(userId) } }
      const { where, ...order } = keyset(page, 'desc', 'assignedAt', 'id')
      const rows = await database.assignmentBatch.findMany({
        ...alsoSelect(query, batchKey),
        where: { AND: [visible, where, ...timeBounds(page)] },
        ...order,
      })
      const encode = ({ assignedAt, id }: AssignmentBatch) => batchCursor.encode([assignedAt.toISOString(), id])
      return connectionOf(page, rows, encode, () => database.assignmentBatch.count({ where: visible }))
    },
  }
}

import { z } from 'zod'
import { type Assignment, Prisma } from '../../../prisma/generated/client/client.ts'
import type { Actor } from '../kernel/actor.ts'
import { alsoSelect } from '../kernel/alsoSelect.ts'
import { inOrder } from '../kernel/inOrder.ts'
import { keyset } from '../kernel/keyset.ts'
import { type Connection, connectionOf, createCursorCodec, type PageArguments, parsePage } from '../kernel/paging.ts'
import { visibleAssignments } from '../kernel/policies.ts'
import type { Database } from '../kernel/ports.ts'

const createCursor = (parentType: string) => createCursorCodec(`assignments:${parentType}`, z.int())

/** Lists of assignments by the type of the node that they belong to. The list of a media leaves out former ones. */
const lists = {
  user: { column: Prisma.raw('"userId"'), direction: 'desc', onlyCurrent: false, cursor: createCursor('user') },
  media: { column: Prisma.raw('"heldMediaId"'), direction: 'asc', onlyCurrent: true, cursor: createCursor('media') },
  batch: { column: Prisma.raw('"batchId"'), direction: 'asc', onlyCurrent: false, cursor: createCursor('batch') },
} as const

export type AssignmentParentType = keyof typeof lists

export interface AssignmentList {
  /** Lists the current assignments of a media, which block deleting it. */
  ofMedia(actor: Actor, mediaId: string, args: PageArguments, query: object): Promise<Connection<Assignment>>
  /** Returns the total counts of such lists, as visible to the actor, with one statement for all ids. */
  counts(actor: Actor, parentType: AssignmentParentType, ids: readonly string[]): Promise<number[]>
}

/** Builds the arguments of a nested list, which become part of the statement that loads its parent. */
export const assignmentsPage = (actor: Actor, parentType: AssignmentParentType, args: PageArguments) => {
  const { cursor, direction, onlyCurrent } = lists[parentType]
  const { where, ...page } = keyset(parsePage(args, cursor), direction, 'sequence')
  const status = onlyCurrent ? 'CURRENT' : undefined
  return { where: { ...visibleAssignments(actor), status, ...where }, ...page } as const
}

export const assignmentsConnection = <Row extends Pick<Assignment, 'sequence'>>(
  parentType: AssignmentParentType,
  args: PageArguments,
  rows: Row[],
  totalCount: () => Promise<number>,
): Connection<Row> => {
  const { cursor } = lists[parentType]
  return connectionOf(parsePage(args, cursor), rows, ({ sequence }) => cursor.encode(Number(sequence)), totalCount)
}

const sequenceColumn = { sequence: true } as const

export const createAssignmentList = (database: Database): AssignmentList => {
  const counts: AssignmentList['counts'] = async (actor, parentType, ids) => {
    const { column, onlyCurrent } = lists[parentType]
    const { userId } = visibleAssignments(actor)
    const conditions = [
      Prisma.sql`${column} = ANY(${[...ids]}::uuid[])`,
      ...(onlyCurrent ? [Prisma.sql`"status" = 'CURRENT'`] : []),
      ...(userId === undefined ? [] : [Prisma.sql`"userId" = ${userId}::uuid`]),
    ]
    const rows = await database.$queryRaw<{ id: string; count: number }[]>`
      SELECT ${column}::text AS "id", count(*)::int AS "count" FROM "Assignment"
      WHERE ${Prisma.join(conditions, ' AND ')} GROUP BY ${column}`
    return inOrder(ids, rows).map((row) => row?.count ?? 0)
  }

  return {
    counts,

    async ofMedia(actor, mediaId, args, query) {
      const { where, orderBy, take } = assignmentsPage(actor, 'media', args)
      const rows = await database.assignment.findMany({
        ...alsoSelect(query, sequenceColumn),
        where: { ...where, heldMediaId: mediaId },
        orderBy,
        take,
      })
      return assignmentsConnection('media', args, rows, async () => (await counts(actor, 'media', [mediaId]))[0] ?? 0)
    },
  }
}

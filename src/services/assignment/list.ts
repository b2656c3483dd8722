import { z } from 'zod'
import { type Assignment, Prisma } from '../../../prisma/generated/client/client.ts'
import type { Actor } from '../kernel/actor.ts'
import { type Connection, connectionOf, createCursorCodec, type PageArguments, parsePage } from '../kernel/paging.ts'
import { visibleAssignments } from '../kernel/policies.ts'
import type { Database } from '../kernel/ports.ts'

/** Whose assignments a list holds. */
export type AssignmentParentType = 'user' | 'media' | 'batch'

export interface AssignmentList {
  /** Current ones of a media: what stands against deleting it. */
  ofMedia(actor: Actor, mediaId: string, args: PageArguments, query: object): Promise<Connection<Assignment>>
  /** Lengths of such lists, as the actor sees them: one statement for all of them. */
  counts(actor: Actor, parentType: AssignmentParentType, ids: readonly string[]): Promise<number[]>
}

const cursors = {
  user: createCursorCodec('assignments:user', z.int()),
  media: createCursorCodec('assignments:media', z.int()),
  batch: createCursorCodec('assignments:batch', z.int()),
}

/** Of a user newest first, all others in the order in which they were given. */
const parseListPage = (parentType: AssignmentParentType, args: PageArguments) => {
  const page = parsePage(args, cursors[parentType])
  const newestFirst = parentType === 'user'
  const [from, until] = newestFirst ? [page.before, page.after] : [page.after, page.before]
  return { page, from, until, descends: newestFirst !== page.backward }
}

/** Nested lists come with what they belong to: the page becomes part of the statement that loads it. */
export const assignmentsPage = (actor: Actor, parentType: AssignmentParentType, args: PageArguments) => {
  const { page, from, until, descends: descending } = parseListPage(parentType, args)
  return {
    where: {
      ...visibleAssignments(actor),
      ...(parentType === 'media' ? { status: 'CURRENT' as const } : {}),
      sequence: { gt: from ?? undefined, lt: until ?? undefined },
    },
    orderBy: { sequence: descending ? 'desc' : 'asc' },
    take: page.limit + 1,
  } as const
}

export const assignmentsConnection = <Row extends Pick<Assignment, 'sequence'>>(
  parentType: AssignmentParentType,
  args: PageArguments,
  rows: Row[],
  totalCount: () => Promise<number>,
): Connection<Row> =>
  connectionOf(
    parsePage(args, cursors[parentType]),
    rows,
    ({ sequence }) => cursors[parentType].encode(Number(sequence)),
    totalCount,
  )

const columns = { user: Prisma.raw('"userId"'), media: Prisma.raw('"heldMediaId"'), batch: Prisma.raw('"batchId"') }

export const createAssignmentList = (database: Database): AssignmentList => {
  const counts: AssignmentList['counts'] = async (actor, parentType, ids) => {
    const column = columns[parentType]
    const { userId } = visibleAssignments(actor)
    const conditions = [
      Prisma.sql`${column} = ANY(${[...ids]}::uuid[])`,
      ...(parentType === 'media' ? [Prisma.sql`"status" = 'CURRENT'`] : []),
      ...(userId === undefined ? [] : [Prisma.sql`"userId" = ${userId}::uuid`]),
    ]
    const rows = await database.$queryRaw<{ id: string; count: number }[]>`
      SELECT ${column}::text AS "id", count(*)::int AS "count" FROM "Assignment"
      WHERE ${Prisma.join(conditions, ' AND ')} GROUP BY ${column}`
    const byId = new Map(rows.map(({ id, count }) => [id, count]))
    return ids.map((id) => byId.get(id) ?? 0)
  }

  return {
    counts,

    async ofMedia(actor, mediaId, args, query) {
      const { where, orderBy, take } = assignmentsPage(actor, 'media', args)
      const rows = await database.assignment.findMany({
        ...query,
        where: { ...where, heldMediaId: mediaId },
        orderBy,
        take,
      })
      return assignmentsConnection('media', args, rows, async () => (await counts(actor, 'media', [mediaId]))[0] ?? 0)
    },
  }
}

import { z } from 'zod'
import { type Event, Prisma } from '../../../prisma/generated/client/client.ts'
import { InvalidInputError } from '../errors.ts'
import { parseId } from '../ids.ts'
import { type Connection, connectionOf, cursorOf, type Page, type PageArguments, parsePage } from '../paging.ts'
import type { Database } from '../ports.ts'
import { type EventFilterArguments, parseEventFilter } from './filter.ts'

export interface TrailArguments extends PageArguments, EventFilterArguments {
  actorId?: string | null
  /** Inclusive. */
  from?: Date | null
  /** Exclusive. */
  to?: Date | null
}

type Key = [at: string, id: string]

const cursor = cursorOf('log:AT', z.tuple([z.iso.datetime(), z.uuid()]))

const conditionsOf = (args: TrailArguments): { conditions: Prisma.Sql[]; perAction: string[] | null } => {
  const { actions, node } = parseEventFilter(args)
  const actorId = args.actorId == null ? null : parseId('User', args.actorId, 'actorId')
  const { from, to } = args
  if (from != null && to != null && from >= to)
    throw new InvalidInputError([{ path: 'to', message: 'Must lie after `from`.' }])
  const conditions = [
    ...(actorId === null ? [] : [Prisma.sql`"actorId" = ${actorId}::uuid`]),
    ...(node === null ? [] : [Prisma.sql`"nodeId" = ${node.id}::uuid AND "nodeType" = ${node.type}`]),
    ...(from == null ? [] : [Prisma.sql`"at" >= ${from}`]),
    ...(to == null ? [] : [Prisma.sql`"at" < ${to}`]),
  ]
  // A node has few events: its own index is enough. Otherwise each action is walked by itself.
  if (actions === null || node === null) return { conditions, perAction: actions }
  return { conditions: [...conditions, Prisma.sql`"action" = ANY(${actions})`], perAction: null }
}

const where = (conditions: Prisma.Sql[]): Prisma.Sql =>
  conditions.length === 0 ? Prisma.empty : Prisma.sql`WHERE ${Prisma.join(conditions, ' AND ')}`

const pageSql = (conditions: Prisma.Sql[], perAction: string[] | null, page: Page<Key>): Prisma.Sql => {
  const beyond = (sign: string, [at, id]: Key) =>
    Prisma.sql`("at", "id") ${Prisma.raw(sign)} (${at}::timestamptz, ${id}::uuid)`
  const wanted = [
    ...conditions,
    ...(page.after ? [beyond('<', page.after)] : []),
    ...(page.before ? [beyond('>', page.before)] : []),
  ]
  const order = page.backward ? Prisma.sql`"at" ASC, "id" ASC` : Prisma.sql`"at" DESC, "id" DESC`
  const limited = Prisma.sql`ORDER BY ${order} LIMIT ${page.limit + 1}`
  if (perAction === null) return Prisma.sql`SELECT * FROM "Event" ${where(wanted)} ${limited}`
  return Prisma.sql`
    SELECT found.* FROM unnest(${perAction}::text[]) AS wanted("wanted") CROSS JOIN LATERAL (
      SELECT * FROM "Event" ${where([Prisma.sql`"action" = "wanted"`, ...wanted])} ${limited}
    ) AS found ${limited}`
}

/** The audit trail: newest first, by the time of each event. */
export const createTrail = (database: Database) => {
  /** Of the whole log without a count: its last position, and what still waits for one. */
  const countAll = Prisma.sql`
    SELECT (coalesce((SELECT max("position") FROM "EventChain"), 0) + (SELECT count(*) FROM "EventPending"))::float8
      AS "count"`

  const count = async (conditions: Prisma.Sql[]): Promise<number> => {
    const counted = Prisma.sql`SELECT count(*)::float8 AS "count" FROM "Event" ${where(conditions)}`
    const [row] = await database.$queryRaw<{ count: number }[]>(conditions.length === 0 ? countAll : counted)
    return row?.count ?? 0
  }

  return async (args: TrailArguments): Promise<Connection<Event>> => {
    const { conditions, perAction } = conditionsOf(args)
    const page = parsePage(args, cursor)
    const rows = await database.$queryRaw<Event[]>(pageSql(conditions, perAction, page))
    const all = perAction === null ? conditions : [...conditions, Prisma.sql`"action" = ANY(${perAction})`]
    return connectionOf(
      page,
      rows,
      ({ at, id }) => cursor.encode([at.toISOString(), id]),
      () => count(all),
    )
  }
}

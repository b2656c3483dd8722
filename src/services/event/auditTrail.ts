import { z } from 'zod'
import { type Event, Prisma } from '../../../prisma/generated/client/client.ts'
import { InvalidInputError, RateLimitedError } from '../kernel/errors.ts'
import { parseId } from '../kernel/ids.ts'
import { type Connection, connectionOf, cursorOf, type Page, type PageArguments, parsePage } from '../kernel/paging.ts'
import { planAnew } from '../kernel/planHint.ts'
import type { Database } from '../kernel/ports.ts'
import { createGate } from '../locking/semaphore.ts'
import { type EventFilterArguments, parseEventFilter } from './filter.ts'

export interface TrailArguments extends PageArguments, EventFilterArguments {
  actorId?: string | null
  /** Inclusive. */
  from?: Date | null
  /** Exclusive. */
  to?: Date | null
}

/** A count of many rows takes seconds: one at a time, so that they leave the connections to others. */
const countersInDatabase = 1
const longestWaitMs = 30_000

const busy = () => new RateLimitedError('Too many are counting the log at this moment. Try again.', 5)

type Key = [at: string, id: string]

const cursor = cursorOf('log:AT', z.tuple([z.iso.datetime(), z.uuid()]))

/** What one walk of an index has to hold; several walks, one per action, are merged. */
type Walks = Prisma.Sql[][]

const walksOf = (args: TrailArguments): Walks => {
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
  if (actions === null) return [conditions]
  // A node has few events: its own index is enough.
  if (node !== null) return [[...conditions, Prisma.sql`"action" = ANY(${actions})`]]
  return actions.map((action) => [Prisma.sql`"action" = ${action}`, ...conditions])
}

const where = (conditions: Prisma.Sql[]): Prisma.Sql =>
  conditions.length === 0 ? Prisma.empty : Prisma.sql`WHERE ${Prisma.join(conditions, ' AND ')}`

const pageSql = (walks: Walks, page: Page<Key>): Prisma.Sql => {
  const beyond = (sign: string, [at, id]: Key) =>
    Prisma.sql`("at", "id") ${Prisma.raw(sign)} (${at}::timestamptz, ${id}::uuid)`
  const bounds = [...(page.after ? [beyond('<', page.after)] : []), ...(page.before ? [beyond('>', page.before)] : [])]
  const order = page.backward ? Prisma.sql`"at" ASC, "id" ASC` : Prisma.sql`"at" DESC, "id" DESC`
  const limited = Prisma.sql`ORDER BY ${order} LIMIT ${page.limit + 1}`
  const parts = walks.map((walk) => Prisma.sql`(SELECT * FROM "Event" ${where([...walk, ...bounds])} ${limited})`)
  return Prisma.sql`${planAnew} SELECT * FROM (${Prisma.join(parts, ' UNION ALL ')}) AS found ${limited}`
}

/** The audit trail: newest first, by the time of each event. */
export const createTrail = (database: Database) => {
  const gate = createGate(countersInDatabase)

  /** Of the whole log without a count: its last position, and what still waits for one. */
  const countAll = Prisma.sql`
    SELECT (coalesce((SELECT max("position") FROM "EventChain"), 0) + (SELECT count(*) FROM "EventPending"))::float8
      AS "count"`

  const count = async (walks: Walks): Promise<number> => {
    const parts = walks.map((walk) => Prisma.sql`(SELECT count(*) FROM "Event" ${where(walk)})`)
    const counted = Prisma.sql`${planAnew} SELECT (${Prisma.join(parts, ' + ')})::float8 AS "count"`
    const isAll = walks.length === 1 && walks[0]?.length === 0
    const ask = (statement: Prisma.Sql) => database.$queryRaw<{ count: number }[]>(statement)
    const [row] = isAll
      ? await ask(countAll)
      : await gate.pass(() => ask(counted), { waitMs: longestWaitMs, refuse: busy })
    return row?.count ?? 0
  }

  return async (args: TrailArguments): Promise<Connection<Event>> => {
    const walks = walksOf(args)
    const page = parsePage(args, cursor)
    const rows = await database.$queryRaw<Event[]>(pageSql(walks, page))
    return connectionOf(
      page,
      rows,
      ({ at, id }) => cursor.encode([at.toISOString(), id]),
      () => count(walks),
    )
  }
}

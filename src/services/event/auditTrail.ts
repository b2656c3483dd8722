import { z } from 'zod'
import { type Event, Prisma } from '../../../prisma/generated/client/client.ts'
import { InvalidInputError, RateLimitedError } from '../kernel/errors.ts'
import { parseId } from '../kernel/ids.ts'
import { keysetSql } from '../kernel/keyset.ts'
import {
  type Connection,
  connectionOf,
  createCursorCodec,
  type Page,
  type PageArguments,
  parsePage,
} from '../kernel/paging.ts'
import { withoutPreparedPlan } from '../kernel/planHint.ts'
import type { Database } from '../kernel/ports.ts'
import { createSemaphore } from '../locking/semaphore.ts'
import { runLong } from '../locking/statementTimeout.ts'
import { type EventFilterArguments, parseEventFilter } from './filter.ts'

export interface AuditTrailArguments extends PageArguments, EventFilterArguments {
  actorId?: string | null
  /** Inclusive. */
  from?: Date | null
  /** Exclusive. */
  to?: Date | null
}

/** Counting many rows takes seconds. One count runs at a time, so that counts leave connections to other requests. */
const maxConcurrentCounts = 1
const countWaitTimeoutMs = 30_000
const countTimeoutMs = 60_000

const createBusyError = () =>
  new RateLimitedError('Too many requests are counting the log. Retry in 5 s, or without `totalCount`.', 5)

type Key = [at: string, id: string]

const cursor = createCursorCodec('log:AT', z.tuple([z.iso.datetime(), z.uuid()]))

/** Conditions of each index scan; several scans, one per action, are merged. */
type IndexScans = Prisma.Sql[][]

const parseScans = (args: AuditTrailArguments): IndexScans => {
  const { actions, node } = parseEventFilter(args)
  const actorId = args.actorId == null ? null : parseId('User', args.actorId, 'actorId')
  const { from, to } = args
  if (from != null && to != null && from >= to)
    throw new InvalidInputError([{ path: 'to', message: 'Must be after `from`.' }])
  const conditions = [
    ...(actorId === null ? [] : [Prisma.sql`"actorId" = ${actorId}::uuid`]),
    ...(node === null ? [] : [Prisma.sql`"nodeId" = ${node.id}::uuid AND "nodeType" = ${node.type}`]),
    ...(from == null ? [] : [Prisma.sql`"at" >= ${from}`]),
    ...(to == null ? [] : [Prisma.sql`"at" < ${to}`]),
  ]
  if (actions === null) return [conditions]
  // A node has few events, so the index on the node is enough.
  if (node !== null) return [[...conditions, Prisma.sql`"action" = ANY(${actions})`]]
  return actions.map((action) => [Prisma.sql`"action" = ${action}`, ...conditions])
}

const whereSql = (conditions: Prisma.Sql[]): Prisma.Sql =>
  conditions.length === 0 ? Prisma.empty : Prisma.sql`WHERE ${Prisma.join(conditions, ' AND ')}`

const pageSql = (scans: IndexScans, page: Page<Key>): Prisma.Sql => {
  const { bounds, orderAndLimit } = keysetSql(page, 'desc', { '"at"': 'timestamptz', '"id"': 'uuid' })
  const parts = scans.map(
    (scan) => Prisma.sql`(SELECT * FROM public."Event" ${whereSql([...scan, ...bounds])} ${orderAndLimit})`,
  )
  return Prisma.sql`${withoutPreparedPlan} SELECT * FROM (${Prisma.join(parts, ' UNION ALL ')}) AS found ${orderAndLimit}`
}

/** Creates the audit trail: events newest first, by the time of each event. */
export const createAuditTrail = (database: Database) => {
  const countSemaphore = createSemaphore(maxConcurrentCounts)

  /** Size of the whole log without counting it: the last position, plus the events that wait for one. */
  const countAllSql = Prisma.sql`
    SELECT (coalesce((SELECT max("position") FROM public."EventChain"), 0) + (SELECT count(*) FROM public."EventPending"))::float8
      AS "count"`

  const count = async (scans: IndexScans): Promise<number> => {
    const parts = scans.map((scan) => Prisma.sql`(SELECT count(*) FROM public."Event" ${whereSql(scan)})`)
    const countSql = Prisma.sql`${withoutPreparedPlan} SELECT (${Prisma.join(parts, ' + ')})::float8 AS "count"`
    const isAll = scans.length === 1 && scans[0]?.length === 0
    const runCount = (statement: Prisma.Sql) =>
      runLong(database, countTimeoutMs, (transaction) => transaction.$queryRaw<{ count: number }[]>(statement))
    const [row] = isAll
      ? await runCount(countAllSql)
      : await countSemaphore.run(() => runCount(countSql), { waitMs: countWaitTimeoutMs, refuse: createBusyError })
    return row?.count ?? 0
  }

  return async (args: AuditTrailArguments): Promise<Connection<Event>> => {
    const scans = parseScans(args)
    const page = parsePage(args, cursor)
    const rows = await database.$queryRaw<Event[]>(pageSql(scans, page))
    return connectionOf(
      page,
      rows,
      ({ at, id }) => cursor.encode([at.toISOString(), id]),
      () => count(scans),
    )
  }
}

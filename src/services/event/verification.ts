import { type Event, Prisma } from '../../../prisma/generated/client/client.ts'
import type { Database, Transaction } from '../kernel/ports.ts'
import { setStatementTimeout } from '../locking/statementTimeout.ts'
import type { Checkpoint, Checkpoints } from './checkpoints.ts'
import { digestSql, genesisHash } from './hashChain.ts'
import { DisguisedTablesError, lockLogTables } from './logTables.ts'

/** Faults of the log, each with the sentence that describes it. */
export const faultDescriptions = {
  CHANGED: 'The event at this position, or its row in the chain, differs from what was written.',
  REMOVED: 'The event at this position was removed.',
  UNNUMBERED: 'This position is missing in the chain; its event may still exist.',
  DUPLICATED: 'A position exists twice, or an event that has a position is queued for another one.',
  INSERTED: 'The log contains an event that was never given a position.',
  CUT_OFF: 'The end of the log is missing from this position on: a checkpoint shows that the log was longer.',
  REWRITTEN:
    'The chain is consistent but was rewritten: at this position it differs from a checkpoint kept outside the database.',
  DISGUISED:
    'A table of the log was replaced, or changed so that it can show other events to other readers, or the search path of the server was changed. Nothing was verified.',
} as const

export type LogFault = keyof typeof faultDescriptions

export interface LogVerification {
  ok: boolean
  /** Number of correct events: those before the first broken one, or all that have a position. */
  checked: number
  /** Null if nothing is broken or the broken event no longer exists. */
  firstBroken: Event | null
  /** Null if nothing is broken or the broken event has no position. */
  brokenPosition: number | null
  fault: LogFault | null
  /** Sentence that describes this occurrence of the fault; null if its general description says everything. */
  detail: string | null
}

interface ChainBreak {
  fault: LogFault
  position: number | null
  eventId: string | null
}

interface Chunk {
  count: number
  last: number | null
  hash: string | null
  fault: LogFault | null
  position: number | null
  eventId: string | null
}

/** Time of one transaction: a count of a log with a hundred million events takes minutes. */
const timeoutMs = 10 * 60_000

/** Number of rows that one statement checks. */
const chunkSize = 5000

/** Compares each hash with that of its event and the hash before: if all match, the chain is right from its start. */
const chunkSql = ({ position, hash }: Checkpoint): Prisma.Sql => Prisma.sql`
  WITH "link" AS (
    SELECT chain."position", chain."eventId", chain."hash", event."id" IS NULL AS "gone",
      coalesce(lag(chain."position") OVER walk, ${Math.max(0, position)}::bigint) AS "before",
      (chain."action", chain."nodeType", chain."nodeId") IS DISTINCT FROM
        (event."action", event."nodeType", event."nodeId") AS "astray",
      sha256(coalesce(lag(chain."hash") OVER walk, decode(${hash}, 'hex')) || ${digestSql(Prisma.raw('chain."position"'))})
        AS "expected"
    FROM (
      SELECT * FROM public."EventChain" WHERE "position" > ${position}::bigint
      ORDER BY "position" LIMIT ${Prisma.raw(String(chunkSize))}
    ) AS chain LEFT JOIN public."Event" AS event ON event."id" = chain."eventId"
    WINDOW walk AS (ORDER BY chain."position")
  ), "judged" AS MATERIALIZED (
    SELECT *, CASE
      WHEN "position" <= "before" THEN 'DUPLICATED'
      WHEN "position" > "before" + 1 THEN 'UNNUMBERED'
      WHEN "gone" THEN 'REMOVED'
      WHEN "astray" OR "hash" IS DISTINCT FROM "expected" THEN 'CHANGED'
    END AS "fault" FROM "link"
  )
  SELECT "all".*, "broken".* FROM (
    SELECT count(*)::int AS "count", max("position")::float8 AS "last",
      (SELECT encode("hash", 'hex') FROM "judged" ORDER BY "position" DESC LIMIT 1) AS "hash"
    FROM "judged"
  ) AS "all" LEFT JOIN (
    SELECT "fault", CASE "fault" WHEN 'UNNUMBERED' THEN "before" + 1 ELSE "position" END::float8 AS "position",
      CASE "fault" WHEN 'UNNUMBERED' THEN NULL ELSE "eventId" END AS "eventId"
    FROM "judged" WHERE "fault" IS NOT NULL ORDER BY "judged"."position" LIMIT 1
  ) AS "broken" ON true`

/** Finds a queue entry whose event already has a position or does not exist. */
const strayPendingSql = Prisma.sql`
  SELECT CASE WHEN chain."eventId" IS NULL THEN 'REMOVED' ELSE 'DUPLICATED' END AS "fault",
    chain."position"::float8 AS "position", event."id" AS "eventId"
  FROM public."EventPending" AS pending
    LEFT JOIN public."EventChain" AS chain ON chain."eventId" = pending."eventId"
    LEFT JOIN public."Event" AS event ON event."id" = pending."eventId"
  WHERE chain."eventId" IS NOT NULL OR event."id" IS NULL
  ORDER BY chain."position", pending."id" LIMIT 1`

/** Every event has a row in the chain or in the queue, so a count tells at once whether one has neither. */
const surplusSql = Prisma.sql`
  SELECT ((SELECT count(*) FROM public."Event") - (SELECT count(*) FROM public."EventChain")
    - (SELECT count(*) FROM public."EventPending"))::float8 AS "surplus"`

const firstUnnumberedSql = Prisma.sql`
  SELECT event."id" AS "eventId" FROM public."Event" AS event
  WHERE NOT EXISTS (SELECT FROM public."EventChain" AS chain WHERE chain."eventId" = event."id")
    AND NOT EXISTS (SELECT FROM public."EventPending" AS pending WHERE pending."eventId" = event."id")
  ORDER BY event."at", event."id" LIMIT 1`

/** Starts below any position that an attacker may have inserted. */
const chainStart: Checkpoint = { position: Number.MIN_SAFE_INTEGER, hash: genesisHash }

/** Nothing that was read counts, and no event is shown: it would come from the same tables. */
const toDisguised = (error: unknown): LogVerification => {
  if (!(error instanceof DisguisedTablesError)) throw error
  return { ok: false, checked: 0, firstBroken: null, brokenPosition: null, fault: 'DISGUISED', detail: error.message }
}

export const createVerification = ({ database, checkpoints }: { database: Database; checkpoints: Checkpoints }) => {
  let tableIds: string | null = null

  const withLockedTables = <Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> =>
    database.$transaction(
      async (transaction) => {
        await setStatementTimeout(transaction, timeoutMs)
        tableIds = await lockLogTables(transaction, tableIds)
        return work(transaction)
      },
      { timeout: timeoutMs },
    )

  const read = async <Row>(statement: Prisma.Sql): Promise<Row | undefined> =>
    withLockedTables(async (transaction) => (await transaction.$queryRaw<Row[]>(statement))[0])

  /** Returns the first checkpoint that the chain does not contain. */
  const findMismatch = async (savedCheckpoints: Checkpoint[]): Promise<Checkpoint | null> => {
    const rows = await withLockedTables(
      (transaction) => transaction.$queryRaw<Checkpoint[]>`
        SELECT "position"::float8 AS "position", encode("hash", 'hex') AS "hash" FROM public."EventChain"
        WHERE "position" = ANY(${savedCheckpoints.map(({ position }) => position)}::bigint[])`,
    )
    const hashes = new Map(rows.map(({ position, hash }) => [position, hash]))
    return savedCheckpoints.find(({ position, hash }) => hashes.get(position) !== hash) ?? null
  }

  const verifyChain = async (): Promise<{ checked: number; last: number; chainBreak: ChainBreak | null }> => {
    let lastVerified = chainStart
    let checked = 0
    for (;;) {
      const chunk = await read<Chunk>(chunkSql(lastVerified))
      if (chunk === undefined || chunk.last === null || chunk.hash === null)
        return { checked, last: Math.max(0, lastVerified.position), chainBreak: null }
      if (chunk.fault !== null && chunk.position !== null) {
        const { fault, position, eventId } = chunk
        return { checked: Math.max(0, position - 1), last: chunk.last, chainBreak: { fault, position, eventId } }
      }
      checked += chunk.count
      lastVerified = { position: chunk.last, hash: chunk.hash }
      // The chain may have grown meanwhile; a chunk that is not full was its end.
      if (chunk.count < chunkSize) return { checked, last: lastVerified.position, chainBreak: null }
    }
  }

  const findUnnumbered = async (): Promise<string | null> =>
    (await read<{ eventId: string }>(firstUnnumberedSql))?.eventId ?? null

  const findInserted = async (): Promise<ChainBreak | null> => {
    const row = await read<{ surplus: number }>(surplusSql)
    if (row?.surplus === 0) return null
    const eventId = await findUnnumbered()
    return eventId === null ? null : { fault: 'INSERTED', position: null, eventId }
  }

  const verifyLog = async (): Promise<{ checked: number; chainBreak: ChainBreak | null }> => {
    // List the checkpoints before reading the chain, which then contains at least the positions of all of them.
    const savedCheckpoints = await checkpoints.list()
    const mismatch = await findMismatch(savedCheckpoints)
    const { checked, last, chainBreak } = await verifyChain()
    if (mismatch !== null && (chainBreak?.position == null || mismatch.position < chainBreak.position)) {
      const isCut = chainBreak === null && mismatch.position > last
      const position = isCut ? last + 1 : mismatch.position
      return {
        checked: Math.min(checked, position - 1),
        chainBreak: { fault: isCut ? 'CUT_OFF' : 'REWRITTEN', position, eventId: null },
      }
    }
    if (chainBreak?.fault === 'UNNUMBERED')
      return { checked, chainBreak: { ...chainBreak, eventId: await findUnnumbered() } }
    if (chainBreak !== null) return { checked, chainBreak }
    const stray = await read<ChainBreak>(strayPendingSql)
    if (stray === undefined) return { checked, chainBreak: await findInserted() }
    return { checked: stray.position === null ? checked : stray.position - 1, chainBreak: stray }
  }

  const run = async (): Promise<LogVerification> => {
    tableIds = null
    const { checked, chainBreak } = await verifyLog()
    if (chainBreak === null)
      return { ok: true, checked, firstBroken: null, brokenPosition: null, fault: null, detail: null }
    const { eventId, position, fault } = chainBreak
    const firstBroken = eventId === null ? null : await database.event.findFirst({ where: { id: eventId } })
    return { ok: false, checked, firstBroken, brokenPosition: position, fault, detail: null }
  }

  let activeRun: Promise<LogVerification> | null = null

  /** Verifies the whole log; calls during a run share its result. */
  return (): Promise<LogVerification> => {
    activeRun ??= run()
      .catch(toDisguised)
      .finally(() => {
        activeRun = null
      })
    return activeRun
  }
}

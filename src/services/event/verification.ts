import { type Event, Prisma } from '../../../prisma/generated/client/client.ts'
import type { Database, Transaction } from '../kernel/ports.ts'
import type { Head, Heads } from './checkpoints.ts'
import { digestOf, genesis, onlyBuiltIns } from './hashChain.ts'

/** What is wrong with the log, and the sentence that says so. */
export const faults = {
  CHANGED: 'The event at this position, or its place in the chain, is not what was written.',
  REMOVED: 'The event at this position is gone.',
  UNNUMBERED: 'This position is missing in the chain; its event may still be there.',
  DUPLICATED: 'A position is given twice, or an event that has one waits for another.',
  INSERTED: 'An event stands in the log that was never given a position.',
  CUT_OFF: 'The log once reached farther: its end is gone from this position on.',
  REWRITTEN: 'The chain is whole, but not the one that was: a head that was kept outside the database differs here.',
} as const

export type LogFault = keyof typeof faults

export interface LogVerification {
  ok: boolean
  /** Events that are right: those before the first broken one, or all that have a position. */
  checked: number
  /** Null where it is gone. */
  firstBroken: Event | null
  /** Null also where what is broken has no position. */
  brokenPosition: number | null
  fault: LogFault | null
}

interface Break {
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

/** Rows that one statement looks at. */
const chunkSize = 5000

/** Each row is compared with what its event and the hash before it make: right all along means right from the start. */
const chunkAfter = ({ position, hash }: Head): Prisma.Sql => Prisma.sql`
  WITH "link" AS (
    SELECT chain."position", chain."eventId", chain."hash", event."id" IS NULL AS "gone",
      coalesce(lag(chain."position") OVER walk, ${Math.max(0, position)}::bigint) AS "before",
      (chain."action", chain."nodeType", chain."nodeId") IS DISTINCT FROM
        (event."action", event."nodeType", event."nodeId") AS "astray",
      sha256(coalesce(lag(chain."hash") OVER walk, decode(${hash}, 'hex')) || ${digestOf(Prisma.raw('chain."position"'))})
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

/** Nothing that waits has its position already, or no event. */
const strayPending = Prisma.sql`
  SELECT CASE WHEN chain."eventId" IS NULL THEN 'REMOVED' ELSE 'DUPLICATED' END AS "fault",
    chain."position"::float8 AS "position", event."id" AS "eventId"
  FROM public."EventPending" AS pending
    LEFT JOIN public."EventChain" AS chain ON chain."eventId" = pending."eventId"
    LEFT JOIN public."Event" AS event ON event."id" = pending."eventId"
  WHERE chain."eventId" IS NOT NULL OR event."id" IS NULL
  ORDER BY chain."position", pending."id" LIMIT 1`

/** Each event has its row in the chain or in the queue, so that a count tells at once whether one has none. */
const countSurplus = Prisma.sql`
  SELECT ((SELECT count(*) FROM public."Event") - (SELECT count(*) FROM public."EventChain")
    - (SELECT count(*) FROM public."EventPending"))::float8 AS "surplus"`

const firstUnnumbered = Prisma.sql`
  SELECT event."id" AS "eventId" FROM public."Event" AS event
  WHERE NOT EXISTS (SELECT FROM public."EventChain" AS chain WHERE chain."eventId" = event."id")
    AND NOT EXISTS (SELECT FROM public."EventPending" AS pending WHERE pending."eventId" = event."id")
  ORDER BY event."at", event."id" LIMIT 1`

/** Lower than any position that somebody may have made up. */
const start: Head = { position: Number.MIN_SAFE_INTEGER, hash: genesis }

export const createVerification = ({ database, heads }: { database: Database; heads: Heads }) => {
  const guarded = <Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> =>
    database.$transaction(
      async (transaction) => {
        await transaction.$queryRaw`SELECT ${onlyBuiltIns}`
        return work(transaction)
      },
      { timeout: 10 * 60_000 },
    )

  const read = async <Row>(statement: Prisma.Sql): Promise<Row | undefined> =>
    guarded(async (transaction) => (await transaction.$queryRaw<Row[]>(statement))[0])

  /** The first head that the chain does not hold. */
  const compareHeads = async (kept: Head[]): Promise<Head | null> => {
    const rows = await guarded(
      (transaction) => transaction.$queryRaw<Head[]>`
        SELECT "position"::float8 AS "position", encode("hash", 'hex') AS "hash" FROM public."EventChain"
        WHERE "position" = ANY(${kept.map(({ position }) => position)}::bigint[])`,
    )
    const hashes = new Map(rows.map(({ position, hash }) => [position, hash]))
    return kept.find(({ position, hash }) => hashes.get(position) !== hash) ?? null
  }

  const walk = async (): Promise<{ checked: number; last: number; broken: Break | null }> => {
    let at = start
    let checked = 0
    for (;;) {
      const chunk = await read<Chunk>(chunkAfter(at))
      if (chunk === undefined || chunk.last === null || chunk.hash === null)
        return { checked, last: Math.max(0, at.position), broken: null }
      if (chunk.fault !== null && chunk.position !== null) {
        const { fault, position, eventId } = chunk
        return { checked: Math.max(0, position - 1), last: chunk.last, broken: { fault, position, eventId } }
      }
      checked += chunk.count
      at = { position: chunk.last, hash: chunk.hash }
      // The chain may have grown meanwhile; what is shorter than a chunk was its end.
      if (chunk.count < chunkSize) return { checked, last: at.position, broken: null }
    }
  }

  const findUnnumbered = async (): Promise<string | null> =>
    (await read<{ eventId: string }>(firstUnnumbered))?.eventId ?? null

  const findInserted = async (): Promise<Break | null> => {
    const counted = await read<{ surplus: number }>(countSurplus)
    if (counted?.surplus === 0) return null
    const eventId = await findUnnumbered()
    return eventId === null ? null : { fault: 'INSERTED', position: null, eventId }
  }

  const judge = async (): Promise<{ checked: number; broken: Break | null }> => {
    // Before the walk, which therefore finds at least what they speak of.
    const kept = await heads.list()
    const differing = await compareHeads(kept)
    const { checked, last, broken } = await walk()
    if (differing !== null && (broken?.position == null || differing.position < broken.position)) {
      const isCut = broken === null && differing.position > last
      const position = isCut ? last + 1 : differing.position
      return {
        checked: Math.min(checked, position - 1),
        broken: { fault: isCut ? 'CUT_OFF' : 'REWRITTEN', position, eventId: null },
      }
    }
    if (broken?.fault === 'UNNUMBERED') return { checked, broken: { ...broken, eventId: await findUnnumbered() } }
    if (broken !== null) return { checked, broken }
    const stray = await read<Break>(strayPending)
    if (stray === undefined) return { checked, broken: await findInserted() }
    return { checked: stray.position === null ? checked : stray.position - 1, broken: stray }
  }

  const run = async (): Promise<LogVerification> => {
    const { checked, broken } = await judge()
    if (broken === null) return { ok: true, checked, firstBroken: null, brokenPosition: null, fault: null }
    const { eventId, position, fault } = broken
    const firstBroken = eventId === null ? null : await database.event.findFirst({ where: { id: eventId } })
    return { ok: false, checked, firstBroken, brokenPosition: position, fault }
  }

  let running: Promise<LogVerification> | null = null

  /** Reads the whole log; those who ask while it runs share the answer. */
  return (): Promise<LogVerification> => {
    running ??= run().finally(() => {
      running = null
    })
    return running
  }
}

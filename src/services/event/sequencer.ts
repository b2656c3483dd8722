import { Prisma } from '../../../prisma/generated/client/client.ts'
import type { Log, PubSub, Session } from '../kernel/ports.ts'
import type { Head, Heads } from './checkpoints.ts'
import { digestOf, genesis, onlyBuiltIns } from './hashChain.ts'

/** Where followers hear that the chain has grown. */
export const logChannel = 'log'

/** What is numbered in one transaction at most. */
export const batchSize = 1000

/** How long a new head may wait to be kept, and how often one is. */
const keepMs = 1000

/**
 * Numbers and chains committed events. One at a time in the whole system, whoever calls: the lock decides it, and a
 * position that is given once cannot be given twice.
 */
export interface Sequencer {
  /**
   * Takes what waits, up to a batch, and returns how many; none while another process is at it. Whoever leads also keeps
   * the head of what others have numbered, who may have gone without keeping it.
   */
  advance(session: Session, leads?: boolean): Promise<number>
  /** Keeps the newest head now. */
  close(): Promise<void>
}

interface SequencerOptions {
  pubsub: PubSub
  heads: Heads
  log: Log
}

/** Whose turn it is; a statement of its own, since the next one has to see what whoever had it before has written. */
const takeTurn = Prisma.sql`
  SELECT ${onlyBuiltIns}, set_config('mediagraph.turn', pg_try_advisory_xact_lock(7303, 1)::text, true)`

/**
 * In the order of the queue. What waits without an event, or has its position already, was put there by somebody else:
 * it is passed over and left for the verification to find. Answers with the newest head, also where nothing waits.
 */
const chainBatch = Prisma.sql`
  WITH RECURSIVE "head" AS (
    SELECT coalesce(max("position"), 0) AS "position" FROM public."EventChain"
  ), "batch" AS MATERIALIZED (
    SELECT row_number() OVER (ORDER BY waiting."queued") AS "n",
      "head"."position" + row_number() OVER (ORDER BY waiting."queued") AS "position", waiting.*
    FROM "head" CROSS JOIN (
      SELECT pending."id" AS "queued", event.*
      FROM public."EventPending" AS pending
        CROSS JOIN LATERAL (SELECT * FROM public."Event" WHERE "Event"."id" = pending."eventId" LIMIT 1) AS event
      WHERE current_setting('mediagraph.turn') = 'true'
        AND (SELECT "position" FROM public."EventChain" WHERE "eventId" = pending."eventId" LIMIT 1) IS NULL
      ORDER BY pending."id" LIMIT ${Prisma.raw(String(batchSize))}
    ) AS waiting
  ), "digests" AS MATERIALIZED (
    SELECT string_agg(${digestOf(Prisma.raw('event."position"'))}, ''::bytea ORDER BY event."n") AS "digests",
      count(*) AS "count"
    FROM "batch" AS event
  ), "link" AS (
    SELECT 0::bigint AS "n", coalesce(
      (SELECT "hash" FROM public."EventChain" ORDER BY "position" DESC LIMIT 1),
      decode('${Prisma.raw(genesis)}', 'hex')) AS "hash"
    UNION ALL
    SELECT "n" + 1, sha256("hash" || substring("digests" FROM (32 * "n" + 1)::int FOR 32))
    FROM "link" CROSS JOIN "digests" WHERE "n" < "count"
  ), "chained" AS (
    INSERT INTO public."EventChain" ("position", "eventId", "action", "nodeType", "nodeId", "hash")
    SELECT "position", "id", "action", "nodeType", "nodeId", "hash" FROM "batch" JOIN "link" USING ("n")
    RETURNING "position", "eventId", "hash"
  ), "taken" AS (
    DELETE FROM public."EventPending" USING "chained" WHERE "EventPending"."eventId" = "chained"."eventId"
  )
  SELECT "position"::float8 AS "position", encode("hash", 'hex') AS "hash",
    (SELECT count(*) FROM "chained")::int AS "count"
  FROM (
    SELECT "position", "hash" FROM "chained"
    UNION ALL (SELECT "position", "hash" FROM public."EventChain" ORDER BY "position" DESC LIMIT 1)
  ) AS head ORDER BY "position" DESC LIMIT 1`

export const createSequencer = ({ pubsub, heads, log }: SequencerOptions): Sequencer => {
  let newest: Head | null = null
  let kept = 0
  let timer: NodeJS.Timeout | null = null

  const keep = async (): Promise<void> => {
    const head = newest
    if (head === null || head.position <= kept) return
    await heads.keep(head)
    kept = head.position
  }

  const keepSoon = (): void => {
    timer ??= setTimeout(() => {
      timer = null
      keep().catch((error: unknown) => {
        log.warn({ err: error }, 'The head of the log could not be kept.')
        keepSoon()
      })
    }, keepMs).unref()
  }

  return {
    async advance(session, leads = false) {
      const [head] = await session.transact<Head & { count: number }>(takeTurn.sql, chainBatch.sql)
      if (head === undefined) return 0
      const { position, hash, count } = head
      const isToKeep = count > 0 || leads || newest === null
      if (isToKeep && position > (newest?.position ?? 0)) {
        newest = { position, hash }
        keepSoon()
      }
      if (count > 0) pubsub.publish(logChannel, { position })
      return count
    },

    async close() {
      if (timer !== null) clearTimeout(timer)
      await keep()
    },
  }
}

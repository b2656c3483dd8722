import { Prisma } from '../../../prisma/generated/client/client.ts'
import type { Logger, PubSub, SequencerConnection } from '../kernel/ports.ts'
import type { Checkpoint, Checkpoints } from './checkpoints.ts'
import { digestSql, genesisHash, pinSearchPath } from './hashChain.ts'

/** Where followers hear that the chain has grown. */
export const eventLogChannel = 'log'

/** What is numbered in one transaction at most. */
export const maxBatchSize = 1000

/** How long a new head may wait to be kept, and how often one is. */
const saveIntervalMs = 1000

/**
 * Numbers and chains committed events. One at a time in the whole system, whoever calls: the lock decides it, and a
 * position that is given once cannot be given twice.
 */
export interface Sequencer {
  /**
   * Takes what waits, up to a batch, and returns how many; none while another process is at it. Whoever leads also keeps
   * the head of what others have numbered, who may have gone without keeping it.
   */
  advance(connection: SequencerConnection, isLeader?: boolean): Promise<number>
  /** Keeps the newest head now. */
  close(): Promise<void>
}

interface SequencerOptions {
  pubsub: PubSub
  checkpoints: Checkpoints
  log: Logger
}

/** Whose turn it is; a statement of its own, since the next one has to see what whoever had it before has written. */
const tryLockSql = Prisma.sql`
  SELECT ${pinSearchPath}, set_config('mediagraph.turn', pg_try_advisory_xact_lock(7303, 1)::text, true)`

/**
 * In the order of the queue. What waits without an event, or has its position already, was put there by somebody else:
 * it is passed over and left for the verification to find. Answers with the newest head, also where nothing waits.
 */
const chainBatchSql = Prisma.sql`
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
      ORDER BY pending."id" LIMIT ${Prisma.raw(String(maxBatchSize))}
    ) AS waiting
  ), "digests" AS MATERIALIZED (
    SELECT string_agg(${digestSql(Prisma.raw('event."position"'))}, ''::bytea ORDER BY event."n") AS "digests",
      count(*) AS "count"
    FROM "batch" AS event
  ), "link" AS (
    SELECT 0::bigint AS "n", coalesce(
      (SELECT "hash" FROM public."EventChain" ORDER BY "position" DESC LIMIT 1),
      decode('${Prisma.raw(genesisHash)}', 'hex')) AS "hash"
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

export const createSequencer = ({ pubsub, checkpoints, log }: SequencerOptions): Sequencer => {
  let newestCheckpoint: Checkpoint | null = null
  let savedPosition = 0
  let timer: NodeJS.Timeout | null = null

  const save = async (): Promise<void> => {
    const checkpoint = newestCheckpoint
    if (checkpoint === null || checkpoint.position <= savedPosition) return
    await checkpoints.save(checkpoint)
    savedPosition = checkpoint.position
  }

  const scheduleSave = (): void => {
    timer ??= setTimeout(() => {
      timer = null
      save().catch((error: unknown) => {
        log.warn({ err: error }, 'The head of the log could not be kept.')
        scheduleSave()
      })
    }, saveIntervalMs).unref()
  }

  return {
    async advance(connection, isLeader = false) {
      const [checkpoint] = await connection.transact<Checkpoint & { count: number }>(tryLockSql.sql, chainBatchSql.sql)
      if (checkpoint === undefined) return 0
      const { position, hash, count } = checkpoint
      const shouldSave = count > 0 || isLeader || newestCheckpoint === null
      if (shouldSave && position > (newestCheckpoint?.position ?? 0)) {
        newestCheckpoint = { position, hash }
        scheduleSave()
      }
      if (count > 0) pubsub.publish(eventLogChannel, { position })
      return count
    },

    async close() {
      if (timer !== null) clearTimeout(timer)
      await save()
    },
  }
}

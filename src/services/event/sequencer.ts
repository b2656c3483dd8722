import { Prisma } from '../../../prisma/generated/client/client.ts'
import type { Logger, PubSub, SequencerConnection } from '../kernel/ports.ts'
import type { Checkpoint, Checkpoints } from './checkpoints.ts'
import { digestSql, genesisHash, pinSearchPathSql } from './hashChain.ts'

/** Channel that announces new positions to live subscriptions. */
export const eventLogChannel = 'log'

/** Maximum number of events that one transaction numbers. */
export const maxBatchSize = 1000

/** Maximum delay before a new checkpoint is saved, and the minimum interval between two of them. */
const saveIntervalMs = 1000

/**
 * Numbers committed events and adds them to the hash chain. Only one caller in the whole system does so at a time: an
 * advisory lock ensures it, and the database refuses to assign a position twice.
 */
export interface Sequencer {
  /**
   * Numbers the waiting events, at most one batch, and returns how many; 0 while another process holds the lock. The
   * leader also saves the checkpoint of events that other processes numbered, which may have stopped before saving it.
   */
  advance(connection: SequencerConnection, isLeader?: boolean): Promise<number>
  /** Saves the newest checkpoint immediately. */
  close(): Promise<void>
}

interface SequencerOptions {
  pubsub: PubSub
  checkpoints: Checkpoints
  log: Logger
}

/** Tries to take the lock. A statement of its own, because the next one has to see all that the last holder wrote. */
const tryLockSql = Prisma.sql`
  SELECT ${pinSearchPathSql}, set_config('mediagraph.turn', pg_try_advisory_xact_lock(7303, 1)::text, true)`

/**
 * Numbers events in the order of the queue. A queue entry without an event, or whose event already has a position, was
 * not written by our trigger: it is skipped and left for the verification to report. Returns the newest row of the
 * chain, even if no event was waiting.
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
        log.warn({ err: error }, 'Failed to save a checkpoint of the log; retrying in 1 s.')
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

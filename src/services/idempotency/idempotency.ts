import { v7 as uuid } from 'uuid'
import { z } from 'zod'
import { Prisma } from '../../../prisma/generated/client/client.ts'
import type { IdempotentCallState } from '../../../prisma/generated/client/enums.ts'
import type { UserActor } from '../kernel/actor.ts'
import { IdempotencyMismatchError, RateLimitedError } from '../kernel/errors.ts'
import { parseInput } from '../kernel/input.ts'
import type { Database, Logger, PubSub } from '../kernel/ports.ts'
import { runLong } from '../locking/statementTimeout.ts'
import { createWakeUp } from './wakeUp.ts'

interface ClaimRequest {
  /** Key as the caller sent it, not yet validated. */
  key: unknown
  /** Hash that tells requests apart; 64 hexadecimal digits. */
  fingerprint: string
  /** False once the client no longer waits for the answer. Polled while the same call runs elsewhere. */
  isAwaited(): boolean
}

/** Permission to run a call now; it runs nowhere else. */
export interface Claim {
  type: 'claimed'
  /** The caller, with a request id that no other run has. This run must make its changes as this actor. */
  actor: UserActor
  /**
   * Stores the answer for repeats. Without an answer, or with a transient one, a repeat runs the call again unless
   * something was changed. Never rejects.
   */
  complete(answer: string | null, isTransient?: boolean): Promise<void>
}

export type ClaimResult =
  | Claim
  | { type: 'answered'; answer: string }
  /** The call has changed something, but its answer is unknown. */
  | { type: 'lost'; requestId: string }
  /** The client no longer waits for the answer. */
  | { type: 'abandoned' }

export interface Idempotency {
  /** Lets the first request with a key run the call. Repeats get the first answer, and wait for it if necessary. */
  claim(actor: UserActor, call: ClaimRequest): Promise<ClaimResult>
  /** Deletes calls older than 24 hours. Resolves to their number. */
  sweep(): Promise<number>
}

interface IdempotencyOptions {
  database: Database
  pubsub: PubSub
  log: Logger
  /** Interval at which a running call renews its lease. */
  heartbeatIntervalMs?: number
  /** Interval at which waiting repeats read the database. */
  pollIntervalMs?: number
}

const keyShape = z.object({
  idempotencyKey: z
    .string('Must be a string.')
    .min(1, 'At least one character.')
    .max(255, 'At most 255 characters.')
    .regex(/^[ -~]*$/, 'Printable ASCII characters only.'),
})

const retention = Prisma.sql`interval '24 hours'`

/** Lease of a run: without a heartbeat for 15 s, the run counts as crashed. */
const lease = Prisma.sql`interval '15 seconds'`

/** Size limit of a stored answer. Longer ones are not kept: a hundred thousand of them must not fill the database. */
const maxAnswerBytes = 256 * 1024

/** A day may leave millions of calls. */
const sweepTimeoutMs = 5 * 60_000

/** Maximum number of repeats of one call that wait in a process. */
const maxWaiters = 30

/**
 * Whether a run has committed a change: the same transaction has written to the audit log. The time only narrows the
 * search; an hour is subtracted since clocks may be set back.
 */
const hasChanged = Prisma.sql`EXISTS (
  SELECT 1 FROM "Event"
  WHERE "at" >= "call"."claimedAt" - interval '1 hour' AND "actorId" = "call"."userId" AND "requestId" = "call"."requestId"
)`

/** One attempt to run a call. */
interface Run {
  actor: UserActor
  key: string
  fingerprint: string
  requestId: string
}

interface Row {
  fingerprint: string
  requestId: string
  state: IdempotentCallState
  answer: string | null
  isLeaseExpired: boolean
}

/** Whether the retention is over; never while the call runs, however old it is. */
const isExpired = Prisma.sql`"call"."claimedAt" < now() - ${retention} AND "call"."aliveAt" < now() - ${lease}`

const columns = Prisma.sql`"fingerprint", "requestId", "state", "answer", "aliveAt" < now() - ${lease} AS "isLeaseExpired"`
const keyCondition = ({ actor, key }: Run) => Prisma.sql`"userId" = ${actor.userId}::uuid AND "key" = ${key}`
const rowCondition = (run: Run) => Prisma.sql`${keyCondition(run)} AND "requestId" = ${run.requestId}`
const runningCondition = (run: Run) => Prisma.sql`${rowCondition(run)} AND "state" = 'RUNNING'`
const channelOf = ({ actor, key }: Run): string => `idempotency:${actor.userId}:${key}`

export const createIdempotency = (options: IdempotencyOptions): Idempotency => {
  const { database, pubsub, log, heartbeatIntervalMs = 4000, pollIntervalMs = 500 } = options
  /** Waiting repeats, by the channel that they subscribe to. */
  const waiters = new Map<string, Set<Run>>()

  const read = async (run: Run): Promise<Row | undefined> => {
    const rows = await database.$queryRaw<Row[]>`SELECT ${columns} FROM "IdempotentCall" WHERE ${keyCondition(run)}`
    return rows[0]
  }

  /** Resolves to this run's row, or to that of an earlier run; undefined if that one appears or vanishes meanwhile. */
  const insert = async (run: Run): Promise<Row | undefined> => {
    const { actor, key, fingerprint, requestId } = run
    const rows = await database.$queryRaw<Row[]>`
      WITH "mine" AS (
        INSERT INTO "IdempotentCall" AS "call" ("userId", "key", "fingerprint", "requestId")
        VALUES (${actor.userId}::uuid, ${key}, ${fingerprint}, ${requestId})
        ON CONFLICT ("userId", "key") DO UPDATE SET
          "fingerprint" = excluded."fingerprint", "requestId" = excluded."requestId",
          "state" = 'RUNNING', "answer" = NULL, "claimedAt" = now(), "aliveAt" = now()
        WHERE ${isExpired}
        RETURNING "call".*
      )
      SELECT ${columns} FROM "mine"
      UNION ALL
      SELECT ${columns} FROM "IdempotentCall" WHERE ${keyCondition(run)} AND NOT EXISTS (SELECT 1 FROM "mine")`
    return rows[0]
  }

  /**
   * Takes over a run whose lease has expired: runs the call again, as if it began now, or marks it LOST if it had
   * changed something. Another request may be faster. A locked row belongs to a run that is changing something now.
   * Once this transaction holds the lock, that run can commit nothing more, and the next statement sees all that it has
   * committed.
   */
  const takeOver = (run: Run, expiredRequestId: string) =>
    database.$transaction(async (transaction) => {
      const expiredCondition = runningCondition({ ...run, requestId: expiredRequestId })
      const lockedRows = await transaction.$queryRaw<unknown[]>`
        SELECT 1 FROM "IdempotentCall" WHERE ${expiredCondition} AND "aliveAt" < now() - ${lease} FOR UPDATE SKIP LOCKED`
      if (lockedRows.length === 0) return
      await transaction.$executeRaw`
        UPDATE "IdempotentCall" AS "call" SET
          "state" = CASE WHEN ${hasChanged} THEN 'LOST'::"IdempotentCallState" ELSE 'RUNNING' END,
          "requestId" = CASE WHEN ${hasChanged} THEN "requestId" ELSE ${run.requestId} END,
          "claimedAt" = CASE WHEN ${hasChanged} THEN "claimedAt" ELSE now() END,
          "aliveAt" = now()
        WHERE ${expiredCondition}`
    })

  const readOrTakeOver = async (run: Run): Promise<Row | undefined> => {
    const row = await read(run)
    if (row === undefined) return insert(run)
    if (row.state !== 'RUNNING' || !row.isLeaseExpired) return row
    await takeOver(run, row.requestId)
    return read(run)
  }

  const renewLease = (run: Run) => database.$executeRaw`
    UPDATE "IdempotentCall" SET "aliveAt" = now() WHERE ${runningCondition(run)}`

  /** Stores the answer, even if the lease expired after a change (LOST): no other request runs the call then. */
  const finish = (run: Run, answer: string) => database.$executeRaw`
    UPDATE "IdempotentCall" SET "state" = 'ANSWERED', "answer" = ${answer}
    WHERE ${rowCondition(run)} AND "state" IN ('RUNNING', 'LOST')`

  /**
   * Deletes a run that has changed nothing; for any other, stores the answer if there is one. A commit with an unknown
   * outcome may still be in progress: only the statement after the lock sees it.
   */
  const release = (run: Run, answer: string | null) =>
    database.$transaction(async (transaction) => {
      await transaction.$queryRaw`SELECT 1 FROM "IdempotentCall" WHERE ${runningCondition(run)} FOR UPDATE`
      await transaction.$executeRaw`
        WITH "deleted" AS (
          DELETE FROM "IdempotentCall" AS "call" WHERE ${runningCondition(run)} AND NOT ${hasChanged} RETURNING 1
        )
        UPDATE "IdempotentCall" SET "state" = ${answer === null ? 'LOST' : 'ANSWERED'}::"IdempotentCallState", "answer" = ${answer}
        WHERE ${runningCondition(run)} AND NOT EXISTS (SELECT 1 FROM "deleted")`
    })

  const startClaim = (run: Run): Claim => {
    const fields = { requestId: run.requestId }
    const heartbeat = setInterval(() => {
      renewLease(run).catch((error: unknown) =>
        log.warn({ ...fields, err: error }, 'Failed to renew the lease of an idempotent call; retrying.'),
      )
    }, heartbeatIntervalMs).unref()
    return {
      type: 'claimed',
      actor: { ...run.actor, requestId: run.requestId, idempotencyKey: run.key },
      async complete(fullAnswer, isTransient = false) {
        clearInterval(heartbeat)
        const answer = fullAnswer === null || Buffer.byteLength(fullAnswer) > maxAnswerBytes ? null : fullAnswer
        try {
          if (answer === null || isTransient) await release(run, answer)
          else if ((await finish(run, answer)) === 0)
            log.warn(fields, 'Lost the lease of an idempotent call while it ran; its answer was not stored.')
          pubsub.publish(channelOf(run), null)
        } catch (error) {
          // The client gets its answer all the same; a repeat derives the outcome from the audit log.
          log.error(
            { ...fields, err: error },
            'Failed to store the answer of an idempotent call; repeats do not get it.',
          )
        }
      },
    }
  }

  /** Returns null while the call runs elsewhere. */
  const toClaimResult = (run: Run, row: Row | undefined): ClaimResult | null => {
    if (row === undefined) return null
    if (row.requestId === run.requestId) return startClaim(run)
    if (row.fingerprint !== run.fingerprint)
      throw new IdempotencyMismatchError(
        'This idempotency key was already used for another call or in another role. Use a new key for each call.',
      )
    if (row.state === 'LOST') return { type: 'lost', requestId: row.requestId }
    return row.answer === null ? null : { type: 'answered', answer: row.answer }
  }

  /** Waits for the result without holding a connection. */
  const waitForResult = async (run: Run, isAwaited: () => boolean): Promise<ClaimResult> => {
    const wakeUp = createWakeUp()
    const unsubscribe = await pubsub.subscribe(channelOf(run), wakeUp.notify)
    try {
      while (isAwaited()) {
        const result = toClaimResult(run, await readOrTakeOver(run))
        if (result !== null) return result
        await wakeUp.wait(pollIntervalMs)
      }
      return { type: 'abandoned' }
    } finally {
      unsubscribe()
    }
  }

  /** Limits the waiting repeats of a call: each reads the database by itself, and many would only cause load. */
  const waitWithLimit = async (run: Run, isAwaited: () => boolean): Promise<ClaimResult> => {
    const channel = channelOf(run)
    const runs = waiters.get(channel) ?? new Set()
    if (runs.size >= maxWaiters)
      throw new RateLimitedError(`${maxWaiters} repeats of this call are already waiting. Try again in 5 s.`, 5)
    waiters.set(channel, runs.add(run))
    try {
      return await waitForResult(run, isAwaited)
    } finally {
      runs.delete(run)
      if (runs.size === 0) waiters.delete(channel)
    }
  }

  return {
    async claim(actor, { key, fingerprint, isAwaited }) {
      const { idempotencyKey } = parseInput(keyShape, { idempotencyKey: key })
      const requestId = `${actor.requestId ?? 'call'}.${uuid()}`
      const run = { actor, key: idempotencyKey, fingerprint, requestId }
      return toClaimResult(run, await insert(run)) ?? waitWithLimit(run, isAwaited)
    },

    sweep: () =>
      runLong(
        database,
        sweepTimeoutMs,
        (transaction) => transaction.$executeRaw`DELETE FROM "IdempotentCall" AS "call" WHERE ${isExpired}`,
      ),
  }
}

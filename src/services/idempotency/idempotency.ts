import { v7 as uuid } from 'uuid'
import { z } from 'zod'
import { Prisma } from '../../../prisma/generated/client/client.ts'
import type { IdempotentCallState } from '../../../prisma/generated/client/enums.ts'
import type { UserActor } from '../kernel/actor.ts'
import { IdempotencyMismatchError, RateLimitedError } from '../kernel/errors.ts'
import { parseInput } from '../kernel/input.ts'
import type { Database, Logger, PubSub } from '../kernel/ports.ts'
import { createWakeUp } from './wakeUp.ts'

export interface ClaimRequest {
  /** As the caller sent it. */
  key: unknown
  /** Tells one question from another; 64 hexadecimal digits. */
  fingerprint: string
  /** False once nobody waits for the answer any more; asked again and again while the same call runs elsewhere. */
  isAwaited(): boolean
}

/** A call that is to run now, and nowhere else. */
export interface Claim {
  type: 'claimed'
  /** The caller under a request id that no other run has: what this one changes is to be done in this name. */
  actor: UserActor
  /**
   * Keeps the answer for repeats. Where there is none, or it is not to last, a repeat tries again unless something was
   * changed. Never rejects.
   */
  complete(answer: string | null, isTransient?: boolean): Promise<void>
}

export type ClaimResult =
  | Claim
  | { type: 'answered'; answer: string }
  /** It has changed something, and what it answered is not known. */
  | { type: 'lost'; requestId: string }
  /** Nobody waits for it any more. */
  | { type: 'abandoned' }

export interface Idempotency {
  /** Whoever is the first to send a key runs the call; whoever repeats it gets the first answer, and waits for it if need be. */
  claim(actor: UserActor, call: ClaimRequest): Promise<ClaimResult>
  /** Forgets what is older than 24 hours; says how many. */
  sweep(): Promise<number>
}

interface IdempotencyOptions {
  database: Database
  pubsub: PubSub
  log: Logger
  /** How often a call under way says that it lives. */
  heartbeatIntervalMs?: number
  /** How often those who wait look by themselves. */
  pollIntervalMs?: number
}

const keyShape = z.object({
  idempotencyKey: z
    .string('A text.')
    .min(1, 'At least one character.')
    .max(255, 'At most 255 characters.')
    .regex(/^[ -~]*$/, 'Printable ASCII characters only.'),
})

const retention = Prisma.sql`interval '24 hours'`

/** Whoever runs a call and has been silent for so long is dead. */
const lease = Prisma.sql`interval '15 seconds'`

/** A longer answer is not kept: a hundred thousand of them are not to fill the database. */
const maxAnswerBytes = 256 * 1024

/** So many repeats of one call wait in a process. */
const maxWaiters = 30

/** The log knows, since it is written in the transaction of the change. The time only narrows the search: clocks go back. */
const hasChanged = Prisma.sql`EXISTS (
  SELECT 1 FROM "Event"
  WHERE "at" >= "call"."claimedAt" - interval '1 hour' AND "actorId" = "call"."userId" AND "requestId" = "call"."requestId"
)`

/** One try of a call. */
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
  isSilent: boolean
}

/** Not while it runs, however old it is. */
const isExpired = Prisma.sql`"call"."claimedAt" < now() - ${retention} AND "call"."aliveAt" < now() - ${lease}`

const columns = Prisma.sql`"fingerprint", "requestId", "state", "answer", "aliveAt" < now() - ${lease} AS "isSilent"`
const keyCondition = ({ actor, key }: Run) => Prisma.sql`"userId" = ${actor.userId}::uuid AND "key" = ${key}`
const rowCondition = (run: Run) => Prisma.sql`${keyCondition(run)} AND "requestId" = ${run.requestId}`
const runningCondition = (run: Run) => Prisma.sql`${rowCondition(run)} AND "state" = 'RUNNING'`
const channelOf = ({ actor, key }: Run): string => `idempotency:${actor.userId}:${key}`

export const createIdempotency = (options: IdempotencyOptions): Idempotency => {
  const { database, pubsub, log, heartbeatIntervalMs = 4000, pollIntervalMs = 500 } = options
  /** Repeats, by the channel that they listen to. */
  const waiters = new Map<string, Set<Run>>()

  const read = async (run: Run): Promise<Row | undefined> => {
    const rows = await database.$queryRaw<Row[]>`SELECT ${columns} FROM "IdempotentCall" WHERE ${keyCondition(run)}`
    return rows[0]
  }

  /** This run's row, or that of the one before; undefined where that one comes or goes in this very moment. */
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
   * From a run that is dead: it is run again, as if it began now, or known as lost if it had changed something. Others may
   * be faster. A row that is locked belongs to a run that is changing something now. Once it is ours, that run can commit
   * nothing more, and the next statement sees all that it has committed.
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
    if (row.state !== 'RUNNING' || !row.isSilent) return row
    await takeOver(run, row.requestId)
    return read(run)
  }

  const renewLease = (run: Run) => database.$executeRaw`
    UPDATE "IdempotentCall" SET "aliveAt" = now() WHERE ${runningCondition(run)}`

  /** Also where it was taken for dead after it had changed something: nobody else runs it then. */
  const finish = (run: Run, answer: string) => database.$executeRaw`
    UPDATE "IdempotentCall" SET "state" = 'ANSWERED', "answer" = ${answer}
    WHERE ${rowCondition(run)} AND "state" IN ('RUNNING', 'LOST')`

  /**
   * Forgets a run that has changed nothing; of another it keeps the answer, if there is one. A commit whose outcome was not
   * heard of may still be under way: only the statement after the lock sees it.
   */
  const release = (run: Run, answer: string | null) =>
    database.$transaction(async (transaction) => {
      await transaction.$queryRaw`SELECT 1 FROM "IdempotentCall" WHERE ${runningCondition(run)} FOR UPDATE`
      await transaction.$executeRaw`
        WITH "free" AS (
          DELETE FROM "IdempotentCall" AS "call" WHERE ${runningCondition(run)} AND NOT ${hasChanged} RETURNING 1
        )
        UPDATE "IdempotentCall" SET "state" = ${answer === null ? 'LOST' : 'ANSWERED'}::"IdempotentCallState", "answer" = ${answer}
        WHERE ${runningCondition(run)} AND NOT EXISTS (SELECT 1 FROM "free")`
    })

  const startClaim = (run: Run): Claim => {
    const fields = { requestId: run.requestId }
    const heartbeat = setInterval(() => {
      renewLease(run).catch((error: unknown) =>
        log.warn({ ...fields, err: error }, 'A keyed call could not say that it lives.'),
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
          else if ((await finish(run, answer)) === 0) log.warn(fields, 'A keyed call was taken for dead while it ran.')
          pubsub.publish(channelOf(run), null)
        } catch (error) {
          // Whoever sent it has its answer all the same; a repeat learns from the log what became of it.
          log.error({ ...fields, err: error }, 'The answer of a keyed call could not be kept.')
        }
      },
    }
  }

  /** Null while the call runs elsewhere. */
  const toClaimResult = (run: Run, row: Row | undefined): ClaimResult | null => {
    if (row === undefined) return null
    if (row.requestId === run.requestId) return startClaim(run)
    if (row.fingerprint !== run.fingerprint)
      throw new IdempotencyMismatchError(
        'This idempotency key was used for another call, or in another role: take a new one for each.',
      )
    if (row.state === 'LOST') return { type: 'lost', requestId: row.requestId }
    return row.answer === null ? null : { type: 'answered', answer: row.answer }
  }

  /** Holds no connection while it waits. */
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

  /** Each of those who wait looks by itself: more than a few for one call would do nothing but look. */
  const waitWithLimit = async (run: Run, isAwaited: () => boolean): Promise<ClaimResult> => {
    const channel = channelOf(run)
    const runs = waiters.get(channel) ?? new Set()
    if (runs.size >= maxWaiters)
      throw new RateLimitedError(`${maxWaiters} repeats wait for this call already: try again in 5 s.`, 5)
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

    sweep: () => database.$executeRaw`DELETE FROM "IdempotentCall" AS "call" WHERE ${isExpired}`,
  }
}

import { v7 as uuid } from 'uuid'
import { z } from 'zod'
import { Prisma } from '../../../prisma/generated/client/client.ts'
import type { IdempotentCallState } from '../../../prisma/generated/client/enums.ts'
import type { UserActor } from '../kernel/actor.ts'
import { IdempotencyMismatchError, RateLimitedError } from '../kernel/errors.ts'
import { parseInput } from '../kernel/input.ts'
import type { Database, Log, PubSub } from '../kernel/ports.ts'
import { createBell } from './wakeUp.ts'

export interface KeyedCall {
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
  end(answer: string | null, isPassing?: boolean): Promise<void>
}

export type Claimed =
  | Claim
  | { type: 'answered'; answer: string }
  /** It has changed something, and what it answered is not known. */
  | { type: 'lost'; requestId: string }
  /** Nobody waits for it any more. */
  | { type: 'abandoned' }

export interface Idempotency {
  /** Whoever is the first to send a key runs the call; whoever repeats it gets the first answer, and waits for it if need be. */
  claim(actor: UserActor, call: KeyedCall): Promise<Claimed>
  /** Forgets what is older than 24 hours; says how many. */
  sweep(): Promise<number>
}

interface IdempotencyOptions {
  database: Database
  pubsub: PubSub
  log: Log
  /** How often a call under way says that it lives. */
  aliveMs?: number
  /** How often those who wait look by themselves. */
  lookMs?: number
}

const keyed = z.object({
  idempotencyKey: z
    .string('A text.')
    .min(1, 'At least one character.')
    .max(255, 'At most 255 characters.')
    .regex(/^[ -~]*$/, 'Printable ASCII characters only.'),
})

const kept = Prisma.sql`interval '24 hours'`

/** Whoever runs a call and has been silent for so long is dead. */
const lease = Prisma.sql`interval '15 seconds'`

/** A longer answer is not kept: a hundred thousand of them are not to fill the database. */
const mostAnswerBytes = 256 * 1024

/** So many repeats of one call wait in a process. */
const mostWaiting = 30

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
const isOver = Prisma.sql`"call"."claimedAt" < now() - ${kept} AND "call"."aliveAt" < now() - ${lease}`

const columns = Prisma.sql`"fingerprint", "requestId", "state", "answer", "aliveAt" < now() - ${lease} AS "isSilent"`
const itsKey = ({ actor, key }: Run) => Prisma.sql`"userId" = ${actor.userId}::uuid AND "key" = ${key}`
const itsRow = (run: Run) => Prisma.sql`${itsKey(run)} AND "requestId" = ${run.requestId}`
const itself = (run: Run) => Prisma.sql`${itsRow(run)} AND "state" = 'RUNNING'`
const channelOf = ({ actor, key }: Run): string => `idempotency:${actor.userId}:${key}`

export const createIdempotency = (options: IdempotencyOptions): Idempotency => {
  const { database, pubsub, log, aliveMs = 4000, lookMs = 500 } = options
  /** Repeats, by the channel that they listen to. */
  const waiting = new Map<string, Set<Run>>()

  const read = async (run: Run): Promise<Row | undefined> => {
    const rows = await database.$queryRaw<Row[]>`SELECT ${columns} FROM "IdempotentCall" WHERE ${itsKey(run)}`
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
        WHERE ${isOver}
        RETURNING "call".*
      )
      SELECT ${columns} FROM "mine"
      UNION ALL
      SELECT ${columns} FROM "IdempotentCall" WHERE ${itsKey(run)} AND NOT EXISTS (SELECT 1 FROM "mine")`
    return rows[0]
  }

  /**
   * From a run that is dead: it is run again, as if it began now, or known as lost if it had changed something. Others may
   * be faster. A row that is locked belongs to a run that is changing something now. Once it is ours, that run can commit
   * nothing more, and the next statement sees all that it has committed.
   */
  const takeOver = (run: Run, deadRequestId: string) =>
    database.$transaction(async (transaction) => {
      const dead = itself({ ...run, requestId: deadRequestId })
      const free = await transaction.$queryRaw<unknown[]>`
        SELECT 1 FROM "IdempotentCall" WHERE ${dead} AND "aliveAt" < now() - ${lease} FOR UPDATE SKIP LOCKED`
      if (free.length === 0) return
      await transaction.$executeRaw`
        UPDATE "IdempotentCall" AS "call" SET
          "state" = CASE WHEN ${hasChanged} THEN 'LOST'::"IdempotentCallState" ELSE 'RUNNING' END,
          "requestId" = CASE WHEN ${hasChanged} THEN "requestId" ELSE ${run.requestId} END,
          "claimedAt" = CASE WHEN ${hasChanged} THEN "claimedAt" ELSE now() END,
          "aliveAt" = now()
        WHERE ${dead}`
    })

  const look = async (run: Run): Promise<Row | undefined> => {
    const row = await read(run)
    if (row === undefined) return insert(run)
    if (row.state !== 'RUNNING' || !row.isSilent) return row
    await takeOver(run, row.requestId)
    return read(run)
  }

  const renew = (run: Run) => database.$executeRaw`
    UPDATE "IdempotentCall" SET "aliveAt" = now() WHERE ${itself(run)}`

  /** Also where it was taken for dead after it had changed something: nobody else runs it then. */
  const finish = (run: Run, answer: string) => database.$executeRaw`
    UPDATE "IdempotentCall" SET "state" = 'ANSWERED', "answer" = ${answer}
    WHERE ${itsRow(run)} AND "state" IN ('RUNNING', 'LOST')`

  /**
   * Forgets a run that has changed nothing; of another it keeps the answer, if there is one. A commit whose outcome was not
   * heard of may still be under way: only the statement after the lock sees it.
   */
  const release = (run: Run, answer: string | null) =>
    database.$transaction(async (transaction) => {
      await transaction.$queryRaw`SELECT 1 FROM "IdempotentCall" WHERE ${itself(run)} FOR UPDATE`
      await transaction.$executeRaw`
        WITH "free" AS (
          DELETE FROM "IdempotentCall" AS "call" WHERE ${itself(run)} AND NOT ${hasChanged} RETURNING 1
        )
        UPDATE "IdempotentCall" SET "state" = ${answer === null ? 'LOST' : 'ANSWERED'}::"IdempotentCallState", "answer" = ${answer}
        WHERE ${itself(run)} AND NOT EXISTS (SELECT 1 FROM "free")`
    })

  const begin = (run: Run): Claim => {
    const fields = { requestId: run.requestId }
    const alive = setInterval(() => {
      renew(run).catch((error: unknown) =>
        log.warn({ ...fields, err: error }, 'A keyed call could not say that it lives.'),
      )
    }, aliveMs).unref()
    return {
      type: 'claimed',
      actor: { ...run.actor, requestId: run.requestId, idempotencyKey: run.key },
      async end(given, isPassing = false) {
        clearInterval(alive)
        const answer = given === null || Buffer.byteLength(given) > mostAnswerBytes ? null : given
        try {
          if (answer === null || isPassing) await release(run, answer)
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
  const decide = (run: Run, row: Row | undefined): Claimed | null => {
    if (row === undefined) return null
    if (row.requestId === run.requestId) return begin(run)
    if (row.fingerprint !== run.fingerprint)
      throw new IdempotencyMismatchError(
        'This idempotency key was used for another call, or in another role: take a new one for each.',
      )
    if (row.state === 'LOST') return { type: 'lost', requestId: row.requestId }
    return row.answer === null ? null : { type: 'answered', answer: row.answer }
  }

  /** Holds no connection while it waits. */
  const waitFor = async (run: Run, isAwaited: () => boolean): Promise<Claimed> => {
    const bell = createBell()
    const leave = await pubsub.subscribe(channelOf(run), bell.ring)
    try {
      while (isAwaited()) {
        const decided = decide(run, await look(run))
        if (decided !== null) return decided
        await bell.heard(lookMs)
      }
      return { type: 'abandoned' }
    } finally {
      leave()
    }
  }

  /** Each of those who wait looks by itself: more than a few for one call would do nothing but look. */
  const waitAmongFew = async (run: Run, isAwaited: () => boolean): Promise<Claimed> => {
    const channel = channelOf(run)
    const all = waiting.get(channel) ?? new Set()
    if (all.size >= mostWaiting)
      throw new RateLimitedError(`${mostWaiting} repeats wait for this call already: try again in 5 s.`, 5)
    waiting.set(channel, all.add(run))
    try {
      return await waitFor(run, isAwaited)
    } finally {
      all.delete(run)
      if (all.size === 0) waiting.delete(channel)
    }
  }

  return {
    async claim(actor, { key, fingerprint, isAwaited }) {
      const { idempotencyKey } = parseInput(keyed, { idempotencyKey: key })
      const requestId = `${actor.requestId ?? 'call'}.${uuid()}`
      const run = { actor, key: idempotencyKey, fingerprint, requestId }
      return decide(run, await insert(run)) ?? waitAmongFew(run, isAwaited)
    },

    sweep: () => database.$executeRaw`DELETE FROM "IdempotentCall" AS "call" WHERE ${isOver}`,
  }
}

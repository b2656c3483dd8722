import { RateLimitedError } from '../kernel/errors.ts'
import type { Database, Transaction } from '../kernel/ports.ts'
import { setLockTimeout } from './rowLocks.ts'
import { createKeyedMutex, gateOf } from './semaphore.ts'
import { transactOrReject } from './transactions.ts'

interface Turn {
  /** Together with those who change structures, 18 of a process's 24 connections: the others are for readers. */
  places: number
  /** How long to wait in front of the transaction, and how long for each lock in it. */
  waitMs: number
  lockMs: number
  /** What so many are doing. */
  doing: string
}

/** A batch takes seconds; a person who waits for longer has given up by then. */
const patient = { waitMs: 30_000, lockMs: 30_000 }
/** What can be done for some seconds only is refused while there is time to ask again. */
const hasty = { waitMs: 5000, lockMs: 5000 }

const turns = {
  assignments: { places: 3, ...patient, doing: 'assigning media' },
  batches: { places: 1, ...patient, doing: 'assigning media to many' },
  undos: { places: 2, ...hasty, doing: 'taking assignments back' },
  batchUndos: { places: 1, ...hasty, doing: 'taking batches back' },
  forcedDeletes: { places: 1, ...patient, doing: 'deleting media by force' },
  purges: { places: 1, ...patient, doing: 'purging media' },
  media: { places: 3, waitMs: 15_000, lockMs: 10_000, doing: 'changing media' },
  /** A batch holds the rows of its users, and all of them may call meanwhile. */
  callers: { places: 1, waitMs: 1000, lockMs: 1000, doing: 'calling under new names or roles' },
  cancels: { places: 1, ...hasty, doing: 'cancelling operations' },
} satisfies Record<string, Turn>

const usualMs = 30_000
/** For a connection. */
const usualWaitMs = 10_000

const busy = ({ doing }: Turn) =>
  new RateLimitedError(`Too many are ${doing} at this moment; nothing was changed. Try again.`, 5)

/**
 * A transaction that may have to wait for rows which somebody else holds for long: those of users while a batch assigns,
 * those of media while a bulk operation works. Whoever waits holds a connection, which readers need: so only few of each
 * kind do, and the others wait in front of the transaction. `workMs`: how long it may take once it has its locks.
 */
export const runInLane = <Result>(
  database: Database,
  kind: keyof typeof turns,
  work: (transaction: Transaction) => Promise<Result>,
  workMs = usualMs,
): Promise<Result> => {
  const turn = turns[kind]
  const refuse = () => busy(turn)
  const inside = async (transaction: Transaction): Promise<Result> => {
    await setLockTimeout(transaction, turn.lockMs)
    return work(transaction)
  }
  // Users, the media that they have, and the one that they get: each is waited for.
  const timeout = 3 * turn.lockMs + workMs
  const change = () =>
    transactOrReject(database, inside, { timeoutMs: timeout, maxWaitMs: Math.min(turn.waitMs, usualWaitMs), refuse })
  return gateOf(database, kind, turn.places).run(change, { waitMs: turn.waitMs, refuse })
}

const oneByOne = createKeyedMutex()

/** For whoever locks one media and no user. Those who want the same one wait for each other, and hold up nobody else. */
export const runInMediaLane = <Result>(
  database: Database,
  mediaId: string,
  work: (transaction: Transaction) => Promise<Result>,
): Promise<Result> =>
  oneByOne.run(mediaId, () => runInLane(database, 'media', work), {
    waitMs: turns.media.waitMs,
    refuse: () => busy(turns.media),
  })

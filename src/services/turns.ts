import { isLocked, isOutOfTime } from './conflicts.ts'
import { RateLimitedError } from './errors.ts'
import { gateOf } from './gate.ts'
import { limitLockWaits } from './locks.ts'
import type { Database, Transaction } from './ports.ts'

interface Turn {
  /** Together with those who change structures, three quarters of a process's connections: the others are for readers. */
  places: number
  /** What so many are doing. */
  doing: string
}

const turns = {
  assignments: { places: 4, doing: 'assigning or deleting media' },
  batches: { places: 1, doing: 'assigning media to many' },
  undos: { places: 2, doing: 'taking assignments back' },
  media: { places: 4, doing: 'changing media' },
} satisfies Record<string, Turn>

/** A batch takes seconds; a person who waits for longer has given up by then. */
const longestWaitMs = 30_000
const usualMs = 30_000

/** `workMs`: how long it may take once it has its locks, which a batch of somebody else may hold for a while. */
const changeIn =
  (kind: keyof typeof turns) =>
  <Result>(
    database: Database,
    work: (transaction: Transaction) => Promise<Result>,
    workMs = usualMs,
  ): Promise<Result> => {
    const { places, doing } = turns[kind]
    const busy = () => new RateLimitedError(`Too many are ${doing} at this moment; nothing was changed. Try again.`, 5)
    const change = () =>
      database
        .$transaction(
          async (transaction) => {
            await limitLockWaits(transaction, longestWaitMs)
            return work(transaction)
          },
          { timeout: longestWaitMs + workMs },
        )
        .catch((error: unknown) => {
          throw isLocked(error) || isOutOfTime(error) ? busy() : error
        })
    return gateOf(database, kind, places).pass(change, { waitMs: longestWaitMs, refuse: busy })
  }

/**
 * A transaction that locks users, or media that may be in many hands. Whoever waits for such a lock holds a connection,
 * which readers need: so only few of a process do, and the others wait in front of the transaction.
 */
export const changeAssignments = changeIn('assignments')

/** The same for many users at once: one such transaction at a time, which leaves the others their places. */
export const changeManyAssignments = changeIn('batches')

/** The same for whoever takes back what may be taken back for some seconds only, and so passes by all the others. */
export const undoAssignments = changeIn('undos')

/** The same for whoever locks one media and no user: a batch or a bulk operation may hold it for a while. */
export const changeMedia = changeIn('media')

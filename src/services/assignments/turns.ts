import { RateLimitedError } from '../errors.ts'
import { gateOf } from '../gate.ts'
import type { Database, Transaction } from '../ports.ts'

/** Together with those who change structures, about half of a process's connections: the others are for readers. */
const places = { assignments: 6, batches: 1 } as const
/** A batch takes seconds; a person who waits for longer has given up by then. */
const longestWaitMs = 30_000
const usualMs = 30_000

const busy = () =>
  new RateLimitedError('Too many are assigning or deleting media at this moment; nothing was changed. Try again.', 5)

/** `workMs`: how long it may take once it has its locks, which a batch of somebody else may hold for a while. */
const changeIn = <Result>(
  database: Database,
  kind: keyof typeof places,
  work: (transaction: Transaction) => Promise<Result>,
  workMs: number,
): Promise<Result> =>
  gateOf(database, kind, places[kind]).pass(() => database.$transaction(work, { timeout: longestWaitMs + workMs }), {
    waitMs: longestWaitMs,
    refuse: busy,
  })

/**
 * A transaction that locks users, or media that may be in many hands. Whoever waits for such a lock holds a connection,
 * which readers need: so only few of a process do, and the others wait in front of the transaction.
 */
export const changeAssignments = <Result>(
  database: Database,
  work: (transaction: Transaction) => Promise<Result>,
  workMs = usualMs,
): Promise<Result> => changeIn(database, 'assignments', work, workMs)

/** The same for many users at once: one such transaction at a time, which leaves the others their places. */
export const changeManyAssignments = <Result>(
  database: Database,
  work: (transaction: Transaction) => Promise<Result>,
  workMs: number,
): Promise<Result> => changeIn(database, 'batches', work, workMs)

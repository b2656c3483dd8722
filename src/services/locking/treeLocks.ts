import { RateLimitedError } from '../kernel/errors.ts'
import type { Database, Transaction } from '../kernel/ports.ts'
import { gateOf } from './semaphore.ts'
import { transactOrReject } from './transactions.ts'

/** What is changed as a whole and cannot be locked row by row. */
const structures = { folders: 1, resources: 2 } as const
export type TreeName = keyof typeof structures

/** One works, the next one stands ready: together they are a small part of a process's connections. */
const callersInDatabase = 2
/** Longer than any change takes when few want one; a person who waits for it has given up by then. */
const longestWaitMs = 30_000
const usualMs = 30_000
const usualRowMs = 10_000

const busy = (structure: TreeName) => () =>
  new RateLimitedError(`Too many are changing the ${structure} at this moment; nothing was changed. Try again.`, 5)

/** All in one statement, column by column: the structure, and then rows, have limits of their own. */
const lock = async (
  transaction: Transaction,
  structure: TreeName,
  { waitMs, rowMs }: Required<Pick<TreeLockOptions, 'waitMs' | 'rowMs'>>,
): Promise<void> => {
  await transaction.$queryRaw`
    SELECT set_config('lock_timeout', ${`${waitMs}ms`}, true),
      pg_advisory_xact_lock(7301, ${structures[structure]}::int)::text,
      set_config('lock_timeout', ${`${rowMs}ms`}, true)`
}

export interface TreeLockOptions {
  /** How long the work itself may take. */
  timeout?: number
  /** How long to wait for one's turn in this process, and then for the other processes. */
  waitMs?: number
  /** How long to wait for each row afterwards, while all others wait for the structure. */
  rowMs?: number
}

/**
 * A transaction that is alone in the whole system at a structure until it ends: moving branches of a tree must not make a
 * cycle, and a resource that is being deleted gets no new links. Whoever adds links (link, restore, merge) changes
 * `resources`. Takes the structure's lock first, before any user or media is locked. Whoever waits for it in the database holds a
 * connection, which readers need: so only few of a process do, and the others wait in front of the transaction.
 */
export const withTreeLock = <Result>(
  database: Database,
  structure: TreeName,
  work: (transaction: Transaction) => Promise<Result>,
  { timeout = usualMs, waitMs = longestWaitMs, rowMs = usualRowMs }: TreeLockOptions = {},
): Promise<Result> => {
  const refuse = busy(structure)
  const inside = async (transaction: Transaction): Promise<Result> => {
    await lock(transaction, structure, { waitMs, rowMs })
    return work(transaction)
  }
  const change = () => transactOrReject(database, inside, { timeoutMs: waitMs + timeout, refuse })
  return gateOf(database, structure, callersInDatabase).run(change, { waitMs, refuse })
}

/** The same for work that may also concern no structure. */
export const withOptionalTreeLock = <Result>(
  database: Database,
  structure: TreeName | undefined,
  work: (transaction: Transaction) => Promise<Result>,
  options: TreeLockOptions,
): Promise<Result> =>
  structure === undefined
    ? database.$transaction(work, { timeout: options.timeout })
    : withTreeLock(database, structure, work, options)

import type { Transaction } from '../kernel/ports.ts'
import { setLockTimeout, setTimeouts } from './rowLocks.ts'
import { lockTree, type TreeLockMode, type TreeName, tryShareTree } from './treeLocks.ts'

/** Limits of a transaction: of its wait for the tree, of each wait for a row, and of each statement. */
interface EntryLimits {
  treeMs: number
  lockMs: number
  statementMs: number
}

/** First statements of a transaction in a lane: they set its limits and lock its tree. False if the tree is not free. */
export type Entry = (transaction: Transaction, limits: EntryLimits) => Promise<boolean>

export const enterWithoutTree: Entry = async (transaction, { lockMs, statementMs }) => {
  await setTimeouts(transaction, { lockMs, statementMs })
  return true
}

/** Waits for the tree in the database's queue, then calls `onLocked`. */
export const waitForTree =
  (tree: TreeName, mode: TreeLockMode, onLocked = (): void => undefined): Entry =>
  async (transaction, { treeMs, lockMs, statementMs }) => {
    await setTimeouts(transaction, { lockMs: treeMs, statementMs })
    await lockTree(transaction, tree, mode)
    onLocked()
    await setLockTimeout(transaction, lockMs)
    return true
  }

/** Shares the tree if that needs no wait. One statement: hardly any transaction finds the tree locked. */
export const tryTree =
  (tree: TreeName): Entry =>
  (transaction, { lockMs, statementMs }) =>
    tryShareTree(transaction, tree, { lockMs, statementMs })

import { isLockNotAvailable, isTransactionTimeout } from '../kernel/databaseErrors.ts'
import type { Database, Transaction } from '../kernel/ports.ts'

interface TransactionOptions {
  /** How long all of it may take: longer is a bug, which is logged. */
  timeoutMs: number
  /** How long to wait for a connection. */
  maxWaitMs?: number
  /** What it rejects with where it finds no connection, or a lock is not to be had in time. Nothing of it stays. */
  refuse: () => Error
}

export const transactOrReject = <Result>(
  database: Database,
  work: (transaction: Transaction) => Promise<Result>,
  { timeoutMs: timeout, maxWaitMs: maxWait, refuse }: TransactionOptions,
): Promise<Result> => {
  let hasStarted = false
  const begin = (transaction: Transaction): Promise<Result> => {
    hasStarted = true
    return work(transaction)
  }
  return database.$transaction(begin, { timeout, maxWait }).catch((error: unknown) => {
    throw isLockNotAvailable(error) || (isTransactionTimeout(error) && !hasStarted) ? refuse() : error
  })
}

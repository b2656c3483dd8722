import { isLocked, isOutOfTime } from '../kernel/databaseErrors.ts'
import type { Database, Transaction } from '../kernel/ports.ts'

interface Options {
  /** How long all of it may take: longer is a bug, which is logged. */
  timeout: number
  /** How long to wait for a connection. */
  maxWait?: number
  /** What it rejects with where it finds no connection, or a lock is not to be had in time. Nothing of it stays. */
  refuse: () => Error
}

export const transactOrRefuse = <Result>(
  database: Database,
  work: (transaction: Transaction) => Promise<Result>,
  { timeout, maxWait, refuse }: Options,
): Promise<Result> => {
  let hasBegun = false
  const begin = (transaction: Transaction): Promise<Result> => {
    hasBegun = true
    return work(transaction)
  }
  return database.$transaction(begin, { timeout, maxWait }).catch((error: unknown) => {
    throw isLocked(error) || (isOutOfTime(error) && !hasBegun) ? refuse() : error
  })
}

import type { Database, Transaction } from '../kernel/ports.ts'

/** Limits how long each later statement of this transaction may take; PostgreSQL's setting for the session is short. */
export const setStatementTimeout = async (transaction: Transaction, timeoutMs: number): Promise<void> => {
  await transaction.$queryRaw`SELECT set_config('statement_timeout', ${`${timeoutMs}ms`}, true)`
}

/** Runs work whose statements may take long, such as figures about a whole library or a nightly clean-up. */
export const runLong = <Result>(
  database: Database,
  timeoutMs: number,
  work: (transaction: Transaction) => Promise<Result>,
): Promise<Result> =>
  database.$transaction(
    async (transaction) => {
      await setStatementTimeout(transaction, timeoutMs)
      return work(transaction)
    },
    { timeout: timeoutMs },
  )

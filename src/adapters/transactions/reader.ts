import type { Reader } from '../reading/reader.ts'
import type { Connection } from './connections.ts'
import { toReadError } from './errors.ts'
import { toDriverQuery } from './rawQueries.ts'

/** Prisma refuses reads of a transaction that has ended. */
class TransactionEndedError extends Error {}

/** Reader of compiled reads on the connection of a transaction, which sees its own changes. */
export const createTransactionReader = (connection: Connection, onStatement: (sql: string) => void): Reader => ({
  async query({ text, values }) {
    if (!connection.isOpen) throw new TransactionEndedError()
    onStatement(text)
    const { rows } = await connection.driver.queryRaw(toDriverQuery(text, values))
    const json: unknown = rows[0]?.[0]
    return typeof json === 'string' ? json : null
  },

  async recover(error, { model, method, fallBack }) {
    if (error instanceof TransactionEndedError) return fallBack()
    // After a failed statement, PostgreSQL refuses all others of the transaction, those of Prisma too.
    throw toReadError(error, model, method)
  },
})

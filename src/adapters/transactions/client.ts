import type { Database, Transaction } from '../../services/kernel/ports.ts'
import { createTransactionReads } from '../reading/client.ts'
import type { Connection, ConnectionTracker } from './connections.ts'
import { createRawQueries } from './rawQueries.ts'
import { createTransactionReader } from './reader.ts'

interface DirectTransactionsOptions {
  client: Database
  connections: ConnectionTracker
  onStatement?: (sql: string) => void
  onFallback?: (call: string, reason: string) => void
}

type Work = (transaction: Transaction) => Promise<unknown>
type Transact = (work: Work | readonly unknown[], options?: object) => Promise<unknown>

/**
 * Returns the client with transactions whose raw queries and reads go straight to their connection: Prisma begins and
 * ends the transaction, with its limits of time, and answers all other calls.
 */
export const withDirectTransactions = (options: DirectTransactionsOptions): Database => {
  const { client, connections, onStatement = () => undefined, onFallback } = options
  const compileReads = createTransactionReads()

  const direct = (transaction: Transaction, connection: Connection): Transaction => {
    const queries = new Map<string | symbol, unknown>(
      Object.entries(createRawQueries(transaction, connection, onStatement)),
    )
    const reader = createTransactionReader(connection, onStatement)
    const findDelegate = compileReads(transaction, { reader, onFallback })
    return new Proxy(transaction, {
      get(target, property) {
        const method = queries.get(property) ?? findDelegate(property)
        if (method !== undefined) return method
        const value: unknown = Reflect.get(target, property)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  }

  const begin = client.$transaction.bind(client) as Transact // as: all overloads are passed on unchanged
  const transact: Transact = (work, limits) => {
    if (typeof work !== 'function') return begin(work, limits)
    return connections.run((slot) =>
      begin(
        (transaction: Transaction) =>
          work(slot.connection === null ? transaction : direct(transaction, slot.connection)),
        limits,
      ),
    )
  }
  return new Proxy(client, {
    get: (target, property) => (property === '$transaction' ? transact : Reflect.get(target, property)),
  })
}

import { PrismaPg } from '@prisma/adapter-pg'
import type pg from 'pg'
import { PrismaClient } from '../../prisma/generated/client/client.ts'
import type { Database, Logger } from '../services/kernel/ports.ts'
import { createPool } from './postgresPool.ts'
import { withCompiledReads } from './reading/client.ts'
import { createReader } from './reading/reader.ts'
import { createStatementNames } from './statementNames.ts'
import { withDirectTransactions } from './transactions/client.ts'
import { trackConnections } from './transactions/connections.ts'

interface DatabaseOptions {
  url: string
  /** Number of connections; 24 by default. */
  poolSize?: number
  log: Logger
  /** Called with every statement, so that tests can count them. */
  onStatement?: (sql: string) => void
  /** How long a statement outside a transaction may take to be answered; 17 s by default. */
  responseTimeoutMs?: number
  /** False leaves all reads to Prisma, so that tests can compare. */
  compilesReads?: boolean
  /** Called with each read that Prisma answers since it is not compiled, and why. */
  onFallback?: (call: string, reason: string) => void
}

/** Connections of the pool of a process that has no others beside it. */
export const databasePoolSize = 24

/** The lanes of a smaller pool would leave no connections to readers. */
const minPoolSize = 8

/** Number of connections of each of several API processes. */
export const poolSizeOf = (processCount = 1): number =>
  Math.max(minPoolSize, Math.floor(databasePoolSize / processCount))

type StatementNames = ReturnType<typeof createStatementNames>

const openPrisma = (pool: pg.Pool, statementNames: StatementNames, onStatement: DatabaseOptions['onStatement']) => {
  const connections = trackConnections(
    new PrismaPg(pool, { statementNameGenerator: statementNames, disposeExternalPool: true }),
  )
  const client = new PrismaClient({
    adapter: connections.factory,
    log: [{ emit: 'event', level: 'query' }],
    transactionOptions: { maxWait: 10_000, timeout: 30_000 },
  })
  if (onStatement) client.$on('query', ({ query }) => onStatement(query))
  return { connections, prisma: client as Database } // as: the log option only adds events to the client's type
}

/** Opens the database. Outside transactions, reads of rows are compiled to one statement each. */
export const openDatabase = ({ url, log, onStatement, responseTimeoutMs, ...options }: DatabaseOptions): Database => {
  const pool = createPool({ url, max: options.poolSize ?? databasePoolSize, responseTimeoutMs })
  pool.on('error', (error) => log.warn({ err: error }, 'Lost a database connection.'))
  // One set of names: on a connection, a name belongs to one statement.
  const statementNames = createStatementNames()
  const { connections, prisma } = openPrisma(pool, statementNames, onStatement)
  if (options.compilesReads === false) return prisma
  const client = withDirectTransactions({ client: prisma, connections, onStatement, onFallback: options.onFallback })
  const reader = createReader({
    pool,
    statementNames,
    onStatement,
    onFailure: (error) => log.warn({ err: error }, 'Failed to run a compiled read; Prisma answers it instead.'),
  })
  const close = async (): Promise<void> => {
    await client.$disconnect()
    // Prisma ends the pool only if it has used it.
    if (!pool.ending) await pool.end()
  }
  return withCompiledReads({ client, reader, close, onFallback: options.onFallback })
}

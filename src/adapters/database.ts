import { PrismaPg } from '@prisma/adapter-pg'
import { PrismaClient } from '../../prisma/generated/client/client.ts'
import type { Database, Logger } from '../services/kernel/ports.ts'
import { createPool } from './postgresPool.ts'
import { createStatementNames } from './statementNames.ts'

interface DatabaseOptions {
  url: string
  log: Logger
  /** Called with every statement, so that tests can count them. */
  onStatement?: (sql: string) => void
  /** How long a statement outside a transaction may take to be answered; 17 s by default. */
  responseTimeoutMs?: number
}

/** Connections of a process's pool. */
export const databasePoolSize = 24

export const openDatabase = ({ url, log, onStatement, responseTimeoutMs }: DatabaseOptions): Database => {
  const adapter = new PrismaPg(createPool({ url, max: databasePoolSize, responseTimeoutMs }), {
    statementNameGenerator: createStatementNames(),
    onPoolError: (error) => log.warn({ err: error }, 'Lost a database connection.'),
    disposeExternalPool: true,
  })
  const client = new PrismaClient({
    adapter,
    log: [{ emit: 'event', level: 'query' }],
    transactionOptions: { maxWait: 10_000, timeout: 30_000 },
  })
  if (onStatement) client.$on('query', ({ query }) => onStatement(query))
  return client as Database // as: the log option only adds events to the client's type
}

import { openDatabase } from '../../../src/adapters/database.ts'
import { createLogger } from '../../../src/adapters/logger.ts'
import type { Database } from '../../../src/services/kernel/ports.ts'
import { it as base } from '../../harness/databaseIt.ts'
import { seedAllModels } from './rows.ts'

export type Args = Record<string, unknown>

export interface Clients {
  /** Prisma's own client. */
  prisma: Database
  /** The client whose reads are compiled. */
  compiled: Database
  /** Statements that the compiled client sent. */
  statements: string[]
  /** Reads that the compiled client left to Prisma, with the reasons. */
  fallbacks: string[]
  /** Compiled statements that failed, after which Prisma answered. */
  failures: string[]
}

const openClients = (url: string): Clients => {
  const statements: string[] = []
  const fallbacks: string[] = []
  const failures: string[] = []
  const log = createLogger('silent')
  return {
    prisma: openDatabase({ url, log, compilesReads: false }),
    compiled: openDatabase({
      url,
      log: { ...log, warn: (fields) => void failures.push(String(Reflect.get(fields, 'err'))) },
      onStatement: (sql) => void statements.push(sql),
      onFallback: (call, reason) => void fallbacks.push(`${call}: ${reason}`),
    }),
    statements,
    fallbacks,
    failures,
  }
}

/** `it` with both clients of one database that has a few rows in each model. They may choose the time of events. */
export const it = base.extend('clients', { scope: 'file' }, async ({ testDatabase }, { onCleanup }) => {
  const clients = openClients(testDatabase.ownerUrl)
  onCleanup(async () => {
    await clients.prisma.$disconnect()
    await clients.compiled.$disconnect()
  })
  await seedAllModels(clients.prisma)
  return clients
})

/** Calls a method of a model by its names. */
export const call = (database: Database, model: string, method: string, args?: Args): PromiseLike<unknown> => {
  const delegate: object = Reflect.get(database, model.charAt(0).toLowerCase() + model.slice(1))
  return Reflect.apply(Reflect.get(delegate, method), delegate, [args])
}

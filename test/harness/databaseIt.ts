import { it as base } from 'vitest'
import { openDatabase } from '../../src/adapters/database.ts'
import { createLogger } from '../../src/adapters/logger.ts'
import { createTestDatabase } from './postgres.ts'

/** `it` with a migrated database per file: `testDatabase` is its URLs, `database` the client of the services. */
export const it = base
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  .extend('testDatabase', { scope: 'file' }, async ({}, { onCleanup }) => {
    const testDatabase = await createTestDatabase()
    onCleanup(() => testDatabase.drop())
    return testDatabase
  })
  .extend('database', { scope: 'file' }, async ({ testDatabase }, { onCleanup }) => {
    const database = openDatabase({ url: testDatabase.appUrl, log: createLogger('silent') })
    onCleanup(() => database.$disconnect())
    return database
  })

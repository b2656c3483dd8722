import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDatabase } from '../../src/adapters/database.ts'
import { createLogger } from '../../src/adapters/logger.ts'
import { createTestDatabase, type TestDatabase } from '../harness/postgres.ts'

let testDatabase: TestDatabase
beforeAll(async () => {
  testDatabase = await createTestDatabase()
})
afterAll(() => testDatabase?.drop())

/** How the connections of this URL are set. */
const settingsOf = async (url: string, ...names: string[]): Promise<unknown> => {
  const database = openDatabase({ url, log: createLogger('silent') })
  const rows = await database.$queryRaw<{ name: string; setting: string }[]>`
    SELECT "name", "setting" FROM pg_settings WHERE "name" = ANY(${names})`
  await database.$disconnect()
  return Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))
}

const keepAliveSettings = {
  tcp_keepalives_idle: '3',
  tcp_keepalives_interval: '1',
  tcp_keepalives_count: '3',
  tcp_user_timeout: '6000',
}

test('the database gives up a connection within seconds whose process has vanished', async () => {
  expect(await settingsOf(testDatabase.appUrl, ...Object.keys(keepAliveSettings))).toEqual(keepAliveSettings)
})

test('options of the URL hold beside that, and before it', async () => {
  const url = new URL(testDatabase.appUrl)
  url.searchParams.set('options', '-c lock_timeout=1234 -c tcp_keepalives_idle=7')
  url.searchParams.set('application_name', 'a test')
  expect(await settingsOf(url.href, ...Object.keys(keepAliveSettings), 'lock_timeout', 'application_name')).toEqual({
    ...keepAliveSettings,
    tcp_keepalives_idle: '7',
    lock_timeout: '1234',
    application_name: 'a test',
  })
})

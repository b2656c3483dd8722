import { describe, expect } from 'vitest'
import { openDatabase } from '../../src/adapters/database.ts'
import { createLogger } from '../../src/adapters/logger.ts'
import { it } from '../harness/databaseIt.ts'

/** Reads settings of a connection that the URL opens. */
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

describe('a database connection', () => {
  it('is closed by the server within seconds after its process vanishes', async ({ testDatabase }) => {
    expect(await settingsOf(testDatabase.appUrl, ...Object.keys(keepAliveSettings))).toEqual(keepAliveSettings)
  })

  it('prefers the options of the URL to its own', async ({ testDatabase }) => {
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
})

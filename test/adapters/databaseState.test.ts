import pg from 'pg'
import { describe, expect, onTestFinished } from 'vitest'
import { type DatabaseState, openDatabaseState } from '../../src/adapters/databaseState.ts'
import { createPool } from '../../src/adapters/postgresPool.ts'
import { it as base } from '../harness/databaseIt.ts'
import { query } from '../harness/postgres.ts'
import { startTcpProxy } from '../harness/tcpProxy.ts'

const it = base
  .extend('state', async ({ testDatabase }, { onCleanup }) => {
    const state = openDatabaseState({ url: testDatabase.appUrl })
    onCleanup(() => state.close())
    return state
  })
  .extend('connect', async ({ testDatabase }) => async () => {
    const client = new pg.Client({ connectionString: testDatabase.ownerUrl })
    onTestFinished(() => client.end())
    await client.connect()
    return client
  })

/** Returns the state while no other test commits: the databases of a server share their numbers of transactions. */
const readQuiet = async (state: DatabaseState): Promise<string> => {
  let text = await state.read()
  await expect
    .poll(async () => {
      const previous = text
      text = await state.read()
      return text === previous
    })
    .toBe(true)
  return text
}

const change = 'INSERT INTO "NameWord" ("word", "shape") VALUES (\'a\', \'a\')'

describe('the state of the database', () => {
  it('stays the same while nothing is committed', async ({ state }) => {
    expect(await readQuiet(state)).toMatch(/\d/)
  })

  it('changes with a commit', async ({ state, connect }) => {
    const client = await connect()
    const before = await state.read()
    await client.query(change)
    expect(await state.read()).not.toBe(before)
  })

  it('changes with the commit of a transaction that is older than the last one', async ({ state, connect }) => {
    const [older, newer] = [await connect(), await connect()]
    await older.query(`BEGIN; ${change}`)
    await newer.query(change)
    const before = await state.read()
    await older.query('COMMIT')
    expect(await state.read()).not.toBe(before)
  })

  it('changes with a commit after a savepoint', async ({ state, connect }) => {
    const client = await connect()
    await client.query(`BEGIN; SAVEPOINT one; ${change}; RELEASE one; SAVEPOINT two; ${change}; ROLLBACK TO two`)
    const before = await state.read()
    await client.query('COMMIT')
    expect(await state.read()).not.toBe(before)
  })

  it('is another one after its connection was lost, since another server may have taken over', async ({
    state,
    testDatabase,
  }) => {
    const before = await readQuiet(state)
    await query(
      testDatabase.ownerUrl,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND query LIKE '%pg_current_snapshot%' AND pid <> pg_backend_pid()`,
    )
    await expect.poll(() => state.read().catch(() => before)).not.toBe(before)
  })

  it('is not waited for longer than its limit while the database does not answer', async ({ testDatabase }) => {
    const proxy = await startTcpProxy(testDatabase.appUrl)
    const state = openDatabaseState({ url: proxy.url, maxWaitMs: 200 })
    onTestFinished(async () => {
      await state.close()
      await proxy.close()
    })
    await state.read()
    proxy.freeze()
    await expect(state.read()).rejects.toThrow('within 200 ms')
  })

  it('is not waited for longer than its limit while no connection opens', async ({ testDatabase }) => {
    const proxy = await startTcpProxy(testDatabase.appUrl)
    const state = openDatabaseState({ url: proxy.url, maxWaitMs: 200 })
    const pool = createPool({ url: proxy.url, max: 1, connectionTimeoutMs: 700 })
    onTestFinished(async () => {
      await proxy.close()
      await Promise.all([state.close(), pool.end()])
    })
    proxy.freeze()
    const ends = [state.read().catch(() => 'state'), pool.query('SELECT 1').catch(() => 'a longer wait')]
    expect(await Promise.race(ends)).toBe('state')
    await Promise.all(ends)
  })
})

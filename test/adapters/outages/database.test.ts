import { describe, expect, onTestFinished, vi } from 'vitest'
import { openDatabase } from '../../../src/adapters/database.ts'
import { createLogger } from '../../../src/adapters/logger.ts'
import { UnavailableError } from '../../../src/services/kernel/errors.ts'
import { toOutageError } from '../../../src/services/kernel/outages.ts'
import { setStatementTimeout } from '../../../src/services/locking/statementTimeout.ts'
import { it } from '../../harness/databaseIt.ts'
import { query } from '../../harness/postgres.ts'
import { startTcpProxy } from '../../harness/tcpProxy.ts'

const responseTimeoutMs = 300

const openThroughProxy = async (appUrl: string) => {
  const proxy = await startTcpProxy(appUrl)
  const database = openDatabase({ url: proxy.url, log: createLogger('silent'), responseTimeoutMs })
  onTestFinished(async () => {
    proxy.thaw()
    await database.$disconnect()
    await proxy.close()
  })
  await database.$queryRaw`SELECT 1`
  return { proxy, database }
}

const catchError = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => expect.fail('The call succeeded.'),
    (error: unknown) => error,
  )

const isOne = [{ one: 1 }]

describe('a database that accepts but does not answer', () => {
  it('ends a read in time', async ({ testDatabase }) => {
    const { proxy, database } = await openThroughProxy(testDatabase.appUrl)
    proxy.freeze()
    expect(toOutageError(await catchError(database.user.findMany()))).toBeInstanceOf(UnavailableError)
  })

  it('ends a raw statement in time', async ({ testDatabase }) => {
    const { proxy, database } = await openThroughProxy(testDatabase.appUrl)
    proxy.freeze()
    expect(toOutageError(await catchError(database.$queryRaw`SELECT 1`))).toBeInstanceOf(UnavailableError)
  })

  it('ends the beginning of a transaction in time', async ({ testDatabase }) => {
    const { proxy, database } = await openThroughProxy(testDatabase.appUrl)
    proxy.freeze()
    const error = await catchError(database.$transaction((transaction) => transaction.user.findMany()))
    expect(toOutageError(error)).toBeInstanceOf(UnavailableError)
  })

  it('ends a statement of a transaction with the time of the transaction', async ({ testDatabase }) => {
    const { proxy, database } = await openThroughProxy(testDatabase.appUrl)
    const work = database.$transaction(
      async (transaction) => {
        await transaction.user.findFirst()
        proxy.freeze()
        await transaction.user.findFirst()
      },
      { timeout: 500 },
    )
    expect(toOutageError(await catchError(work))).toBeInstanceOf(UnavailableError)
  })

  it('ends a commit in time', async ({ testDatabase }) => {
    const { proxy, database } = await openThroughProxy(testDatabase.appUrl)
    const work = database.$transaction(async (transaction) => {
      await transaction.user.findFirst()
      proxy.freeze()
    })
    expect(toOutageError(await catchError(work))).toBeInstanceOf(UnavailableError)
  })

  it('costs no connection after it', async ({ testDatabase }) => {
    const { proxy, database } = await openThroughProxy(testDatabase.appUrl)
    proxy.freeze()
    await Promise.all(Array.from({ length: 30 }, () => catchError(database.$queryRaw`SELECT 1`)))
    proxy.thaw()
    const read = () => database.$queryRaw`SELECT 1 AS "one"`
    expect(await Promise.all(Array.from({ length: 60 }, read))).toEqual(Array(60).fill(isOne))
  })

  it('never gets the late response of another caller', async ({ testDatabase }) => {
    const { proxy, database } = await openThroughProxy(testDatabase.appUrl)
    proxy.freeze()
    await catchError(database.$queryRaw`SELECT 2 AS "one"`)
    proxy.thaw()
    expect(await database.$queryRaw`SELECT 1 AS "one"`).toEqual(isOne)
  })
})

describe('a statement', () => {
  it('is limited by PostgreSQL, like the transactions of a frozen process', async ({ testDatabase }) => {
    const { database } = await openThroughProxy(testDatabase.appUrl)
    const rows = await database.$queryRaw`
      SELECT "name", "setting" FROM pg_settings
      WHERE "name" IN ('statement_timeout', 'idle_in_transaction_session_timeout', 'client_connection_check_interval')
      ORDER BY "name"`
    expect(rows).toEqual([
      { name: 'client_connection_check_interval', setting: '2000' },
      { name: 'idle_in_transaction_session_timeout', setting: '30000' },
      { name: 'statement_timeout', setting: '15000' },
    ])
  })

  it('that takes longer is reported as an outage', async ({ testDatabase }) => {
    const url = new URL(testDatabase.appUrl)
    url.searchParams.set('options', '-c statement_timeout=50')
    const { database } = await openThroughProxy(url.href)
    const read = database.$queryRaw`SELECT pg_sleep(60)::text`
    expect(toOutageError(await catchError(read))).toBeInstanceOf(UnavailableError)
  })

  it('is ended by PostgreSQL when its client has given it up', async ({ testDatabase }) => {
    const { database } = await openThroughProxy(testDatabase.appUrl)
    await catchError(database.$queryRaw`SELECT pg_sleep(60)::text, 'given up'`)
    await vi.waitUntil(
      async () =>
        (
          await query(
            testDatabase.ownerUrl,
            `SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%given up%' AND pid <> pg_backend_pid()`,
          )
        ).length === 0,
      { timeout: 20_000 },
    )
  })

  it('may take longer in a transaction that says so', async ({ testDatabase }) => {
    const { database } = await openThroughProxy(testDatabase.appUrl)
    const rows = await database.$transaction(async (transaction) => {
      await setStatementTimeout(transaction, 600_000)
      return transaction.$queryRaw`SELECT pg_sleep(0.5)::text, current_setting('statement_timeout') AS "timeout"`
    })
    expect(rows).toEqual([{ pg_sleep: '', timeout: '10min' }])
  })
})

describe('a connection that breaks', () => {
  it('is reported as an outage', async ({ testDatabase }) => {
    const { proxy, database } = await openThroughProxy(testDatabase.appUrl)
    const read = catchError(database.$queryRaw`SELECT pg_sleep(60)::text`)
    proxy.cut()
    expect(toOutageError(await read)).toBeInstanceOf(UnavailableError)
  })

  it('is reported as an outage to a transaction', async ({ testDatabase }) => {
    const { proxy, database } = await openThroughProxy(testDatabase.appUrl)
    const work = database.$transaction(async (transaction) => {
      await transaction.user.findFirst()
      proxy.cut()
      await transaction.user.findFirst()
    })
    expect(toOutageError(await catchError(work))).toBeInstanceOf(UnavailableError)
  })

  it('is replaced once the database is back', async ({ testDatabase }) => {
    const { proxy, database } = await openThroughProxy(testDatabase.appUrl)
    proxy.cut()
    expect(toOutageError(await catchError(database.$queryRaw`SELECT 1`))).toBeInstanceOf(UnavailableError)
    proxy.mend()
    expect(await database.$queryRaw`SELECT 1 AS "one"`).toEqual(isOne)
  })

  it('is reported as an outage if PostgreSQL ended it', async ({ testDatabase }) => {
    const { database } = await openThroughProxy(testDatabase.appUrl)
    const work = database.$transaction(async (transaction) => {
      const [row] = await transaction.$queryRaw<[{ pid: number }]>`SELECT pg_backend_pid() AS "pid"`
      await query(testDatabase.ownerUrl, `SELECT pg_terminate_backend(${row.pid})`)
      await transaction.user.findFirst()
    })
    expect(toOutageError(await catchError(work))).toBeInstanceOf(UnavailableError)
  })

  it('is reported as an outage if its transaction was idle for too long', async ({ testDatabase }) => {
    const url = new URL(testDatabase.appUrl)
    url.searchParams.set('options', '-c idle_in_transaction_session_timeout=50')
    const { database } = await openThroughProxy(url.href)
    const work = database.$transaction(async (transaction) => {
      const [row] = await transaction.$queryRaw<[{ pid: number }]>`SELECT pg_backend_pid() AS "pid"`
      await vi.waitUntil(
        async () =>
          (await query(testDatabase.ownerUrl, `SELECT 1 FROM pg_stat_activity WHERE pid = ${row.pid}`)).length === 0,
      )
      await transaction.user.findFirst()
    })
    expect(toOutageError(await catchError(work))).toBeInstanceOf(UnavailableError)
  })
})

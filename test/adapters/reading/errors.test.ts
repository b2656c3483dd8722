import { describe, expect, onTestFinished } from 'vitest'
import { openDatabase } from '../../../src/adapters/database.ts'
import { createLogger } from '../../../src/adapters/logger.ts'
import { isOverrunError, outageKindOf, toOutageError } from '../../../src/services/kernel/outages.ts'
import type { Database } from '../../../src/services/kernel/ports.ts'
import { it } from '../../harness/databaseIt.ts'
import { freePort } from '../../harness/port.ts'
import { query } from '../../harness/postgres.ts'
import { startTcpProxy } from '../../harness/tcpProxy.ts'

const responseTimeoutMs = 300

/** Opens both clients of a URL: Prisma's own, then the one whose reads are compiled. */
const openBoth = (url: string): Database[] => {
  const clients = [false, true].map((compilesReads) =>
    openDatabase({ url, log: createLogger('silent'), responseTimeoutMs, compilesReads }),
  )
  onTestFinished(async () => {
    for (const client of clients) await client.$disconnect()
  })
  return clients
}

const describeError = (error: unknown) => {
  const { name, code, meta, message } = error as { name: string; code?: string; meta?: object; message: string } // as: Prisma's errors have these
  const adapterError: unknown = Reflect.get(meta ?? {}, 'driverAdapterError')
  return {
    name,
    code,
    message: message.split('\n').at(-1),
    model: Reflect.get(meta ?? {}, 'modelName'),
    adapterError: adapterError instanceof Error ? [adapterError.name, adapterError.message] : undefined,
    cause: adapterError instanceof Error ? adapterError.cause : undefined,
    outage: toOutageError(error)?.message,
    kind: outageKindOf(error),
    isOverrun: isOverrunError(error),
  }
}

const failureOf = (read: PromiseLike<unknown>) =>
  Promise.resolve(read).then(() => expect.fail('The read succeeded.'), describeError)

const expectEqualFailures = async (clients: Database[], read: (client: Database) => PromiseLike<unknown>) => {
  const failures = []
  for (const client of clients) failures.push(await failureOf(read(client)))
  expect(failures[1]).toEqual(failures[0])
  expect(failures[0]?.outage).toBeDefined()
}

const readUsers = (client: Database) => client.user.findMany()

describe('a compiled read fails like one of Prisma', () => {
  it('if no database is there', async ({ testDatabase }) => {
    const url = new URL(testDatabase.appUrl)
    url.port = String(await freePort())
    await expectEqualFailures(openBoth(url.href), readUsers)
  })

  it('if the database does not answer', async ({ testDatabase }) => {
    const proxy = await startTcpProxy(testDatabase.appUrl)
    onTestFinished(() => proxy.close())
    const clients = openBoth(proxy.url)
    for (const client of clients) await client.user.findMany()
    proxy.freeze()
    onTestFinished(() => proxy.thaw())
    await expectEqualFailures(clients, readUsers)
  })

  it('if the connection breaks', async ({ testDatabase }) => {
    const proxy = await startTcpProxy(testDatabase.appUrl)
    onTestFinished(() => proxy.close())
    const clients = openBoth(proxy.url)
    for (const client of clients) await client.user.findMany()
    await expectEqualFailures(clients, (client) => {
      const read = client.user.findMany().then((rows) => rows)
      proxy.cut()
      return read
    })
  })

  it('if its statement takes too long', async ({ testDatabase }) => {
    const url = new URL(testDatabase.appUrl)
    url.searchParams.set('options', '-c statement_timeout=100')
    const locked = openDatabase({ url: testDatabase.ownerUrl, log: createLogger('silent') })
    onTestFinished(() => locked.$disconnect())
    await locked.$transaction(async (transaction) => {
      await transaction.$executeRaw`LOCK TABLE "Folder"`
      await expectEqualFailures(openBoth(url.href), (client) => client.folder.findMany())
    })
  })

  it('if its connection is ended by an administrator', async ({ testDatabase }) => {
    const locked = openDatabase({ url: testDatabase.ownerUrl, log: createLogger('silent') })
    onTestFinished(() => locked.$disconnect())
    await locked.$transaction(async (transaction) => {
      await transaction.$executeRaw`LOCK TABLE "Folder"`
      const clients = openBoth(testDatabase.appUrl)
      const endWaiting = async () => {
        const waiting = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`
        while ((await query(testDatabase.ownerUrl, waiting)).length === 0);
      }
      await expectEqualFailures(clients, (client) => Promise.all([client.folder.findMany(), endWaiting()]))
    })
  })

  it('if it looks up a row by its id', async ({ testDatabase }) => {
    const url = new URL(testDatabase.appUrl)
    url.port = String(await freePort())
    const where = { id: '019a5b3c-0000-7000-8000-000000000000' }
    await expectEqualFailures(openBoth(url.href), (client) => client.user.findUnique({ where }))
  })
})

import { expect, onTestFinished } from 'vitest'
import { databasePoolSize, openDatabase } from '../../../src/adapters/database.ts'
import { createLogger } from '../../../src/adapters/logger.ts'
import { outageKindOf } from '../../../src/services/kernel/outages.ts'
import type { Database } from '../../../src/services/kernel/ports.ts'
import { it } from '../../harness/databaseIt.ts'
import { query } from '../../harness/postgres.ts'

const failureOf = (client: Database) =>
  client.user.findMany().then(
    () => expect.fail('The read succeeded.'),
    (error: Error) => ({ name: error.name, message: error.message.split('\n').at(-1), outage: outageKindOf(error) }),
  )

it('A compiled read without a free connection fails like one of Prisma', async ({ testDatabase }) => {
  const owner = openDatabase({ url: testDatabase.ownerUrl, log: createLogger('silent') })
  onTestFinished(() => owner.$disconnect())
  const clients = [false, true].map((compilesReads) =>
    openDatabase({ url: testDatabase.appUrl, log: createLogger('silent'), compilesReads }),
  )
  onTestFinished(async () => {
    for (const client of clients) await client.$disconnect()
  })
  const failures = await owner.$transaction(async (transaction) => {
    await transaction.$executeRaw`LOCK TABLE "Folder"`
    const waiting = clients.flatMap((client) =>
      Array.from({ length: databasePoolSize }, () => client.folder.findMany().then(() => 'rows')),
    )
    void Promise.allSettled(waiting)
    const count = `SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()`
    await expect
      .poll(async () => (await query(testDatabase.ownerUrl, count)).length, { timeout: 10_000 })
      .toBe(waiting.length)
    return Promise.all(clients.map(failureOf))
  })
  expect(failures[1]).toEqual(failures[0])
  expect(failures[0]?.outage).toBe('database')
})

import { expect, vi } from 'vitest'
import { createAuditTrail } from '../../../src/services/event/auditTrail.ts'
import { it } from '../../harness/chainIt.ts'

it('leaves database connections to other requests while 30 counts wait', {
  timeout: 15_000,
}, async ({ world }) => {
  const readTrail = createAuditTrail(world.database)
  const { totalCount } = await readTrail({ actions: ['media.uploaded'] })
  const blocker = await world.connect(world.testDatabase.ownerUrl)
  await blocker.query('BEGIN; LOCK TABLE "Event"')
  const counts = Array.from({ length: 30 }, totalCount)
  await vi.waitUntil(async () => (await blocker.query('SELECT FROM pg_locks WHERE NOT granted')).rowCount !== 0, {
    timeout: 10_000,
    interval: 5,
  })
  expect(await world.database.user.count()).toBe(0)
  await blocker.query('ROLLBACK')
  expect(await Promise.all(counts)).toEqual(counts.map(() => 0))
})

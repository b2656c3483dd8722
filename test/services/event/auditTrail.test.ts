import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { createAuditTrail } from '../../../src/services/event/auditTrail.ts'
import { type ChainWorld, openChainWorld } from '../../harness/chain.ts'

let world: ChainWorld
beforeAll(async () => {
  world = await openChainWorld()
})
afterAll(() => world?.close())

it('counts one after the other, so that many long counts leave connections to others', {
  timeout: 15_000,
}, async () => {
  const readTrail = createAuditTrail(world.database)
  const { totalCount } = await readTrail({ actions: ['media.uploaded'] })
  const blocker = await world.connect(world.testDatabase.ownerUrl)
  await blocker.query('BEGIN; LOCK TABLE "Event"')
  const counting = Array.from({ length: 30 }, totalCount)
  await vi.waitUntil(async () => (await blocker.query('SELECT FROM pg_locks WHERE NOT granted')).rowCount !== 0, {
    timeout: 10_000,
    interval: 5,
  })
  expect(await world.database.user.count()).toBe(0)
  await blocker.query('ROLLBACK')
  expect(await Promise.all(counting)).toEqual(counting.map(() => 0))
})

import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { createTrail } from '../../../src/services/event/auditTrail.ts'
import { type ChainWorld, openChain } from '../../harness/chain.ts'

let world: ChainWorld
beforeAll(async () => {
  world = await openChain()
})
afterAll(() => world?.close())

it('counts one after the other, so that many long counts leave connections to others', {
  timeout: 15_000,
}, async () => {
  const trail = createTrail(world.database)
  const { totalCount } = await trail({ actions: ['media.uploaded'] })
  const holder = await world.connect(world.urls.ownerUrl)
  await holder.query('BEGIN; LOCK TABLE "Event"')
  const counting = Array.from({ length: 30 }, totalCount)
  await vi.waitUntil(async () => (await holder.query('SELECT FROM pg_locks WHERE NOT granted')).rowCount !== 0, {
    timeout: 10_000,
    interval: 5,
  })
  expect(await world.database.user.count()).toBe(0)
  await holder.query('ROLLBACK')
  expect(await Promise.all(counting)).toEqual(counting.map(() => 0))
})

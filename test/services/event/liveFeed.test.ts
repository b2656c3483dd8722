import { afterAll, beforeAll, expect, it } from 'vitest'
import { createLog } from '../../../src/adapters/logger.ts'
import { createFeed, type Feed } from '../../../src/services/event/feed.ts'
import { createTail } from '../../../src/services/event/liveFeed.ts'
import { type ChainWorld, openChain } from '../../harness/chain.ts'

let world: ChainWorld
beforeAll(async () => {
  world = await openChain()
})
afterAll(() => world?.close())

const insert = async (count: number): Promise<void> => {
  await world.owner.query(`
    INSERT INTO "Event" ("id", "action", "nodeType", "nodeId", "data")
    SELECT gen_random_uuid(), 'media.uploaded', 'Media', gen_random_uuid(), '{}' FROM generate_series(1, ${count})`)
  await world.settle()
}

it('leaves the next follower nothing to make up for, where the first one left while it began', async () => {
  const feed = createFeed(world.database)
  const [entered, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let reads = 0
  const read: Feed['read'] = async (...args) => {
    const reading = await feed.read(...args)
    reads++
    entered.resolve()
    await held.promise
    return reading
  }
  const tail = createTail({
    feed: { ...feed, read },
    pubsub: world.pubsub,
    log: createLog('silent'),
    lookMs: 60_000,
  })
  const everything = { actions: null, node: null }
  const first = tail.follow(0, everything)
  await entered.promise
  await first.return?.()
  held.resolve()
  await insert(4000)
  reads = 0
  const next = tail.follow(4000, everything)
  await insert(1)
  expect((await next.next()).value.position).toBe(4001)
  expect(reads).toBeLessThan(5)
  tail.close()
})

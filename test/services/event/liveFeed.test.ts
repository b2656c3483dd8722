import { afterAll, beforeAll, expect, it } from 'vitest'
import { createLogger } from '../../../src/adapters/logger.ts'
import { createFeed, type Feed } from '../../../src/services/event/feed.ts'
import { createLiveFeed } from '../../../src/services/event/liveFeed.ts'
import { type ChainWorld, openChainWorld } from '../../harness/chain.ts'

let world: ChainWorld
beforeAll(async () => {
  world = await openChainWorld()
})
afterAll(() => world?.close())

const insert = async (count: number): Promise<void> => {
  await world.ownerClient.query(`
    INSERT INTO "Event" ("id", "action", "nodeType", "nodeId", "data")
    SELECT gen_random_uuid(), 'media.uploaded', 'Media', gen_random_uuid(), '{}' FROM generate_series(1, ${count})`)
  await world.sequencePending()
}

it('leaves the next follower nothing to make up for, where the first one left while it began', async () => {
  const feed = createFeed(world.database)
  const [readStarted, readReleased] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let reads = 0
  const read: Feed['read'] = async (...args) => {
    const reading = await feed.read(...args)
    reads++
    readStarted.resolve()
    await readReleased.promise
    return reading
  }
  const liveFeed = createLiveFeed({
    feed: { ...feed, read },
    pubsub: world.pubsub,
    log: createLogger('silent'),
    pollIntervalMs: 60_000,
  })
  const everything = { actions: null, node: null }
  const first = liveFeed.subscribe(0, everything)
  await readStarted.promise
  await first.return?.()
  readReleased.resolve()
  await insert(4000)
  reads = 0
  const next = liveFeed.subscribe(4000, everything)
  await insert(1)
  expect((await next.next()).value.position).toBe(4001)
  expect(reads).toBeLessThan(5)
  liveFeed.close()
})

import { expect } from 'vitest'
import { createLogger } from '../../../src/adapters/logger.ts'
import { createFeed, type Feed } from '../../../src/services/event/feed.ts'
import { createLiveFeed } from '../../../src/services/event/liveFeed.ts'
import { it } from '../../harness/chainIt.ts'

it('keeps no outdated window if the only subscriber leaves during the first read', async ({ world }) => {
  const feed = createFeed(world.database)
  const [readStarted, readReleased] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let reads = 0
  const read: Feed['read'] = async (...args) => {
    const batch = await feed.read(...args)
    reads++
    readStarted.resolve()
    await readReleased.promise
    return batch
  }
  const liveFeed = createLiveFeed({
    feed: { ...feed, read },
    pubsub: world.pubsub,
    log: createLogger('silent'),
    pollIntervalMs: 60_000,
  })
  const noFilter = { actions: null, node: null }
  const first = liveFeed.subscribe(0, noFilter)
  await readStarted.promise
  await first.return?.()
  readReleased.resolve()
  await world.appendEvents(4000)
  reads = 0
  const next = liveFeed.subscribe(4000, noFilter)
  await world.appendEvents(1)
  expect((await next.next()).value.position).toBe(4001)
  expect(reads).toBeLessThan(5)
  liveFeed.close()
})

import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createRedisRateLimiter } from '../../../src/adapters/rateLimiter/redis.ts'
import type { RateLimiter } from '../../../src/services/kernel/ports.ts'
import { rateLimiterContract } from '../../contracts/rateLimiter.ts'
import { hearingLog } from '../../harness/logSpy.ts'
import { command, startRedis, type TestRedis } from '../../harness/redis.ts'

/** Resolves once it counts in Redis: until its connection is there it counts for itself. */
const counting = async (limiter: RateLimiter, redis: TestRedis): Promise<void> => {
  const name = randomUUID()
  const take = limiter.limit({ name, most: 1_000_000, seconds: 60 })
  do await take('nobody', 1)
  while (!(await command(redis.url, `EXISTS mediagraph:limit:${name}:nobody`)).startsWith(':1'))
}

rateLimiterContract('redis', async () => {
  const redis = await startRedis()
  const limiter = createRedisRateLimiter({ url: redis.url, log: hearingLog().log })
  await counting(limiter, redis)
  return {
    limiter,
    close: async () => {
      await limiter.close()
      await redis.stop()
    },
  }
})

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

const three = () => ({ name: randomUUID(), most: 3, seconds: 60 })

test('processes on one Redis share one count', async () => {
  const redis = await startRedis()
  closers.push(redis.stop)
  const allowance = three()
  const open = async () => {
    const limiter = createRedisRateLimiter({ url: redis.url, log: hearingLog().log })
    closers.push(limiter.close)
    await counting(limiter, redis)
    return limiter.limit(allowance)
  }
  const [near, far] = [await open(), await open()]
  expect(await near('ada', 2)).toBeNull()
  expect(await far('ada', 1)).toBeNull()
  expect(await far('ada', 1)).not.toBeNull()
  expect(await near('ada', 1)).not.toBeNull()
  expect(await far('bob', 3)).toBeNull()
})

describe('while Redis', () => {
  test('is away, a process counts for itself, says so once, and counts with the others again after its return', async () => {
    const redis = await startRedis()
    closers.push(redis.stop)
    const { log, heard } = hearingLog()
    const limiter = createRedisRateLimiter({ url: redis.url, log })
    closers.push(limiter.close)
    await counting(limiter, redis)
    const take = limiter.limit(three())
    expect(await take('ada', 3)).toBeNull()
    await redis.stop()
    const waits = await Promise.all(Array.from({ length: 5 }, () => take('ada', 1)))
    expect(waits.filter((ms) => ms === null)).toHaveLength(3)
    await vi.waitFor(() => expect(heard).toContainEqual(expect.stringMatching(/^Redis is away/)), { interval: 10 })
    await redis.start()
    await counting(limiter, redis)
    expect(heard).toHaveLength(1)
  })

  test('was never there, a process starts and counts all the same', async () => {
    const redis = await startRedis()
    await redis.stop()
    const limiter = createRedisRateLimiter({ url: redis.url, log: hearingLog().log })
    closers.push(limiter.close)
    const take = limiter.limit(three())
    expect(await take('ada', 3)).toBeNull()
    expect(await take('ada', 1)).toBeGreaterThan(0)
  })

  test('does not answer, one call waits for as long as its patience, and those after it do not', async () => {
    const redis = await startRedis()
    closers.push(redis.stop)
    const links: Socket[] = []
    const between = createServer((near) => {
      const far = connect(Number(new URL(redis.url).port), '127.0.0.1')
      links.push(near, far)
      for (const socket of [near, far]) socket.on('error', () => socket.destroy())
      near.pipe(far).pipe(near)
    }).listen(0, '127.0.0.1')
    closers.push(() => between.close())
    await once(between, 'listening')
    const { port } = between.address() as AddressInfo // a TCP server has no other kind
    const limiter = createRedisRateLimiter({ url: `redis://127.0.0.1:${port}`, log: hearingLog().log, patienceMs: 100 })
    closers.push(limiter.close)
    await counting(limiter, redis)
    for (const link of links) link.unpipe().pause()
    const take = limiter.limit(three())
    const startedAt = performance.now()
    expect(await take('ada', 3)).toBeNull()
    for (let count = 0; count < 50; count++) expect(await take('ada', 1)).toBeGreaterThan(0)
    expect(performance.now() - startedAt).toBeLessThan(2000)
    for (const link of links) link.destroy()
  })

  test('refuses, a process counts for itself, says so once, and says when that is over', async () => {
    const redis = await startRedis()
    closers.push(redis.stop)
    const { log, heard } = hearingLog()
    const limiter = createRedisRateLimiter({
      url: redis.url,
      log: { ...log, info: (_, message) => void heard.push(message) },
    })
    closers.push(limiter.close)
    await counting(limiter, redis)
    // Each call comes when Redis may be asked again.
    const now = performance.now()
    let calls = 0
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now + ++calls * 60_000)
    closers.push(() => clock.mockRestore())
    const take = limiter.limit(three())
    // As after a failover: it answers, and does not write.
    await command(redis.url, 'REPLICAOF 127.0.0.1 1')
    expect(await take('ada', 2)).toBeNull()
    expect(await take('ada', 1)).toBeNull()
    expect(await take('ada', 1)).toBeGreaterThan(0)
    expect(heard).toEqual([expect.stringMatching(/^Redis is away or refuses/)])
    await command(redis.url, 'REPLICAOF NO ONE')
    expect(await take('ada', 3)).toBeNull()
    expect(await take('ada', 1)).toBeGreaterThan(0)
    expect(heard).toEqual([expect.stringMatching(/^Redis is away or refuses/), 'Redis counts calls again.'])
  })
})

import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { createRedisRateLimiter } from '../../../src/adapters/rateLimiter/redis.ts'
import type { RateLimiter } from '../../../src/services/kernel/ports.ts'
import { rateLimiterContract } from '../../contracts/rateLimiter.ts'
import { createLogSpy } from '../../harness/logSpy.ts'
import { sendCommand, startRedis, type TestRedis } from '../../harness/redis.ts'

/** Resolves once it counts in Redis: until its connection is there it counts for itself. */
const waitUntilCounting = async (limiter: RateLimiter, redis: TestRedis): Promise<void> => {
  const name = randomUUID()
  const take = limiter.limit({ name, max: 1_000_000, windowSeconds: 60 })
  do await take('nobody', 1)
  while (!(await sendCommand(redis.url, `EXISTS mediagraph:limit:${name}:nobody`)).startsWith(':1'))
}

rateLimiterContract('redis', async () => {
  const redis = await startRedis()
  const limiter = createRedisRateLimiter({ url: redis.url, log: createLogSpy().log })
  await waitUntilCounting(limiter, redis)
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

const createAllowance = () => ({ name: randomUUID(), max: 3, windowSeconds: 60 })

test('processes on one Redis share one count', async () => {
  const redis = await startRedis()
  closers.push(redis.stop)
  const allowance = createAllowance()
  const open = async () => {
    const limiter = createRedisRateLimiter({ url: redis.url, log: createLogSpy().log })
    closers.push(limiter.close)
    await waitUntilCounting(limiter, redis)
    return limiter.limit(allowance)
  }
  const [local, remote] = [await open(), await open()]
  expect(await local('ada', 2)).toBeNull()
  expect(await remote('ada', 1)).toBeNull()
  expect(await remote('ada', 1)).not.toBeNull()
  expect(await local('ada', 1)).not.toBeNull()
  expect(await remote('bob', 3)).toBeNull()
})

describe('while Redis', () => {
  test('is away, a process counts for itself, says so once, and counts with the others again after its return', async () => {
    const redis = await startRedis()
    closers.push(redis.stop)
    const { log, messages } = createLogSpy()
    const limiter = createRedisRateLimiter({ url: redis.url, log })
    closers.push(limiter.close)
    await waitUntilCounting(limiter, redis)
    const take = limiter.limit(createAllowance())
    expect(await take('ada', 3)).toBeNull()
    await redis.stop()
    const waits = await Promise.all(Array.from({ length: 5 }, () => take('ada', 1)))
    expect(waits.filter((ms) => ms === null)).toHaveLength(3)
    await vi.waitFor(() => expect(messages).toContainEqual(expect.stringMatching(/^Redis is away/)), { interval: 10 })
    await redis.start()
    await waitUntilCounting(limiter, redis)
    expect(messages).toHaveLength(1)
  })

  test('was never there, a process starts and counts all the same', async () => {
    const redis = await startRedis()
    await redis.stop()
    const limiter = createRedisRateLimiter({ url: redis.url, log: createLogSpy().log })
    closers.push(limiter.close)
    const take = limiter.limit(createAllowance())
    expect(await take('ada', 3)).toBeNull()
    expect(await take('ada', 1)).toBeGreaterThan(0)
  })

  test('does not answer, one call waits for as long as its patience, and those after it do not', async () => {
    const redis = await startRedis()
    closers.push(redis.stop)
    const sockets: Socket[] = []
    const proxy = createServer((local) => {
      const remote = connect(Number(new URL(redis.url).port), '127.0.0.1')
      sockets.push(local, remote)
      for (const socket of [local, remote]) socket.on('error', () => socket.destroy())
      local.pipe(remote).pipe(local)
    }).listen(0, '127.0.0.1')
    closers.push(() => proxy.close())
    await once(proxy, 'listening')
    const { port } = proxy.address() as AddressInfo // a TCP server has no other kind
    const limiter = createRedisRateLimiter({
      url: `redis://127.0.0.1:${port}`,
      log: createLogSpy().log,
      commandTimeoutMs: 100,
    })
    closers.push(limiter.close)
    await waitUntilCounting(limiter, redis)
    for (const link of sockets) link.unpipe().pause()
    const take = limiter.limit(createAllowance())
    const startedAt = performance.now()
    expect(await take('ada', 3)).toBeNull()
    for (let count = 0; count < 50; count++) expect(await take('ada', 1)).toBeGreaterThan(0)
    expect(performance.now() - startedAt).toBeLessThan(2000)
    for (const link of sockets) link.destroy()
  })

  test('refuses, a process counts for itself, says so once, and says when that is over', async () => {
    const redis = await startRedis()
    closers.push(redis.stop)
    const { log, messages } = createLogSpy()
    const limiter = createRedisRateLimiter({
      url: redis.url,
      log: { ...log, info: (_, message) => void messages.push(message) },
    })
    closers.push(limiter.close)
    await waitUntilCounting(limiter, redis)
    // Each call comes when Redis may be asked again.
    const now = performance.now()
    let calls = 0
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now + ++calls * 60_000)
    closers.push(() => clock.mockRestore())
    const take = limiter.limit(createAllowance())
    // As after a failover: it answers, and does not write.
    await sendCommand(redis.url, 'REPLICAOF 127.0.0.1 1')
    expect(await take('ada', 2)).toBeNull()
    expect(await take('ada', 1)).toBeNull()
    expect(await take('ada', 1)).toBeGreaterThan(0)
    expect(messages).toEqual([expect.stringMatching(/^Redis is away or refuses/)])
    await sendCommand(redis.url, 'REPLICAOF NO ONE')
    expect(await take('ada', 3)).toBeNull()
    expect(await take('ada', 1)).toBeGreaterThan(0)
    expect(messages).toEqual([expect.stringMatching(/^Redis is away or refuses/), 'Redis counts calls again.'])
  })
})

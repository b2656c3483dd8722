import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { it as base, describe, expect, onTestFinished, vi } from 'vitest'
import { createRedisRateLimiter } from '../../../src/adapters/rateLimiter/redis.ts'
import type { RateLimiter } from '../../../src/services/kernel/ports.ts'
import { rateLimiterContract } from '../../contracts/rateLimiter.ts'
import { createLogSpy } from '../../harness/logSpy.ts'
import { sendCommand, startRedis, type TestRedis } from '../../harness/redis.ts'

/** Resolves once the limiter counts in Redis; until it is connected, it counts alone. */
const waitUntilCounting = async (limiter: RateLimiter, redis: TestRedis): Promise<void> => {
  const name = randomUUID()
  const take = limiter.limit({ name, max: 1_000_000, windowSeconds: 60 })
  do await take('probe', 1)
  while (!(await sendCommand(redis.url, `EXISTS mediagraph:limit:${name}:probe`)).startsWith(':1'))
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

// biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
const it = base.extend('redis', async ({}, { onCleanup }) => {
  const redis = await startRedis()
  onCleanup(redis.stop)
  return redis
})

type LimiterOptions = Partial<Parameters<typeof createRedisRateLimiter>[0]>

/** Opens a limiter that is closed at the end of the test. */
const openLimiter = (redis: TestRedis, options: LimiterOptions = {}) => {
  const limiter = createRedisRateLimiter({ url: redis.url, log: createLogSpy().log, ...options })
  onTestFinished(limiter.close)
  return limiter
}

const outageMessage = /^Failed to count calls in Redis/

const createAllowance = () => ({ name: randomUUID(), max: 3, windowSeconds: 60 })

describe('a rate limiter in Redis', () => {
  it('shares its counts with other processes', async ({ redis }) => {
    const allowance = createAllowance()
    const open = async () => {
      const limiter = openLimiter(redis)
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
})

describe('during an outage of Redis, a rate limiter', () => {
  const startCounting = async (redis: TestRedis) => {
    const { log, messages } = createLogSpy()
    const limiter = openLimiter(redis, { log })
    await waitUntilCounting(limiter, redis)
    return { limiter, messages }
  }

  it('counts alone', async ({ redis }) => {
    const { limiter } = await startCounting(redis)
    const take = limiter.limit(createAllowance())
    expect(await take('ada', 3)).toBeNull()
    await redis.stop()
    const waits = await Promise.all(Array.from({ length: 5 }, () => take('ada', 1)))
    expect(waits.filter((ms) => ms === null)).toHaveLength(3)
  })

  it('logs one message until it counts in Redis again', async ({ redis }) => {
    const { limiter, messages } = await startCounting(redis)
    const take = limiter.limit(createAllowance())
    await redis.stop()
    await Promise.all(Array.from({ length: 5 }, () => take('ada', 1)))
    await vi.waitFor(() => expect(messages).toContainEqual(expect.stringMatching(outageMessage)), {
      timeout: 20_000,
      interval: 10,
    })
    await redis.start()
    await waitUntilCounting(limiter, redis)
    expect(messages).toHaveLength(1)
  })

  it('counts alone from its start', async ({ redis }) => {
    await redis.stop()
    const limiter = openLimiter(redis)
    const take = limiter.limit(createAllowance())
    expect(await take('ada', 3)).toBeNull()
    expect(await take('ada', 1)).toBeGreaterThan(0)
  })

  it('waits for an unresponsive Redis in one call only', async ({ redis }) => {
    const sockets: Socket[] = []
    const proxy = createServer((local) => {
      const remote = connect(Number(new URL(redis.url).port), '127.0.0.1')
      sockets.push(local, remote)
      for (const socket of [local, remote]) socket.on('error', () => socket.destroy())
      local.pipe(remote).pipe(local)
    }).listen(0, '127.0.0.1')
    onTestFinished(() => void proxy.close())
    await once(proxy, 'listening')
    const { port } = proxy.address() as AddressInfo // as: a TCP server has no other address
    const limiter = openLimiter(redis, { url: `redis://127.0.0.1:${port}`, commandTimeoutMs: 100 })
    await waitUntilCounting(limiter, redis)
    for (const link of sockets) link.unpipe().pause()
    const take = limiter.limit(createAllowance())
    const startedAt = performance.now()
    expect(await take('ada', 3)).toBeNull()
    for (let count = 0; count < 50; count++) expect(await take('ada', 1)).toBeGreaterThan(0)
    expect(performance.now() - startedAt).toBeLessThan(2000)
    for (const link of sockets) link.destroy()
  })

  it('counts alone only as long as Redis refuses writes', async ({ redis }) => {
    const { log, messages } = createLogSpy()
    const limiter = openLimiter(redis, { log: { ...log, info: (_, message) => void messages.push(message) } })
    await waitUntilCounting(limiter, redis)
    // Each call is made after the bypass of Redis has ended.
    const now = performance.now()
    let calls = 0
    const clock = vi.spyOn(performance, 'now').mockImplementation(() => now + ++calls * 60_000)
    onTestFinished(() => clock.mockRestore())
    const take = limiter.limit(createAllowance())
    // As after a failover: Redis answers, but refuses writes.
    await sendCommand(redis.url, 'REPLICAOF 127.0.0.1 1')
    expect(await take('ada', 2)).toBeNull()
    expect(await take('ada', 1)).toBeNull()
    expect(await take('ada', 1)).toBeGreaterThan(0)
    expect(messages).toEqual([expect.stringMatching(outageMessage)])
    await sendCommand(redis.url, 'REPLICAOF NO ONE')
    expect(await take('ada', 3)).toBeNull()
    expect(await take('ada', 1)).toBeGreaterThan(0)
    expect(messages).toEqual([expect.stringMatching(outageMessage), 'Resumed counting calls in Redis.'])
  })
})

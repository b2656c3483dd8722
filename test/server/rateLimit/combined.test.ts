import { setTimeout as wait } from 'node:timers/promises'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { createMemoryRateLimiter } from '../../../src/adapters/rateLimiter/memory.ts'
import { createRedisRateLimiter } from '../../../src/adapters/rateLimiter/redis.ts'
import { createRateLimits } from '../../../src/services/rateLimit/rateLimits.ts'
import { createLogSpy } from '../../harness/logSpy.ts'
import { sendCommand, startRedis } from '../../harness/redis.ts'
import { startServer } from '../serverIt.ts'
import { post, readResult } from '../serverWorld.ts'
import { limitsOf, rateLimitedResult, transports } from './transports.ts'

describe('a rate limit', () => {
  it('does not count calls that the limit of a class refuses towards all calls', async () => {
    const world = await startServer({ rateLimits: limitsOf({ calls: 3, bulk: 1 }) })
    const { POST } = transports(world, await world.token())
    expect((await POST('mutation { mediaBulkTag }')).errors).toBeUndefined()
    for (let count = 0; count < 5; count++)
      expect(await POST('mutation { mediaBulkTag }')).toMatchObject(rateLimitedResult)
    expect((await POST('{ a: hello b: hello }')).errors).toBeUndefined()
    expect(await POST('{ hello }')).toMatchObject(rateLimitedResult)
  })

  it('accepts a call after the announced seconds', async () => {
    const world = await startServer({ rateLimits: limitsOf({ calls: 2 }, 1) })
    const { POST } = transports(world, await world.token())
    for (let round = 0; round < 2; round++) {
      expect((await POST('{ a: hello b: hello }')).errors).toBeUndefined()
      const { errors } = await POST('{ hello }')
      expect(errors).toMatchObject(rateLimitedResult.errors)
      await wait(Number(errors?.[0]?.extensions?.retryAfterSeconds) * 1000)
    }
  })

  it('shares counts between servers only while Redis is available', async () => {
    const redis = await startRedis()
    onTestFinished(redis.stop)
    const rateLimiters = [0, 1].map(() => createRedisRateLimiter({ url: redis.url, log: createLogSpy().log }))
    for (const rateLimiter of rateLimiters) onTestFinished(rateLimiter.close)
    const worlds = await Promise.all(
      rateLimiters.map((rateLimiter) =>
        startServer({
          rateLimits: createRateLimits({ rateLimiter, rateLimits: { calls: 10, uploads: 0, bulk: 0 } }),
        }),
      ),
    )
    const countAccepted = async (): Promise<number> => {
      const token = await worlds[0]?.token()
      let count = 0
      for (let index = 0; index < 30; index++) {
        const { errors } = await readResult(post(worlds[index % 2]?.url ?? '', token ?? null, { query: '{ hello }' }))
        if (errors === undefined) count++
      }
      return count
    }
    // Each server counts for itself until it has connected to Redis.
    while ((await countAccepted()) !== 10);
    await redis.stop()
    expect(await countAccepted()).toBe(20)
    await redis.start()
    while ((await countAccepted()) !== 10);
    expect(await sendCommand(redis.url, 'DBSIZE')).not.toMatch(/^:0/)
  })

  it('does not count calls that the limit of all calls refuses towards a class', async () => {
    const memory = createMemoryRateLimiter()
    const limits = createRateLimits({
      // The window of the wider limit ends long before that of the narrower one.
      rateLimiter: {
        ...memory,
        limit: (allowance) => memory.limit({ ...allowance, windowSeconds: allowance.name === 'calls' ? 1 : 60 }),
      },
      rateLimits: { calls: 3, uploads: 3, bulk: 3 },
    })
    const world = await startServer({ rateLimits: limits })
    const { POST } = transports(world, await world.token())
    const mutation = 'mutation { mediaUploadCreate mediaBulkTag }'
    expect((await POST(mutation)).errors).toBeUndefined()
    for (let count = 0; count < 5; count++) expect(await POST(mutation)).toMatchObject(rateLimitedResult)
    await vi.waitFor(async () => expect((await POST(mutation)).errors).toBeUndefined(), {
      timeout: 5000,
      interval: 100,
    })
  })
})

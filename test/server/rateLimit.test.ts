import { randomUUID } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { createMemoryRateLimiter } from '../../src/adapters/rateLimiter/memory.ts'
import { createRedisRateLimiter } from '../../src/adapters/rateLimiter/redis.ts'
import { createRateLimits, type RateLimitSettings } from '../../src/services/rateLimit/rateLimits.ts'
import { createLogSpy } from '../harness/logSpy.ts'
import { sendCommand, startRedis } from '../harness/redis.ts'
import {
  type GraphqlResult,
  overSocket,
  post,
  readEvents,
  readResult,
  type ServerWorld,
  startServerWorld,
} from './serverWorld.ts'

const limitsOf = (rateLimits: Partial<RateLimitSettings>, spanSeconds?: number) =>
  createRateLimits({
    rateLimiter: createMemoryRateLimiter(),
    rateLimits: { calls: 0, uploads: 0, bulk: 0, ...rateLimits },
    windowSeconds: spanSeconds,
  })

const rateLimitedResult = { errors: [{ extensions: { code: 'RATE_LIMITED', retryAfterSeconds: expect.any(Number) } }] }

/** The same operation over all that can carry it; a mutation only goes where it may. */
const transports = (world: ServerWorld, token: string) => {
  const search = (query: string) => new URLSearchParams({ query })
  const byGet = (query: string, Accept: string) =>
    fetch(`${world.url}/graphql?${search(query)}`, { headers: { Authorization: `Bearer ${token}`, Accept } })
  const readFirstEvent = async (response: Response): Promise<GraphqlResult> => {
    for await (const event of readEvents(response)) return event
    return {}
  }
  return {
    POST: (query: string) => readResult(post(world.url, token, { query })),
    WebSocket: async (query: string) => (await overSocket(world.connect(token), { query }))[0] ?? {},
    GET: (query: string) => readResult(byGet(query, 'application/json')),
    SSE: async (query: string) => readFirstEvent(await byGet(query, 'text/event-stream')),
  }
}

describe('a limit of all calls', () => {
  let world: ServerWorld
  beforeAll(async () => {
    world = await startServerWorld({ rateLimits: limitsOf({ calls: 4 }) })
  })
  afterAll(() => world.close())

  test('holds for queries and subscriptions together, on every transport', async () => {
    const token = await world.token()
    const { POST, GET, WebSocket, SSE } = transports(world, token)
    expect((await POST('{ hello }')).errors).toBeUndefined()
    expect((await GET('{ hello }')).errors).toBeUndefined()
    expect((await WebSocket('subscription { count(to: 1) }')).errors).toBeUndefined()
    expect((await SSE('subscription { count(to: 1) }')).errors).toBeUndefined()
    for (const [transport, ask] of Object.entries({ POST, GET, WebSocket, SSE }))
      expect(await ask('{ hello }'), transport).toMatchObject(rateLimitedResult)
    for (const ask of [WebSocket, SSE]) {
      const result = await ask('subscription { count(to: 1) }')
      expect(result).toMatchObject(rateLimitedResult)
      expect(result).not.toHaveProperty('errors.0.extensions.http')
    }
  })

  test('is each caller’s own, whatever its token', async () => {
    const sub = randomUUID()
    const ask = async (token: string) => (await readResult(post(world.url, token, { query: '{ hello }' }))).errors
    for (let count = 0; count < 4; count++) expect(await ask(await world.token({ sub }))).toBeUndefined()
    expect(await ask(await world.token({ sub, role: 'admin' }))).toMatchObject(rateLimitedResult.errors)
    expect(await ask(await world.token())).toBeUndefined()
  })

  test('counts every field of the root, also in fragments', async () => {
    const { POST } = transports(world, await world.token())
    expect((await POST('{ a: hello ...f } fragment f on Query { b: hello ... { c: hello } }')).errors).toBeUndefined()
    expect(await POST('{ a: hello b: hello }')).toMatchObject(rateLimitedResult)
  })

  test('counts the operation that runs', async () => {
    const token = await world.token()
    const query = 'query A { a: hello b: hello c: hello } query B { hello }'
    for (let count = 0; count < 4; count++)
      expect((await readResult(post(world.url, token, { query, operationName: 'B' }))).errors).toBeUndefined()
  })

  test('is never met by what could never pass: that is refused for good', async () => {
    const { POST } = transports(world, await world.token())
    const query = `{ ${Array.from({ length: 5 }, (_, index) => `a${index}: hello`).join(' ')} }`
    expect(await POST(query)).toMatchObject({ errors: [{ extensions: { code: 'INVALID_INPUT' } }] })
    expect((await POST('{ hello }')).errors).toBeUndefined()
  })

  test('is told by a status and Retry-After over HTTP, and in words', async () => {
    const token = await world.token()
    for (let count = 0; count < 4; count++) await post(world.url, token, { query: '{ hello }' })
    const response = await post(world.url, token, { query: '{ hello }' })
    expect(response.status).toBe(429)
    const { errors } = await readResult(response)
    const seconds = errors?.[0]?.extensions?.retryAfterSeconds
    expect(response.headers.get('Retry-After')).toBe(String(seconds))
    expect(seconds).toBeGreaterThan(50)
    expect(seconds).toBeLessThanOrEqual(60)
    expect(errors?.[0]?.message).toBe(`At most 4 calls in a minute: try again in ${seconds} s.`)
    // In application/json every well-formed answer is a 200.
    const plain = await post(world.url, token, { query: '{ hello }' }, { Accept: 'application/json' })
    expect(plain.status).toBe(200)
    expect(plain.headers.get('Retry-After')).toMatch(/^\d+$/)
  })
})

describe('a limit of one kind of work', () => {
  let world: ServerWorld
  beforeAll(async () => {
    world = await startServerWorld({ rateLimits: limitsOf({ uploads: 10, bulk: 1 }) })
  })
  afterAll(() => world.close())

  const uploads = (count: number) =>
    `mutation { ${Array.from({ length: count }, (_, index) => `a${index}: mediaUploadCreate`).join(' ')} }`

  test('counts new uploads wherever they stand, and nothing else', async () => {
    const { POST, WebSocket } = transports(world, await world.token())
    expect((await POST(uploads(9))).errors).toBeUndefined()
    expect((await WebSocket(uploads(1))).errors).toBeUndefined()
    const touchedBefore = world.switches.touchCount
    expect(await POST(uploads(1))).toMatchObject(rateLimitedResult)
    expect(await WebSocket(uploads(1))).toMatchObject(rateLimitedResult)
    expect(world.switches.touchCount).toBe(touchedBefore)
    for (let count = 0; count < 20; count++) expect((await POST('{ hello }')).errors).toBeUndefined()
    expect((await POST('mutation { touch mediaBulkTag }')).errors).toBeUndefined()
  })

  test('counts bulk operations', async () => {
    const { POST } = transports(world, await world.token())
    expect((await POST('mutation { mediaBulkTag }')).errors).toBeUndefined()
    expect(await POST('mutation { mediaBulkTag }')).toMatchObject({
      errors: [{ message: expect.stringContaining('At most 1 bulk operations and batches in a minute') }],
    })
    expect((await POST(uploads(10))).errors).toBeUndefined()
  })
})

test('what a limit of one kind refuses does not count among all calls', async () => {
  const world = await startServerWorld({ rateLimits: limitsOf({ calls: 3, bulk: 1 }) })
  const { POST } = transports(world, await world.token())
  expect((await POST('mutation { mediaBulkTag }')).errors).toBeUndefined()
  for (let count = 0; count < 5; count++)
    expect(await POST('mutation { mediaBulkTag }')).toMatchObject(rateLimitedResult)
  expect((await POST('{ a: hello b: hello }')).errors).toBeUndefined()
  expect(await POST('{ hello }')).toMatchObject(rateLimitedResult)
  await world.close()
})

test('after the seconds that it names a call passes', async () => {
  const world = await startServerWorld({ rateLimits: limitsOf({ calls: 2 }, 1) })
  const { POST } = transports(world, await world.token())
  for (let round = 0; round < 2; round++) {
    expect((await POST('{ a: hello b: hello }')).errors).toBeUndefined()
    const { errors } = await POST('{ hello }')
    expect(errors).toMatchObject(rateLimitedResult.errors)
    await wait(Number(errors?.[0]?.extensions?.retryAfterSeconds) * 1000)
  }
  await world.close()
})

test('two servers on one Redis share the count; without Redis each goes on for itself', async () => {
  const redis = await startRedis()
  const rateLimiters = [0, 1].map(() => createRedisRateLimiter({ url: redis.url, log: createLogSpy().log }))
  const worlds = await Promise.all(
    rateLimiters.map((rateLimiter) =>
      startServerWorld({
        rateLimits: createRateLimits({ rateLimiter, rateLimits: { calls: 10, uploads: 0, bulk: 0 } }),
      }),
    ),
  )
  const countPassed = async (): Promise<number> => {
    const token = await worlds[0]?.token()
    let count = 0
    for (let index = 0; index < 30; index++) {
      const { errors } = await readResult(post(worlds[index % 2]?.url ?? '', token ?? null, { query: '{ hello }' }))
      if (errors === undefined) count++
    }
    return count
  }
  // Until its connection is there, each counts for itself.
  while ((await countPassed()) !== 10);
  await redis.stop()
  expect(await countPassed()).toBe(20)
  await redis.start()
  while ((await countPassed()) !== 10);
  expect(await sendCommand(redis.url, 'DBSIZE')).not.toMatch(/^:0/)
  await Promise.all([...worlds, ...rateLimiters].map((resource) => resource.close()))
  await redis.stop()
})

test('what all calls refuse does not count among those of one kind', async () => {
  const memory = createMemoryRateLimiter()
  const limits = createRateLimits({
    // The wider one has room again long before the narrower.
    rateLimiter: {
      ...memory,
      limit: (allowance) => memory.limit({ ...allowance, windowSeconds: allowance.name === 'calls' ? 1 : 60 }),
    },
    rateLimits: { calls: 3, uploads: 3, bulk: 3 },
  })
  const world = await startServerWorld({ rateLimits: limits })
  const { POST } = transports(world, await world.token())
  const mutation = 'mutation { mediaUploadCreate mediaBulkTag }'
  expect((await POST(mutation)).errors).toBeUndefined()
  for (let count = 0; count < 5; count++) expect(await POST(mutation)).toMatchObject(rateLimitedResult)
  await vi.waitFor(async () => expect((await POST(mutation)).errors).toBeUndefined(), { timeout: 5000, interval: 100 })
  await world.close()
})

import { randomUUID } from 'node:crypto'
import { describe, expect } from 'vitest'
import { it as base } from '../serverIt.ts'
import { post, readResult, type ServerWorld, type ServerWorldOptions } from '../serverWorld.ts'
import { limitsOf, rateLimitedResult, transports } from './transports.ts'

const it = base.extend(
  'serverOptions',
  { scope: 'file' },
  (): ServerWorldOptions => ({ rateLimits: limitsOf({ calls: 4 }) }),
)

describe('the limit of all calls', () => {
  it('applies to queries and subscriptions on every transport', async ({ world }) => {
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

  it('is counted per caller, independent of the token', async ({ world }) => {
    const sub = randomUUID()
    const ask = async (token: string) => (await readResult(post(world.url, token, { query: '{ hello }' }))).errors
    for (let count = 0; count < 4; count++) expect(await ask(await world.token({ sub }))).toBeUndefined()
    expect(await ask(await world.token({ sub, role: 'admin' }))).toMatchObject(rateLimitedResult.errors)
    expect(await ask(await world.token())).toBeUndefined()
  })

  it('counts every root field, also in fragments', async ({ world }) => {
    const { POST } = transports(world, await world.token())
    expect((await POST('{ a: hello ...f } fragment f on Query { b: hello ... { c: hello } }')).errors).toBeUndefined()
    expect(await POST('{ a: hello b: hello }')).toMatchObject(rateLimitedResult)
  })

  it('counts only the operation that runs', async ({ world }) => {
    const token = await world.token()
    const query = 'query A { a: hello b: hello c: hello } query B { hello }'
    for (let count = 0; count < 4; count++)
      expect((await readResult(post(world.url, token, { query, operationName: 'B' }))).errors).toBeUndefined()
  })

  it('refuses an operation beyond the whole limit as invalid input', async ({ world }) => {
    const { POST } = transports(world, await world.token())
    const query = `{ ${Array.from({ length: 5 }, (_, index) => `a${index}: hello`).join(' ')} }`
    expect(await POST(query)).toMatchObject({ errors: [{ extensions: { code: 'INVALID_INPUT' } }] })
    expect((await POST('{ hello }')).errors).toBeUndefined()
  })

  const useUpLimit = async (world: ServerWorld, token: string) => {
    for (let count = 0; count < 4; count++) await post(world.url, token, { query: '{ hello }' })
  }

  it('answers 429 with Retry-After over HTTP', async ({ world }) => {
    const token = await world.token()
    await useUpLimit(world, token)
    const response = await post(world.url, token, { query: '{ hello }' })
    expect(response.status).toBe(429)
    const { errors } = await readResult(response)
    const seconds = errors?.[0]?.extensions?.retryAfterSeconds
    expect(response.headers.get('Retry-After')).toBe(String(seconds))
    expect(seconds).toBeGreaterThan(50)
    expect(seconds).toBeLessThanOrEqual(60)
    expect(errors?.[0]?.message).toBe(`At most 4 calls in a minute. Try again in ${seconds} s.`)
  })

  it('answers 200 with Retry-After in application/json', async ({ world }) => {
    const token = await world.token()
    await useUpLimit(world, token)
    const plain = await post(world.url, token, { query: '{ hello }' }, { Accept: 'application/json' })
    expect(plain.status).toBe(200)
    expect(plain.headers.get('Retry-After')).toMatch(/^\d+$/)
  })
})

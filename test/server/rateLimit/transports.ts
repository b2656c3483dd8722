import { expect } from 'vitest'
import { createMemoryRateLimiter } from '../../../src/adapters/rateLimiter/memory.ts'
import { createRateLimits, type RateLimitSettings } from '../../../src/services/rateLimit/rateLimits.ts'
import { type GraphqlResult, overSocket, post, readEvents, readResult, type ServerWorld } from '../serverWorld.ts'

/** Limits that a server counts for itself; the others are unlimited. */
export const limitsOf = (rateLimits: Partial<RateLimitSettings>, windowSeconds?: number) =>
  createRateLimits({
    rateLimiter: createMemoryRateLimiter(),
    rateLimits: { calls: 0, uploads: 0, bulk: 0, ...rateLimits },
    windowSeconds,
  })

export const rateLimitedResult = {
  errors: [{ extensions: { code: 'RATE_LIMITED', retryAfterSeconds: expect.any(Number) } }],
}

/** Sends operations over every transport; mutations are allowed over POST and WebSocket only. */
export const transports = (world: ServerWorld, token: string) => {
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

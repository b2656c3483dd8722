import { describe, expect } from 'vitest'
import { it } from './serverIt.ts'
import { type GraphqlResult, post, readEvents, readResult, type ServerWorld } from './serverWorld.ts'
import { waitForSources } from './smallSchema.ts'

const openStream = async (world: ServerWorld, query: string, token?: string): Promise<Response> =>
  post(world.url, token ?? (await world.token()), { query }, { Accept: 'text/event-stream' })

const readAll = async (response: Response): Promise<GraphqlResult[]> => {
  const results: GraphqlResult[] = []
  for await (const event of readEvents(response)) results.push(event)
  return results
}

describe('an event stream', () => {
  it('sends every event until the source ends', async ({ world }) => {
    const response = await openStream(world, 'subscription { count(to: 3) }')
    expect(response.headers.get('Content-Type')).toContain('text/event-stream')
    expect(await readAll(response)).toEqual([1, 2, 3].map((count) => ({ data: { count } })))
    await waitForSources(world.switches, 0)
  })

  it('tells proxies not to keep events back', async ({ world }) => {
    const { headers, body } = await openStream(world, 'subscription { count(to: 1) }')
    expect([headers.get('X-Accel-Buffering'), headers.get('Cache-Control')]).toEqual(['no', 'no-cache, no-transform'])
    await body?.cancel()
  })

  it('sends a comment before the first event', async ({ world }) => {
    const { body } = await openStream(world, 'subscription { forever }')
    const reader = body?.getReader()
    expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toMatch(/^:/)
    await reader?.cancel()
  })

  it('can be opened by GET', async ({ world }) => {
    const query = encodeURIComponent('subscription { count(to: 1) }')
    const headers = { Authorization: `Bearer ${await world.token()}`, Accept: 'text/event-stream' }
    expect(await readAll(await fetch(`${world.url}/graphql?query=${query}`, { headers }))).toEqual([
      { data: { count: 1 } },
    ])
  })

  it('creates a context for every event', async ({ world }) => {
    const serials = (await readAll(await openStream(world, 'subscription { serials(events: 3) }'))).map(
      ({ data }) => data?.serials,
    )
    expect(new Set(serials).size).toBe(3)
  })

  it('stops its source when the client disconnects', async ({ world }) => {
    const response = await openStream(world, 'subscription { forever }')
    await waitForSources(world.switches, 1)
    await response.body?.cancel()
    await waitForSources(world.switches, 0)
  })

  it('is refused without a token', async ({ world }) => {
    const response = await post(world.url, null, { query: 'subscription { forever }' }, { Accept: 'text/event-stream' })
    expect(response.status).toBe(401)
    expect(await readResult(response)).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
  })

  it('ends when the token expires', async ({ world }) => {
    const response = await openStream(
      world,
      'subscription { forever }',
      await world.token({ expires: '3 seconds ago' }),
    )
    await waitForSources(world.switches, 1)
    await readAll(response).catch(() => {}) // aborted or ended: either way, no further event
    await waitForSources(world.switches, 0)
  })
})

describe('an error in an event stream', () => {
  const internalError = { extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: expect.any(String) } }

  it('is masked in its event without ending the stream', async ({ world }) => {
    const results = await readAll(await openStream(world, 'subscription { eventBug }'))
    expect(results).toMatchObject([{ data: { eventBug: null }, errors: [internalError] }, { data: { eventBug: 2 } }])
    expect(JSON.stringify(results)).not.toContain('hunter2')
  })

  it('is masked if a value does not fit its type', async ({ world }) => {
    const results = await readAll(await openStream(world, 'subscription { wrongEvent }'))
    expect(results).toMatchObject([
      { data: { wrongEvent: null }, errors: [{ path: ['wrongEvent'], ...internalError }] },
    ])
    expect(JSON.stringify(results)).not.toContain('hunter2')
  })

  it('is masked in the last event if the source fails', async ({ world }) => {
    const results = await readAll(await openStream(world, 'subscription { sourceBug }'))
    expect(results).toMatchObject([{ data: { sourceBug: 1 } }, { errors: [internalError] }])
    expect(JSON.stringify(results)).not.toContain('hunter2')
  })

  it('is masked if the subscription cannot start', async ({ world }) => {
    const text = await (await openStream(world, 'subscription { subscribeBug }')).text()
    expect(text).toContain('INTERNAL_SERVER_ERROR')
    expect(text).not.toContain('hunter2')
  })

  it('keeps the message of a refusal', async ({ world }) => {
    expect(await (await openStream(world, 'subscription { forbidden }')).text()).toContain(
      'You may not follow this media.',
    )
  })
})

import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type GraphqlResult, post, readEvents, readResult, type ServerWorld, startServerWorld } from './serverWorld.ts'
import { waitForSources } from './smallSchema.ts'

let world: ServerWorld

beforeAll(async () => {
  world = await startServerWorld()
})
afterAll(() => world.close())

const follow = async (query: string, token?: string, accept = 'text/event-stream'): Promise<Response> =>
  post(world.url, token ?? (await world.token()), { query }, { Accept: accept })

const readAll = async (response: Response): Promise<GraphqlResult[]> => {
  const results: GraphqlResult[] = []
  for await (const event of readEvents(response)) results.push(event)
  return results
}

describe('an event stream', () => {
  test('carries each event and ends', async () => {
    const response = await follow('subscription { count(to: 3) }')
    expect(response.headers.get('Content-Type')).toContain('text/event-stream')
    expect(await readAll(response)).toEqual([1, 2, 3].map((count) => ({ data: { count } })))
    await waitForSources(world.switches, 0)
  })

  test('is opened by GET too', async () => {
    const query = encodeURIComponent('subscription { count(to: 1) }')
    const headers = { Authorization: `Bearer ${await world.token()}`, Accept: 'text/event-stream' }
    expect(await readAll(await fetch(`${world.url}/graphql?query=${query}`, { headers }))).toEqual([
      { data: { count: 1 } },
    ])
  })

  test('has a context of its own for every event', async () => {
    const serials = (await readAll(await follow('subscription { serials(events: 3) }'))).map(
      ({ data }) => data?.serials,
    )
    expect(new Set(serials).size).toBe(3)
  })

  test('lets its source go when the reader goes', async () => {
    const response = await follow('subscription { forever }')
    await waitForSources(world.switches, 1)
    await response.body?.cancel()
    await waitForSources(world.switches, 0)
  })

  test('is for nobody without a token', async () => {
    const response = await post(world.url, null, { query: 'subscription { forever }' }, { Accept: 'text/event-stream' })
    expect(response.status).toBe(401)
    expect(await readResult(response)).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
  })

  test.each(['text/event-stream'])('ends when the token expires, asked for as %s', async (accept) => {
    const response = await follow('subscription { forever }', await world.token({ expires: '3 seconds ago' }), accept)
    await waitForSources(world.switches, 1)
    await readAll(response).catch(() => {}) // cut off or ended, but no event more
    await waitForSources(world.switches, 0)
  })
})

describe('what goes wrong in an event stream', () => {
  const masked = { extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: expect.any(String) } }

  test('is masked in an event, and the next one follows', async () => {
    const results = await readAll(await follow('subscription { eventBug }'))
    expect(results).toMatchObject([{ data: { eventBug: null }, errors: [masked] }, { data: { eventBug: 2 } }])
    expect(JSON.stringify(results)).not.toContain('hunter2')
  })

  test('is masked where a value is not what its type can show', async () => {
    const results = await readAll(await follow('subscription { wrongEvent }'))
    expect(results).toMatchObject([{ data: { wrongEvent: null }, errors: [{ path: ['wrongEvent'], ...masked }] }])
    expect(JSON.stringify(results)).not.toContain('hunter2')
  })

  test('is masked in a source, and ends it', async () => {
    const results = await readAll(await follow('subscription { sourceBug }'))
    expect(results).toMatchObject([{ data: { sourceBug: 1 } }, { errors: [masked] }])
    expect(JSON.stringify(results)).not.toContain('hunter2')
  })

  test('is masked before the first event', async () => {
    const text = await (await follow('subscription { subscribeBug }')).text()
    expect(text).toContain('INTERNAL_SERVER_ERROR')
    expect(text).not.toContain('hunter2')
  })

  test('is a refusal in its own words', async () => {
    expect(await (await follow('subscription { forbidden }')).text()).toContain('Not yours to follow.')
  })
})

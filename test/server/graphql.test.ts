import { getIntrospectionQuery } from 'graphql'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { limits } from '../../src/server/plugins/limits.ts'
import { post, readResult, type ServerWorld, startServerWorld } from './serverWorld.ts'

let world: ServerWorld
let restrictedWorld: ServerWorld

beforeAll(async () => {
  world = await startServerWorld({ corsOrigins: ['https://school.example'] })
  restrictedWorld = await startServerWorld({ introspection: false, graphiql: false })
})
afterAll(() => Promise.all([world.close(), restrictedWorld.close()]))
afterEach(() => {
  world.switches.failContext = false
  world.switches.failUsers = false
})

const ask = async (query: string, variables?: object) =>
  readResult(post(world.url, await world.token(), { query, variables }))

describe('who asks', () => {
  const expectRefused = async (response: Response) => {
    expect(response.status).toBe(401)
    expect(response.headers.get('WWW-Authenticate')).toBe('Bearer')
    expect(response.headers.get('Content-Type')).toContain('json')
    const { data, errors } = await readResult(response)
    expect(data).toBeUndefined()
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }])
  }

  test('nobody is refused, over POST and GET', async () => {
    await expectRefused(await post(world.url, null, { query: '{ hello }' }))
    await expectRefused(await fetch(`${world.url}/graphql?query={hello}`, { headers: { Accept: 'application/json' } }))
  })

  test('a forged, a malformed and an expired token are refused', async () => {
    const [head, body] = (await world.token()).split('.')
    await expectRefused(await post(world.url, `${head}.${body}.${'A'.repeat(43)}`, { query: '{ hello }' }))
    await expectRefused(await post(world.url, 'nonsense', { query: '{ hello }' }))
    await expectRefused(await post(world.url, await world.token({ expires: '1 minute ago' }), { query: '{ hello }' }))
    await expectRefused(await post(world.url, null, { query: '{ hello }' }, { Authorization: 'Basic QTpC' }))
  })

  test('the role is that of the token of this very call', async () => {
    for (const [role, expectedRole] of [
      ['viewer', 'VIEWER'],
      ['admin', 'ADMIN'],
    ] as const)
      expect(await readResult(post(world.url, await world.token({ role }), { query: '{ role }' }))).toEqual({
        data: { role: expectedRole },
      })
  })

  test('that it cannot be found out who asks is a bug of ours and says nothing of itself', async () => {
    world.switches.failUsers = true
    const response = await post(world.url, await world.token(), { query: '{ hello }' })
    expect(response.status).toBe(500)
    const text = await response.text()
    expect(text).toContain('INTERNAL_SERVER_ERROR')
    expect(text).not.toContain('hunter2')
  })
})

describe('a request id', () => {
  test('is made, answered and known to the resolvers', async () => {
    const response = await post(world.url, await world.token(), { query: '{ requestId }' })
    const id = response.headers.get('X-Request-Id')
    expect(id).toMatch(/^[0-9a-f-]{36}$/)
    expect(await readResult(response)).toEqual({ data: { requestId: id } })
  })

  test("is the client's own where that is harmless", async () => {
    const sane = await post(
      world.url,
      await world.token(),
      { query: '{ requestId }' },
      { 'X-Request-Id': 'lms-4711:a' },
    )
    expect(sane.headers.get('X-Request-Id')).toBe('lms-4711:a')
    const odd = await post(world.url, await world.token(), { query: '{ requestId }' }, { 'X-Request-Id': 'a b"<>' })
    expect(odd.headers.get('X-Request-Id')).toMatch(/^[0-9a-f-]{36}$/)
  })
})

describe('errors', () => {
  test('a refusal comes in its own words, with code, fields and path', async () => {
    expect(await ask('{ missing }')).toMatchObject({
      data: { missing: null },
      errors: [{ message: 'There is no such media.', path: ['missing'], extensions: { code: 'NOT_FOUND' } }],
    })
    expect(await ask('{ invalid }')).toMatchObject({
      errors: [{ extensions: { code: 'INVALID_INPUT', fields: [{ path: 'name', message: 'is empty' }] } }],
    })
  })

  test('a bug is one sentence with the request id, and is logged with its cause', async () => {
    const response = await post(world.url, await world.token(), { query: '{ bug }' })
    const id = response.headers.get('X-Request-Id')
    const text = await response.text()
    expect(text).not.toContain('hunter2')
    expect(JSON.parse(text)).toMatchObject({
      data: { bug: null },
      errors: [{ path: ['bug'], extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: id } }],
    })
    const line = world.logged.find(({ fields }) => fields.requestId === id)
    expect(line?.fields.err).toMatchObject({ message: 'password=hunter2', cause: { message: 'the cause' } })
  })

  test('a value that its type cannot show is a bug too', async () => {
    const { errors } = await ask('{ wrongOutput }')
    expect(JSON.stringify(errors)).not.toContain('hunter2')
    expect(errors).toMatchObject([{ path: ['wrongOutput'], extensions: { code: 'INTERNAL_SERVER_ERROR' } }])
  })

  test('a context that cannot be made is a bug too', async () => {
    world.switches.failContext = true
    const response = await post(world.url, await world.token(), { query: '{ hello }' })
    const id = response.headers.get('X-Request-Id')
    expect(response.status).toBe(500)
    const text = await response.text()
    expect(text).not.toContain('hunter2')
    expect(JSON.parse(text)).toMatchObject({
      errors: [{ extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: id } }],
    })
    expect(world.logged.some(({ fields }) => fields.requestId === id)).toBe(true)
  })

  test('a variable of the wrong type is shown to whoever sent it', async () => {
    const query = 'query ($first: Int) { items(first: $first) { level } }'
    const response = await post(world.url, await world.token(), { query, variables: { first: 'many' } })
    expect(await response.text()).toContain('many')
  })
})

describe('a mutation', () => {
  const query = 'mutation { touch }'
  const countTouched = () => world.switches.touchCount

  test('runs by POST of JSON', async () => {
    const touchedBefore = countTouched()
    expect(await ask(query)).toEqual({ data: { touch: touchedBefore + 1 } })
  })

  test('does not run by GET', async () => {
    const touchedBefore = countTouched()
    const url = `${world.url}/graphql?query=${encodeURIComponent(query)}`
    const headers = { Authorization: `Bearer ${await world.token()}`, Accept: 'application/json' }
    expect((await fetch(url, { headers })).status).toBe(405)
    expect((await fetch(url, { headers: { ...headers, Accept: 'text/event-stream' } })).status).toBe(405)
    expect(countTouched()).toBe(touchedBefore)
  })

  test('does not run from what a page of another site can send without asking', async () => {
    const touchedBefore = countTouched()
    const token = await world.token()
    const json = JSON.stringify({ query })
    const form = `query=${encodeURIComponent(query)}`
    const boundary = `--b\r\nContent-Disposition: form-data; name="operations"\r\n\r\n${json}\r\n--b--\r\n`
    for (const [type, body] of [
      ['text/plain', json],
      ['text/plain; application/json', json],
      ['application/x-www-form-urlencoded', form],
      ['multipart/form-data; boundary=b', boundary],
      ['application/graphql', query],
    ] as const)
      expect((await post(world.url, token, body, { 'Content-Type': type })).status, type).toBe(415)
    expect(countTouched()).toBe(touchedBefore)
  })

  test('does not run from a page of a site that is not listed', async () => {
    const touchedBefore = countTouched()
    const token = await world.token()
    const from = (Origin: string) => post(world.url, token, { query }, { Origin, 'Sec-Fetch-Site': 'cross-site' })
    expect((await from('https://evil.example')).status).toBe(403)
    expect(countTouched()).toBe(touchedBefore)
    expect((await from('https://school.example')).status).toBe(200)
  })

  test('is not repeated by a list of operations', async () => {
    const touchedBefore = countTouched()
    const response = await post(world.url, await world.token(), [{ query }, { query }])
    expect(response.status).toBe(400)
    expect(countTouched()).toBe(touchedBefore)
  })
})

describe('a body', () => {
  test('that says it is too large is refused with 413', async () => {
    const query = `{ hello } # ${'x'.repeat(limits.bodyBytes)}`
    const response = await post(world.url, await world.token(), { query })
    expect(response.status).toBe(413)
    expect(await readResult(response)).toMatchObject({ errors: [{ extensions: { code: 'INVALID_INPUT' } }] })
  })

  test('that is not JSON is refused', async () => {
    expect((await post(world.url, await world.token(), '{ "query": ')).status).toBe(400)
  })
})

describe('across origins', () => {
  const preflight = (origin: string) =>
    fetch(`${world.url}/graphql`, {
      method: 'OPTIONS',
      headers: { Origin: origin, 'Access-Control-Request-Method': 'POST' },
    })

  test('a listed origin may ask, and reads the answer', async () => {
    const preflightResponse = await preflight('https://school.example')
    expect(preflightResponse.status).toBe(204)
    expect(preflightResponse.headers.get('Access-Control-Allow-Headers')).toContain('Authorization')
    const headers = { Origin: 'https://school.example' }
    const response = await post(world.url, await world.token(), { query: '{ hello }' }, headers)
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe('https://school.example')
  })

  test('another origin learns nothing', async () => {
    const preflightResponse = await preflight('https://evil.example')
    expect(preflightResponse.headers.get('Access-Control-Allow-Origin')).toBeNull()
  })
})

describe('in production', () => {
  test('introspection is refused, and works where it is switched on', async () => {
    const query = getIntrospectionQuery()
    const result = await readResult(post(restrictedWorld.url, await restrictedWorld.token(), { query }))
    expect(result.data).toBeUndefined()
    expect(result.errors?.[0]?.message).toContain('introspection')
    expect((await ask(query)).errors).toBeUndefined()
  })

  test('no error suggests what exists', async () => {
    const token = await restrictedWorld.token()
    for (const [query, variables] of [
      ['{ hallo }', {}],
      ['{ items(firts: 1) { level } }', {}],
      ['query ($filter: Filter) { filtered(filter: $filter) }', { filter: { nam: 'x' } }],
      ['query ($filter: Filter) { filtered(filter: $filter) }', { filter: { colour: 'REDD' } }],
      ['{ filtered(filter: { colour: REDD }) }', {}],
    ] as const) {
      const { errors } = await readResult(post(restrictedWorld.url, token, { query, variables }))
      expect(errors?.length, query).toBeGreaterThan(0)
      expect(JSON.stringify(errors), query).not.toMatch(/did you mean/i)
    }
    expect(JSON.stringify(await ask('{ hallo }'))).toContain('Did you mean')
  })

  test('GraphiQL is absent; elsewhere it needs nothing of the internet', async () => {
    const accept = { headers: { Accept: 'text/html' } }
    expect((await fetch(`${restrictedWorld.url}/graphql`, accept)).status).toBe(401)
    const page = await fetch(`${world.url}/graphql`, accept)
    expect(page.status).toBe(200)
    const html = await page.text()
    expect(html).toContain('Authorization')
    expect([...html.matchAll(/<(?:script|link)\b[^>]*(?:src|href)="https?:/g)]).toEqual([])
  })
})

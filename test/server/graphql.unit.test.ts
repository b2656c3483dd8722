import { getIntrospectionQuery } from 'graphql'
import { describe, expect } from 'vitest'
import { limits } from '../../src/server/plugins/limits.ts'
import { it as base } from './serverIt.ts'
import { post, readResult, type ServerWorld, type ServerWorldOptions } from './serverWorld.ts'

const it = base.extend(
  'serverOptions',
  { scope: 'file' },
  (): ServerWorldOptions => ({ corsOrigins: ['https://school.example'] }),
)
it.afterEach(({ world }) => void Object.assign(world.switches, { failContext: false, failUsers: false }))

const ask = async (world: ServerWorld, query: string, variables?: object) =>
  readResult(post(world.url, await world.token(), { query, variables }))

describe('authentication', () => {
  const expectRefused = async (response: Response) => {
    expect(response.status).toBe(401)
    expect(response.headers.get('WWW-Authenticate')).toBe('Bearer')
    expect(response.headers.get('Content-Type')).toContain('json')
    const { data, errors } = await readResult(response)
    expect(data).toBeUndefined()
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }])
  }

  it('refuses a POST without a token', async ({ world }) => {
    await expectRefused(await post(world.url, null, { query: '{ hello }' }))
  })

  it('refuses a GET without a token', async ({ world }) => {
    await expectRefused(await fetch(`${world.url}/graphql?query={hello}`, { headers: { Accept: 'application/json' } }))
  })

  it('refuses a forged token', async ({ world }) => {
    const [head, body] = (await world.token()).split('.')
    await expectRefused(await post(world.url, `${head}.${body}.${'A'.repeat(43)}`, { query: '{ hello }' }))
  })

  it('refuses a malformed token', async ({ world }) => {
    await expectRefused(await post(world.url, 'nonsense', { query: '{ hello }' }))
  })

  it('refuses an expired token', async ({ world }) => {
    await expectRefused(await post(world.url, await world.token({ expires: '1 minute ago' }), { query: '{ hello }' }))
  })

  it('refuses another authentication scheme', async ({ world }) => {
    await expectRefused(await post(world.url, null, { query: '{ hello }' }, { Authorization: 'Basic QTpC' }))
  })

  it('uses the role of the token of each request', async ({ world }) => {
    for (const [role, expectedRole] of [
      ['viewer', 'VIEWER'],
      ['admin', 'ADMIN'],
    ] as const)
      expect(await readResult(post(world.url, await world.token({ role }), { query: '{ role }' }))).toEqual({
        data: { role: expectedRole },
      })
  })

  it('masks a failure to load the user', async ({ world }) => {
    world.switches.failUsers = true
    const response = await post(world.url, await world.token(), { query: '{ hello }' })
    expect(response.status).toBe(500)
    const text = await response.text()
    expect(text).toContain('INTERNAL_SERVER_ERROR')
    expect(text).not.toContain('hunter2')
  })
})

describe('a request id', () => {
  const send = async (world: ServerWorld, headers = {}) =>
    post(world.url, await world.token(), { query: '{ requestId }' }, headers)

  it('is created by the server', async ({ world }) => {
    expect((await send(world)).headers.get('X-Request-Id')).toMatch(/^[0-9a-f-]{36}$/)
  })

  it('is passed to the resolvers', async ({ world }) => {
    const response = await send(world)
    expect(await readResult(response)).toEqual({ data: { requestId: response.headers.get('X-Request-Id') } })
  })

  it("is the client's own if it is harmless", async ({ world }) => {
    const { headers } = await send(world, { 'X-Request-Id': 'lms-4711:a' })
    expect(headers.get('X-Request-Id')).toBe('lms-4711:a')
  })

  it("is not the client's own if it is unsafe", async ({ world }) => {
    const { headers } = await send(world, { 'X-Request-Id': 'a b"<>' })
    expect(headers.get('X-Request-Id')).toMatch(/^[0-9a-f-]{36}$/)
  })
})

describe('an error', () => {
  it('keeps the message, code and path of a refusal', async ({ world }) => {
    expect(await ask(world, '{ missing }')).toMatchObject({
      data: { missing: null },
      errors: [{ message: 'There is no such media.', path: ['missing'], extensions: { code: 'NOT_FOUND' } }],
    })
  })

  it('names the invalid fields of an input', async ({ world }) => {
    expect(await ask(world, '{ invalid }')).toMatchObject({
      errors: [{ extensions: { code: 'INVALID_INPUT', fields: [{ path: 'name', message: 'is empty' }] } }],
    })
  })

  it('masks a bug, but names the request id', async ({ world }) => {
    const response = await post(world.url, await world.token(), { query: '{ bug }' })
    const id = response.headers.get('X-Request-Id')
    const text = await response.text()
    expect(text).not.toContain('hunter2')
    expect(JSON.parse(text)).toMatchObject({
      data: { bug: null },
      errors: [{ path: ['bug'], extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: id } }],
    })
  })

  it('is logged with its cause if it is a bug', async ({ world }) => {
    const { headers } = await post(world.url, await world.token(), { query: '{ bug }' })
    const id = headers.get('X-Request-Id')
    const line = world.logLines.find(({ fields }) => fields.requestId === id)
    expect(line?.fields.err).toMatchObject({ message: 'password=hunter2', cause: { message: 'the cause' } })
  })

  it('masks a value that does not fit its type', async ({ world }) => {
    const { errors } = await ask(world, '{ wrongOutput }')
    expect(JSON.stringify(errors)).not.toContain('hunter2')
    expect(errors).toMatchObject([{ path: ['wrongOutput'], extensions: { code: 'INTERNAL_SERVER_ERROR' } }])
  })

  it('masks a failure to create the context', async ({ world }) => {
    world.switches.failContext = true
    const response = await post(world.url, await world.token(), { query: '{ hello }' })
    const id = response.headers.get('X-Request-Id')
    expect(response.status).toBe(500)
    const text = await response.text()
    expect(text).not.toContain('hunter2')
    expect(JSON.parse(text)).toMatchObject({
      errors: [{ extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: id } }],
    })
  })

  it('is logged if the context cannot be created', async ({ world }) => {
    world.switches.failContext = true
    const { headers } = await post(world.url, await world.token(), { query: '{ hello }' })
    const id = headers.get('X-Request-Id')
    expect(world.logLines.some(({ fields }) => fields.requestId === id)).toBe(true)
  })

  it('names the value of an invalid variable', async ({ world }) => {
    const query = 'query ($first: Int) { items(first: $first) { level } }'
    const response = await post(world.url, await world.token(), { query, variables: { first: 'many' } })
    expect(await response.text()).toContain('many')
  })
})

describe('a mutation', () => {
  const query = 'mutation { touch }'
  const countRuns = (world: ServerWorld) => world.switches.touchCount

  it('runs by POST with JSON', async ({ world }) => {
    const runsBefore = countRuns(world)
    expect(await ask(world, query)).toEqual({ data: { touch: runsBefore + 1 } })
  })

  it('does not run by GET', async ({ world }) => {
    const runsBefore = countRuns(world)
    const url = `${world.url}/graphql?query=${encodeURIComponent(query)}`
    const headers = { Authorization: `Bearer ${await world.token()}`, Accept: 'application/json' }
    expect((await fetch(url, { headers })).status).toBe(405)
    expect((await fetch(url, { headers: { ...headers, Accept: 'text/event-stream' } })).status).toBe(405)
    expect(countRuns(world)).toBe(runsBefore)
  })

  it('does not run with a content type that other sites can send without a preflight', async ({ world }) => {
    const runsBefore = countRuns(world)
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
    expect(countRuns(world)).toBe(runsBefore)
  })

  const sendFrom = async (world: ServerWorld, Origin: string) =>
    post(world.url, await world.token(), { query }, { Origin, 'Sec-Fetch-Site': 'cross-site' })

  it('does not run from a page of a site that is not listed', async ({ world }) => {
    const runsBefore = countRuns(world)
    expect((await sendFrom(world, 'https://evil.example')).status).toBe(403)
    expect(countRuns(world)).toBe(runsBefore)
  })

  it('runs from a page of a listed site', async ({ world }) => {
    expect((await sendFrom(world, 'https://school.example')).status).toBe(200)
  })

  it('does not run from a list of operations', async ({ world }) => {
    const runsBefore = countRuns(world)
    const response = await post(world.url, await world.token(), [{ query }, { query }])
    expect(response.status).toBe(400)
    expect(countRuns(world)).toBe(runsBefore)
  })
})

describe('a request body', () => {
  it('is refused with 413 if its Content-Length is too large', async ({ world }) => {
    const query = `{ hello } # ${'x'.repeat(limits.bodyBytes)}`
    const response = await post(world.url, await world.token(), { query })
    expect(response.status).toBe(413)
    expect(await readResult(response)).toMatchObject({ errors: [{ extensions: { code: 'INVALID_INPUT' } }] })
  })

  it('is refused with 400 if it is not JSON', async ({ world }) => {
    expect((await post(world.url, await world.token(), '{ "query": ')).status).toBe(400)
  })
})

describe('CORS', () => {
  const preflight = (world: ServerWorld, origin: string) =>
    fetch(`${world.url}/graphql`, {
      method: 'OPTIONS',
      headers: {
        Origin: origin,
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'apollographql-client-name,authorization,traceparent',
      },
    })

  it('allows the preflight of a listed origin', async ({ world }) => {
    const preflightResponse = await preflight(world, 'https://school.example')
    expect(preflightResponse.status).toBe(204)
  })

  it('allows a listed origin the headers that its libraries add', async ({ world }) => {
    const { headers } = await preflight(world, 'https://school.example')
    expect(headers.get('Access-Control-Allow-Headers')).toBe('apollographql-client-name,authorization,traceparent')
  })

  it('lets a listed origin read the response', async ({ world }) => {
    const headers = { Origin: 'https://school.example' }
    const response = await post(world.url, await world.token(), { query: '{ hello }' }, headers)
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe('https://school.example')
  })

  it('sends no headers to another origin', async ({ world }) => {
    const preflightResponse = await preflight(world, 'https://evil.example')
    expect(preflightResponse.headers.get('Access-Control-Allow-Origin')).toBeNull()
  })
})

describe('a server in development', () => {
  it('answers introspection', async ({ world }) => {
    expect((await ask(world, getIntrospectionQuery())).errors).toBeUndefined()
  })

  it('suggests names in errors', async ({ world }) => {
    expect(JSON.stringify(await ask(world, '{ hallo }'))).toContain('Did you mean')
  })

  it('has a GraphiQL that loads nothing from the internet', async ({ world }) => {
    const page = await fetch(`${world.url}/graphql`, { headers: { Accept: 'text/html' } })
    expect(page.status).toBe(200)
    const html = await page.text()
    expect(html).toContain('Authorization')
    expect([...html.matchAll(/<(?:script|link)\b[^>]*(?:src|href)="https?:/g)]).toEqual([])
  })
})

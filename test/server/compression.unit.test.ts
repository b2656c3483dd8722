import { once } from 'node:events'
import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { type ContentCoding, negotiateCoding, sendCoded } from '../../src/server/compression.ts'
import { it as base } from './serverIt.ts'

test.for([
  ['gzip', 'gzip'],
  ['gzip, deflate', 'gzip'],
  ['gzip, deflate, br', 'br'],
  ['gzip, deflate, br, zstd', 'zstd'],
  ['GZIP', 'gzip'],
  ['x-gzip', 'gzip'],
  ['*', 'zstd'],
  ['zstd;q=0, *', 'br'],
  ['gzip;q=1.0, br;q=0.5', 'gzip'],
  ['gzip;q=0.5, identity;q=0.1', 'gzip'],
  ['identity;q=0, gzip', 'gzip'],
  ['gzip ; q=0.001', 'gzip'],
  ['gzip;q=0.5, identity', null],
  ['gzip;q=0', null],
  ['gzip;q=0.0000', null],
  ['gzip;q=2', null],
  ['gzip;q=', null],
  ['*;q=0', null],
  ['deflate', null],
  ['identity', null],
  ['', null],
  [undefined, null],
] as const)('Accept-Encoding %j leads to %j', ([header, coding]) => {
  expect(negotiateCoding(header)).toBe(coding)
})

const decoders: Record<ContentCoding, (bytes: Buffer) => Buffer> = {
  gzip: gunzipSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
}
const codings = Object.keys(decoders) as ContentCoding[] // as: keys of a literal

interface Reply {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
}

const createQuery = (aliasLength: number): string => {
  const aliases = Array.from({ length: 28 }, (_, index) => `alias_${'x'.repeat(aliasLength)}_${index}: level`)
  return `{ item { ${aliases.join(' ')} } }`
}

/** A query whose answer has about 2 KB. */
const longQuery = createQuery(60)
/** A query whose answer has about 56 KB, which is compressed outside the event loop. */
const veryLongQuery = createQuery(2000)

const it = base.extend('ask', ({ world }) => async (query: string, headers: OutgoingHttpHeaders, method = 'POST') => {
  const isPost = method === 'POST'
  const url = `${world.url}/graphql${isPost ? '' : `?query=${encodeURIComponent(query)}`}`
  const outgoing = request(url, {
    method,
    headers: {
      accept: 'application/json',
      authorization: `Bearer ${await world.token()}`,
      ...(isPost ? { 'content-type': 'application/json' } : {}),
      ...headers,
    },
  }).end(isPost ? JSON.stringify({ query }) : undefined)
  const [response] = await once(outgoing, 'response')
  const reply: Reply = { status: response.statusCode, headers: response.headers, body: await buffer(response) }
  return reply
})

/** Media types of answers without GraphQL Yoga's Response, from the second time on, and of those with one. */
const mediaTypes = ['application/json', 'application/graphql-response+json']

describe('an answer', () => {
  it.for(codings.flatMap((coding) => mediaTypes.map((accept) => [coding, accept] as const)))(
    'in %s as %s decodes to the same text',
    async ([coding, accept], { ask }) => {
      const plain = await ask(longQuery, { accept })
      const coded = await ask(longQuery, { accept, 'accept-encoding': coding })
      expect(coded.headers['content-encoding']).toBe(coding)
      expect(coded.headers['content-length']).toBe(String(coded.body.length))
      expect(coded.body.length).toBeLessThan(plain.body.length / 2)
      expect(decoders[coding](coded.body).equals(plain.body)).toBe(true)
    },
  )

  it.for(codings)('in %s may be long', async (coding, { ask }) => {
    const plain = await ask(veryLongQuery, {})
    expect(plain.body.length).toBeGreaterThan(50_000)
    const coded = await ask(veryLongQuery, { 'accept-encoding': coding })
    expect(decoders[coding](coded.body).equals(plain.body)).toBe(true)
  })

  it('is not compressed for a client that does not ask for it', async ({ ask }) => {
    const { headers, body } = await ask(longQuery, {})
    expect(headers['content-encoding']).toBeUndefined()
    expect(JSON.parse(body.toString()).data).toBeTypeOf('object')
  })

  it.for(mediaTypes)('as %s tells caches that its coding depends on the request', async (accept, { ask }) => {
    for (const headers of [{}, { 'accept-encoding': 'gzip' }])
      expect((await ask(longQuery, { accept, ...headers })).headers.vary).toContain('Accept-Encoding')
  })

  it('of a few bytes is not compressed', async ({ ask }) => {
    expect((await ask('{ hello }', { 'accept-encoding': 'gzip' })).headers['content-encoding']).toBeUndefined()
  })

  it('with errors is compressed, too', async ({ ask }) => {
    const query = longQuery.replace('{', '{ missing')
    const { headers, body } = await ask(query, { 'accept-encoding': 'gzip' })
    expect(headers['content-encoding']).toBe('gzip')
    expect(JSON.parse(gunzipSync(body).toString()).errors).toHaveLength(1)
  })
})

describe('a query over GET', () => {
  const readTag = ({ headers }: Reply) => headers.etag ?? ''

  it('has another ETag in each coding', async ({ ask }) => {
    const tags = [readTag(await ask(longQuery, {}, 'GET'))]
    for (const coding of codings) tags.push(readTag(await ask(longQuery, { 'accept-encoding': coding }, 'GET')))
    expect(new Set(tags).size).toBe(4)
  })

  it.for(codings)('in %s is answered with 304 to its ETag', async (coding, { ask }) => {
    const headers = { 'accept-encoding': coding }
    const tag = readTag(await ask(longQuery, headers, 'GET'))
    const reply = await ask(longQuery, { ...headers, 'if-none-match': tag }, 'GET')
    expect([reply.status, reply.body.length, readTag(reply)]).toEqual([304, 0, tag])
    expect(reply.headers.vary).toContain('Accept-Encoding')
    expect(reply.headers['content-encoding']).toBeUndefined()
  })

  it('in another coding is answered with its data', async ({ ask }) => {
    const tag = readTag(await ask(longQuery, { 'accept-encoding': 'gzip' }, 'GET'))
    expect((await ask(longQuery, { 'if-none-match': tag }, 'GET')).status).toBe(200)
  })
})

it('an event stream is neither compressed nor held back', async ({ world }) => {
  const response = await fetch(`${world.url}/graphql`, {
    method: 'POST',
    headers: {
      accept: 'text/event-stream',
      'accept-encoding': 'zstd, br, gzip',
      authorization: `Bearer ${await world.token()}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ query: 'subscription { forever }' }),
  })
  expect(response.headers.get('content-encoding')).toBeNull()
  // The source stays open after its first event.
  let text = ''
  for await (const part of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += part
    if (text.includes('"forever":1')) break
  }
  expect(text).toContain('event: next')
})

it('the page of GraphiQL is compressed', async ({ world }) => {
  const response = await fetch(`${world.url}/graphql`, { headers: { accept: 'text/html', 'accept-encoding': 'gzip' } })
  expect(response.headers.get('content-encoding')).toBe('gzip')
  expect(await response.text()).toContain('<!')
})

test('bytes that were compressed before are sent again', async () => {
  const sent: unknown[] = []
  const headers = new Map<string, unknown>()
  const res = { destroyed: false, setHeader: headers.set.bind(headers), end: (body: unknown) => sent.push(body) }
  const forms = new Map<ContentCoding, Buffer>()
  const text = 'x'.repeat(5000)
  await sendCoded(res as unknown as ServerResponse, text, 'gzip', forms) // as: all that is used
  await sendCoded(res as unknown as ServerResponse, text, 'gzip', forms) // as: see above
  expect(sent[1]).toBe(sent[0])
  expect(gunzipSync(sent[0] as Buffer).toString()).toBe(text) // as: sent above
})

test('nothing is sent to a client that has left while its answer was compressed', async () => {
  const sent: unknown[] = []
  const res = { destroyed: true, setHeader: () => undefined, end: (body: unknown) => sent.push(body) }
  await sendCoded(res as unknown as ServerResponse, 'x'.repeat(5000), 'gzip') // as: all that is used
  expect(sent).toEqual([])
})

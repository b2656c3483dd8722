import { createHash } from 'node:crypto'
import { documentKinds, documents, repeat, values } from './hostileDocuments.ts'
import type { Random } from './random.ts'

/** A request to /graphql as bytes, which a library might refuse to send. */
export interface HostileRequest {
  kind: string
  method: string
  path: string
  headers: Record<string, string>
  body: Buffer | null
}

/** JSON bodies that are hostile around a document. */
const bodyKinds: Record<string, (random: Random) => unknown> = {
  'random variables': (random) => ({
    query: random.one(documents),
    operationName: random.one([undefined, null, '', 'A', 'B', 'Q', 'x'.repeat(9999), 7]),
    variables: Object.fromEntries(
      random
        .some(['id', 'first', 'input', 'ids', '__proto__', 'constructor'], 0.5)
        .map((name) => [name, random.one(values)]),
    ),
  }),
  'parameters of wrong types': (random) => ({
    query: random.one([...values, random.one(documents)]),
    variables: random.one(values),
    operationName: random.one(values),
    extensions: random.one(values),
  }),
  batch: (random) => Array.from({ length: random.one([0, 1, 2, 1000]) }, () => ({ query: random.one(documents) })),
  'no object': (random) => random.one(values),
  'persisted query': (random) => {
    const query = random.one([...documents, '', undefined, 7])
    const hash = createHash('sha256').update(String(query)).digest('hex')
    return {
      query,
      extensions: {
        persistedQuery: random.one([
          { version: 1, sha256Hash: hash },
          { version: 1, sha256Hash: random.one(values) },
          { version: random.one(values), sha256Hash: hash },
          random.one(values),
          { version: 1, sha256Hash: '__proto__' },
        ]),
      },
    }
  },
  'unknown parameters': (random) => ({
    query: random.one(documents),
    id: random.one(values),
    doc_id: 1,
    __proto__: { query: 1 },
  }),
}

const json = { accept: 'application/json', 'content-type': 'application/json' }

const post = (kind: string, body: Buffer | string, headers: Record<string, string> = {}): HostileRequest => ({
  kind,
  method: 'POST',
  path: '/graphql',
  headers: { ...json, ...headers },
  body: Buffer.from(body),
})

const acceptTypes = [
  '*/*',
  '',
  'text/html',
  'application/graphql-response+json',
  'application/json;q=0',
  'text/event-stream',
  'image/png',
  'multipart/mixed; deferSpec=20220824',
  ',;,',
  'application/json;q=abc',
  'x'.repeat(3000),
]

/** Bytes and headers that are hostile around a body. */
const requestKinds: Record<string, (random: Random) => HostileRequest> = {
  'media type': (random) =>
    post('', JSON.stringify({ query: random.one(documents) }), {
      'content-type': random.one([
        'text/plain',
        'application/graphql',
        'multipart/form-data; boundary=x',
        'application/x-www-form-urlencoded',
        'application/json; charset=utf-16',
        'application/json; charset="utf-8"',
        ';',
        'application/json,text/plain',
        'APPLICATION/JSON',
      ]),
    }),
  'broken UTF-8': (random) => {
    const body = Buffer.from(JSON.stringify({ query: random.one(documents) }))
    for (let count = random.integer(1, 4); count > 0; count--)
      body[random.integer(0, body.length - 1)] = random.one([0x80, 0xc0, 0xff, 0xf8, 0xed, 0])
    return post('', body)
  },
  'broken JSON': (random) =>
    post(
      '',
      random.one([
        '{',
        '[',
        '"',
        '{"query"',
        'nul',
        '{"query":"{ viewer { id } }"}}',
        '{"query":1e999}',
        `${repeat('[', 100_000)}`,
        `{"variables":${repeat('{"a":', 50_000)}1`,
        '\0',
        '{"query":"\\ud800"}',
      ]),
    ),
  'repeated keys': () =>
    post('', '{"query":"{ viewer { id } }","query":"{ tags { name } }","variables":{},"variables":null}'),
  'accept header': (random) =>
    post('', JSON.stringify({ query: random.one(documents) }), { accept: random.one(acceptTypes) }),
  'odd headers': (random) =>
    post('', JSON.stringify({ query: random.one(documents) }), {
      [random.one([
        'idempotency-key',
        'x-request-id',
        'origin',
        'if-none-match',
        'content-encoding',
        'x-forwarded-for',
        'authorization',
        'cookie',
        'range',
        'accept-encoding',
        'x-http-method-override',
      ])]: random.one([
        '',
        '"',
        'null',
        'a'.repeat(5000),
        '*',
        '\u00ff',
        'gzip',
        'Bearer',
        'Bearer a.b.c',
        '1, 2',
        'bytes=0-',
      ]),
    }),
  GET: (random) => {
    const search = new URLSearchParams()
    for (const name of random.some(['query', 'query', 'variables', 'operationName', 'extensions', 'unknown'], 0.6))
      search.append(
        name,
        name === 'query' && random.chance(0.6)
          ? random.one(documents)
          : String(JSON.stringify(random.one(values)) ?? '').slice(0, 4000),
      )
    return {
      kind: '',
      method: 'GET',
      path: `/graphql?${search}`,
      headers: { accept: random.one(['application/json', ...acceptTypes.slice(0, -1)]) },
      body: null,
    }
  },
  'broken URL': (random) => ({
    kind: '',
    method: random.one(['GET', 'POST']),
    path: `/graphql${random.one(['?%', '?query=%ff%fe', '?query=%00', '?&&=&', '?query[]=1', '/', '//', '/%2e%2e/', `?query=${repeat('a', 9000)}`])}`,
    headers: json,
    body: null,
  }),
  'other method': (random) => ({
    kind: '',
    method: random.one(['PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND']),
    path: '/graphql',
    headers: json,
    body: null,
  }),
  'large body': (random) => post('', Buffer.alloc(random.one([2 ** 20 - 1, 2 ** 20 + 1, 2 ** 21]), 'a')),
}

const documentNames = Object.keys(documentKinds)
const bodyNames = Object.keys(bodyKinds)
const requestNames = Object.keys(requestKinds)

/** Creates one hostile request of a random kind. */
export const createHostileRequest = (random: Random): HostileRequest => {
  const kind = random.one([...documentNames, ...bodyNames, ...requestNames])
  const makeRequest = requestKinds[kind]
  if (makeRequest) return { ...makeRequest(random), kind }
  const makeDocument = documentKinds[kind]
  const body = makeDocument
    ? { query: makeDocument(random), variables: random.one([undefined, {}, { id: 'Media:1', ids: [] }]) }
    : bodyKinds[kind]?.(random)
  return post(kind, JSON.stringify(body) ?? '', random.chance(0.2) ? { accept: random.one(acceptTypes) } : {})
}

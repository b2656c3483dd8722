import type { Client } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { limits } from '../../../src/server/plugins/limits.ts'
import {
  type GraphqlResult,
  overSocket,
  post,
  readEvents,
  readResult,
  type ServerWorld,
  startServerWorld,
} from '../serverWorld.ts'

let world: ServerWorld
let token: string
let client: Client

beforeAll(async () => {
  world = await startServerWorld()
  token = await world.token()
  client = world.connect(token)
})
afterAll(() => world.close())

const byGet = (query: string, accept: string): Promise<Response> =>
  fetch(`${world.url}/graphql?${new URLSearchParams({ query })}`, {
    headers: { Authorization: `Bearer ${token}`, Accept: accept },
  })

const readFirstEvent = async (response: Response): Promise<GraphqlResult> => {
  if (response.headers.get('Content-Type')?.includes('json')) return readResult(response)
  for await (const event of readEvents(response)) return event
  return {}
}

/** The same operation over all that can carry it. */
const runOnEveryTransport = async (query: string): Promise<[string, GraphqlResult][]> => [
  ['POST', await readResult(post(world.url, token, { query }))],
  ['GET', await readResult(byGet(query, 'application/json'))],
  ['SSE by POST', await readFirstEvent(await post(world.url, token, { query }, { Accept: 'text/event-stream' }))],
  ['SSE by GET', await readFirstEvent(await byGet(query, 'text/event-stream'))],
  ['WebSocket', (await overSocket(client, { query }))[0] ?? {}],
]

const nestQuery = (levels: number): string =>
  `{ item ${'{ down '.repeat(levels - 2)}{ level }${' }'.repeat(levels - 1)}`
const repeatPart = (count: number, part: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => part(index)).join(' ')

/** What just passes, and what is just too much. */
const limitCases = [
  { name: 'depth', passes: nestQuery(limits.depth), refused: nestQuery(limits.depth + 1) },
  {
    name: 'depth through fragments',
    passes: `${nestQuery(limits.depth - 1).replace('level', '...f')} fragment f on Item { down { level } }`,
    refused: `${nestQuery(limits.depth).replace('level', '...f')} fragment f on Item { down { level } }`,
  },
  {
    name: 'aliases',
    passes: `{ item { ${repeatPart(limits.aliases, (index) => `a${index}: level`)} } }`,
    refused: `{ item { ${repeatPart(limits.aliases + 1, (index) => `a${index}: level`)} } }`,
  },
  {
    name: 'directives',
    passes: `{ hello ${'@include(if: true) '.repeat(1)} item { ${repeatPart(limits.directives - 1, () => 'level @skip(if: false)')} } }`,
    refused: `{ item { ${repeatPart(limits.directives + 1, () => 'level @skip(if: false)')} } }`,
  },
  {
    name: 'root fields',
    passes: `{ ${repeatPart(limits.rootFields, (index) => `a${index}: hello`)} }`,
    refused: `{ ...f ${repeatPart(limits.rootFields, (index) => `a${index}: hello`)} } fragment f on Query { ... { role } }`,
  },
  {
    name: 'tokens',
    passes: `{ sum(of: [${'1 '.repeat(limits.tokens - 9)}]) }`,
    refused: `{ sum(of: [${'1 '.repeat(limits.tokens - 8)}]) }`,
  },
  {
    name: 'cost',
    passes: '{ items(first: 100) { items(first: 100) { level } } }',
    refused: '{ items(first: 100) { items(first: 100) { items(first: 100) { level } } } }',
  },
]

describe.each(limitCases)('the limit of $name', ({ passes: accepted, refused: rejected }) => {
  test('lets pass what is just within, on every transport', async () => {
    for (const [transport, { data, errors }] of await runOnEveryTransport(accepted)) {
      expect(errors, transport).toBeUndefined()
      expect(data, transport).toBeTruthy()
    }
  })

  test('refuses what is just beyond in the same words, on every transport', async () => {
    const answers = await runOnEveryTransport(rejected)
    const message = answers[0]?.[1].errors?.[0]?.message
    expect(message).toBeTruthy()
    expect(message).not.toContain('Syntax Error')
    for (const [transport, { data, errors }] of answers) {
      expect(data, transport).toBeFalsy()
      expect(errors, transport).toHaveLength(1)
      expect(errors?.[0], transport).toMatchObject({ message, extensions: { code: 'INVALID_INPUT' } })
      expect(errors?.[0]?.extensions, transport).not.toHaveProperty('http')
    }
  })
})

describe('the cost', () => {
  const query = `
    query Cheap { hello }
    query Listed($first: Int) { items(first: $first) { items(first: $first) { items(first: 10) { level } } } }`
  const run = (operationName: string, variables: object = {}) =>
    readResult(post(world.url, token, { query, operationName, variables }))

  test('is that of the operation that runs, with its variables', async () => {
    expect((await run('Cheap')).errors).toBeUndefined()
    expect((await run('Listed', { first: 10 })).errors).toBeUndefined()
    expect(await run('Listed', { first: 100 })).toMatchObject({ errors: [{ extensions: { code: 'INVALID_INPUT' } }] })
  })

  test('of a subscription counts too, on both transports', async () => {
    const tooMuch = 'subscription { items(first: 100) { items(first: 100) { items(first: 100) { level } } } }'
    const rejected = { errors: [{ extensions: { code: 'INVALID_INPUT' } }] }
    expect(await overSocket(client, { query: tooMuch })).toMatchObject([rejected])
    expect(await readFirstEvent(await byGet(tooMuch, 'text/event-stream'))).toMatchObject(rejected)
    expect(await overSocket(client, { query: 'subscription { items(first: 1) { level } }' })).toEqual([
      { data: { items: [{ level: 0 }] } },
    ])
  })
})

test('introspection that nests without end is refused', async () => {
  const query = `{ __schema { types { ${'fields { type { '.repeat(5)} name ${'} }'.repeat(5)} } } }`
  for (const [transport, { errors }] of await runOnEveryTransport(query))
    expect(errors?.length, transport).toBeGreaterThan(0)
})

test('a fragment that spreads itself is refused', async () => {
  const query = '{ ...a } fragment a on Query { hello ...b } fragment b on Query { ...a }'
  for (const [transport, { errors }] of await runOnEveryTransport(query))
    expect(errors?.length, transport).toBeGreaterThan(0)
})

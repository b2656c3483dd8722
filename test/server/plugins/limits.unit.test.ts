import type { Client } from 'graphql-ws'
import { describe, expect } from 'vitest'
import { limits } from '../../../src/server/plugins/limits.ts'
import { it as base } from '../serverIt.ts'
import { type GraphqlResult, overSocket, post, readEvents, readResult, type ServerWorld } from '../serverWorld.ts'

/** Client that sends operations over every transport. */
interface Sender {
  world: ServerWorld
  token: string
  client: Client
}

const it = base.extend('sender', { scope: 'file' }, async ({ world }): Promise<Sender> => {
  const token = await world.token()
  return { world, token, client: world.connect(token) }
})

const byGet = ({ world, token }: Sender, query: string, accept: string): Promise<Response> =>
  fetch(`${world.url}/graphql?${new URLSearchParams({ query })}`, {
    headers: { Authorization: `Bearer ${token}`, Accept: accept },
  })

const readFirstEvent = async (response: Response): Promise<GraphqlResult> => {
  if (response.headers.get('Content-Type')?.includes('json')) return readResult(response)
  for await (const event of readEvents(response)) return event
  return {}
}

/** Runs the same operation over every transport. */
const runOnEveryTransport = async (sender: Sender, query: string): Promise<[string, GraphqlResult][]> => {
  const { world, token, client } = sender
  return [
    ['POST', await readResult(post(world.url, token, { query }))],
    ['GET', await readResult(byGet(sender, query, 'application/json'))],
    ['SSE by POST', await readFirstEvent(await post(world.url, token, { query }, { Accept: 'text/event-stream' }))],
    ['SSE by GET', await readFirstEvent(await byGet(sender, query, 'text/event-stream'))],
    ['WebSocket', (await overSocket(client, { query }))[0] ?? {}],
  ]
}

const nestQuery = (levels: number): string =>
  `{ item ${'{ down '.repeat(levels - 2)}{ level }${' }'.repeat(levels - 1)}`
const repeatPart = (count: number, part: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => part(index)).join(' ')

/** Largest accepted and smallest refused operation for each limit. */
const limitCases = [
  { name: 'depth', accepted: nestQuery(limits.depth), rejected: nestQuery(limits.depth + 1) },
  {
    name: 'depth through fragments',
    accepted: `${nestQuery(limits.depth - 1).replace('level', '...f')} fragment f on Item { down { level } }`,
    rejected: `${nestQuery(limits.depth).replace('level', '...f')} fragment f on Item { down { level } }`,
  },
  {
    name: 'aliases',
    accepted: `{ item { ${repeatPart(limits.aliases, (index) => `a${index}: level`)} } }`,
    rejected: `{ item { ${repeatPart(limits.aliases + 1, (index) => `a${index}: level`)} } }`,
  },
  {
    name: 'directives',
    accepted: `{ hello ${'@include(if: true) '.repeat(1)} item { ${repeatPart(limits.directives - 1, () => 'level @skip(if: false)')} } }`,
    rejected: `{ item { ${repeatPart(limits.directives + 1, () => 'level @skip(if: false)')} } }`,
  },
  {
    name: 'root fields',
    accepted: `{ ${repeatPart(limits.rootFields, (index) => `a${index}: hello`)} }`,
    rejected: `{ ...f ${repeatPart(limits.rootFields, (index) => `a${index}: hello`)} } fragment f on Query { ... { role } }`,
  },
  {
    name: 'tokens',
    accepted: `{ sum(of: [${'1 '.repeat(limits.tokens - 9)}]) }`,
    rejected: `{ sum(of: [${'1 '.repeat(limits.tokens - 8)}]) }`,
  },
  {
    name: 'cost',
    accepted: '{ items(first: 100) { items(first: 100) { level } } }',
    rejected: '{ items(first: 100) { items(first: 100) { items(first: 100) { level } } } }',
  },
]

describe.each(limitCases)('the limit of $name', ({ accepted, rejected }) => {
  it('accepts an operation at the limit on every transport', async ({ sender }) => {
    for (const [transport, { data, errors }] of await runOnEveryTransport(sender, accepted)) {
      expect(errors, transport).toBeUndefined()
      expect(data, transport).toBeTruthy()
    }
  })

  it('refuses an operation beyond the limit with the same message on every transport', async ({ sender }) => {
    const answers = await runOnEveryTransport(sender, rejected)
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

describe('the cost limit', () => {
  const query = `
    query Cheap { hello }
    query Listed($first: Int) { items(first: $first) { items(first: $first) { items(first: 10) { level } } } }`
  const run = ({ world, token }: Sender, operationName: string, variables: object = {}) =>
    readResult(post(world.url, token, { query, operationName, variables }))

  it('ignores other operations of the document', async ({ sender }) => {
    expect((await run(sender, 'Cheap')).errors).toBeUndefined()
  })

  it('depends on the variables', async ({ sender }) => {
    expect((await run(sender, 'Listed', { first: 10 })).errors).toBeUndefined()
    expect(await run(sender, 'Listed', { first: 100 })).toMatchObject({
      errors: [{ extensions: { code: 'INVALID_INPUT' } }],
    })
  })

  it('applies to subscriptions on both transports', async ({ sender }) => {
    const tooMuch = 'subscription { items(first: 100) { items(first: 100) { items(first: 100) { level } } } }'
    const rejected = { errors: [{ extensions: { code: 'INVALID_INPUT' } }] }
    expect(await overSocket(sender.client, { query: tooMuch })).toMatchObject([rejected])
    expect(await readFirstEvent(await byGet(sender, tooMuch, 'text/event-stream'))).toMatchObject(rejected)
    expect(await overSocket(sender.client, { query: 'subscription { items(first: 1) { level } }' })).toEqual([
      { data: { items: [{ level: 0 }] } },
    ])
  })
})

it('refuses deeply nested introspection', async ({ sender }) => {
  const query = `{ __schema { types { ${'fields { type { '.repeat(5)} name ${'} }'.repeat(5)} } } }`
  for (const [transport, { errors }] of await runOnEveryTransport(sender, query))
    expect(errors?.length, transport).toBeGreaterThan(0)
})

it('refuses a fragment that spreads itself', async ({ sender }) => {
  const query = '{ ...a } fragment a on Query { hello ...b } fragment b on Query { ...a }'
  for (const [transport, { errors }] of await runOnEveryTransport(sender, query))
    expect(errors?.length, transport).toBeGreaterThan(0)
})

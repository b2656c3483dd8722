import { describe, expect } from 'vitest'
import { it } from './serverIt.ts'
import { post, readResult } from './serverWorld.ts'

const nest = (depth: number): string => `${'['.repeat(depth)}1${']'.repeat(depth)}`

describe('a request that is nested too deeply for the stack', () => {
  it.for<[string, string]>([
    ['in its document', JSON.stringify({ query: `{ items(first: ${nest(40_000)}) { level } }` })],
    ['in its variables', `{"query":"query ($of: [Int!]!) { sum(of: $of) }","variables":{"of":${nest(40_000)}}}`],
    ['in an unused variable', `{"query":"{ hello }","variables":{"unused":${nest(40_000)}}}`],
  ])('%s is no bug', async ([, body], { world }) => {
    const token = await world.token()
    for (const accept of ['application/json', 'application/json', 'application/graphql-response+json']) {
      const text = await (await post(world.url, token, body, { Accept: accept })).text()
      expect(text).not.toContain('INTERNAL_SERVER_ERROR')
    }
    expect(await readResult(post(world.url, token, { query: '{ hello }' }))).toEqual({ data: { hello: 'world' } })
  })
})

describe('a GET', () => {
  it.for(['variables', 'extensions'])('whose %s are not JSON is refused', async (name, { world }) => {
    const search = new URLSearchParams({ query: '{ hello }', [name]: '{' })
    const headers = { Accept: 'application/json', Authorization: `Bearer ${await world.token()}` }
    const response = await fetch(`${world.url}/graphql?${search}`, { headers })
    expect([response.status, await readResult(response)]).toMatchObject([
      400,
      {
        errors: [
          { message: `The parameter "${name}" is not JSON. Send it as JSON.`, extensions: { code: 'INVALID_INPUT' } },
        ],
      },
    ])
  })
})

import { createHash } from 'node:crypto'
import { describe, expect } from 'vitest'
import { it } from '../serverIt.ts'
import { post } from '../serverWorld.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
const extensionsFor = (text: string) => ({ persistedQuery: { version: 1, sha256Hash: sha256(text) } })

describe('a persisted query', () => {
  it.for([5, true, ['{ hello }'], { text: '{ hello }' }])(
    'whose document is %j is refused like one without a hash',
    async (query, { world }) => {
      const token = await world.token()
      const plain = await post(world.url, token, { query })
      const persisted = await post(world.url, token, { query, extensions: extensionsFor('{ hello }') })
      expect([persisted.status, await persisted.json()]).toEqual([plain.status, await plain.json()])
      expect(persisted.status).toBe(400)
      expect(world.logLines).toEqual([])
    },
  )

  it('runs by GET with its hash alone', async ({ world }) => {
    const document = '{ hello } # by GET'
    const get = async (parameters: Record<string, string>) => {
      const search = new URLSearchParams({ extensions: JSON.stringify(extensionsFor(document)), ...parameters })
      const authorization = `Bearer ${await world.token()}`
      return (await fetch(`${world.url}/graphql?${search}`, { headers: { authorization } })).json()
    }
    expect(await get({})).toMatchObject({ errors: [{ message: 'PersistedQueryNotFound' }] })
    expect(await get({ query: document })).toEqual({ data: { hello: 'world' } })
    expect(await get({})).toEqual({ data: { hello: 'world' } })
  })

  it('that is a mutation does not run by GET', async ({ world }) => {
    const document = 'mutation { __typename }'
    const extensions = extensionsFor(document)
    const token = await world.token()
    expect((await post(world.url, token, { query: document, extensions })).status).toBe(200)
    const search = new URLSearchParams({ extensions: JSON.stringify(extensions) })
    const response = await fetch(`${world.url}/graphql?${search}`, { headers: { authorization: `Bearer ${token}` } })
    expect(response.status).toBe(405)
  })
})

import { createHash } from 'node:crypto'
import { ApolloClient, gql, HttpLink, InMemoryCache } from '@apollo/client'
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries'
import { cacheExchange, fetchExchange, Client as UrqlClient } from '@urql/core'
import { createClient } from 'graphql-ws'
import { describe, expect } from 'vitest'
import { WebSocket } from 'ws'
import { it } from './serverIt.ts'
import { post, readResult, type ServerWorld } from './serverWorld.ts'

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')

/** Sends only the hash of a document, or both. */
const postPersisted = async (world: ServerWorld, hash: string, query?: string) => {
  const extensions = { persistedQuery: { version: 1, sha256Hash: hash } }
  return readResult(await post(world.url, await world.token(), { query, extensions }))
}

describe('automatic persisted queries', () => {
  it('answer an unknown hash in the words of the protocol', async ({ world }) => {
    expect(await postPersisted(world, sha256('{ hello } #1'))).toMatchObject({
      errors: [{ message: 'PersistedQueryNotFound', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }],
    })
  })

  it('run a document by the hash with which it was sent before', async ({ world }) => {
    const query = '{ hello } #2'
    expect(await postPersisted(world, sha256(query), query)).toEqual({ data: { hello: 'world' } })
    expect(await postPersisted(world, sha256(query))).toEqual({ data: { hello: 'world' } })
  })

  it('refuse a document under the hash of another', async ({ world }) => {
    const hash = sha256('{ hello } #3')
    expect(await postPersisted(world, hash, '{ hello } #4')).toMatchObject({
      errors: [{ extensions: { code: 'PERSISTED_QUERY_HASH_MISMATCH' } }],
    })
    expect(await postPersisted(world, hash)).toMatchObject({
      errors: [{ extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }],
    })
  })
})

describe('a client as its documentation shows it', () => {
  it('Apollo Client queries with persisted queries', async ({ world }) => {
    const headers = { authorization: `Bearer ${await world.token()}` }
    const http = new HttpLink({ uri: `${world.url}/graphql`, headers })
    const link = new PersistedQueryLink({ sha256 }).concat(http)
    const client = new ApolloClient({ link, cache: new InMemoryCache() })
    const query = () => client.query({ query: gql('{ hello }'), fetchPolicy: 'no-cache' })
    expect((await query()).data).toEqual({ hello: 'world' })
    expect((await query()).data).toEqual({ hello: 'world' })
    client.stop()
  })

  it('urql queries', async ({ world }) => {
    const fetchOptions = { headers: { authorization: `Bearer ${await world.token()}` } }
    const exchanges = [cacheExchange, fetchExchange]
    const client = new UrqlClient({ url: `${world.url}/graphql`, exchanges, fetchOptions, preferGetMethod: false })
    expect((await client.query('{ hello }', {}).toPromise()).data).toMatchObject({ hello: 'world' })
  })

  it('graphql-ws continues to subscribe with a new token after the first has expired', async ({ world }) => {
    const tokens = [await world.token({ expires: '3 seconds ago' }), await world.token()]
    const client = createClient({
      url: world.socketUrl,
      webSocketImpl: WebSocket,
      connectionParams: () => ({ authorization: `Bearer ${tokens.shift()}` }),
      retryWait: async () => undefined,
    })
    const closeCodes: number[] = []
    client.on('closed', (event) => closeCodes.push((event as { code: number }).code)) // as: typed as unknown
    const connected: unknown[] = []
    client.on('connected', (socket) => connected.push(socket))
    const events = client.iterate({ query: 'subscription { forever }' })
    const first = events.next()
    await expect.poll(() => connected.length, { timeout: 10_000 }).toBe(2)
    expect(closeCodes).toEqual([4403])
    await client.dispose()
    await first.catch(() => undefined) // the client was disposed
  })
})

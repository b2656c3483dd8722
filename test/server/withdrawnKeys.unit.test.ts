import { describe, expect } from 'vitest'
import { createAuthenticator } from '../../src/adapters/auth.ts'
import { createSigningKey, issueToken, startKeySet } from '../harness/keySet.ts'
import { it as base, startServer } from './serverIt.ts'
import { overSocket, post, readResult } from './serverWorld.ts'
import { openSocket, sendMessage, waitForClose } from './websocket/sockets.ts'

/** Server that has accepted a token several times, before its key was withdrawn and the server saw the new key. */
const it = base.extend(
  'rotated',
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  async ({}, { onCleanup }) => {
    const keySet = await startKeySet()
    onCleanup(() => keySet.close())
    const [first, second] = [await createSigningKey('first'), await createSigningKey('second')]
    const [token, newToken] = [await issueToken(first), await issueToken(second)]
    await keySet.publish(first)
    const authenticator = createAuthenticator({ type: 'jwks', url: keySet.url }, { cooldownMs: 0 })
    const world = await startServer({ authenticator })
    const ask = (withToken: string, accept = 'application/json') =>
      post(world.url, withToken, { query: '{ hello }' }, { Accept: accept })
    for (const _ of [1, 2, 3]) expect(await readResult(ask(token))).toEqual({ data: { hello: 'world' } })
    expect(await overSocket(world.connect(token), { query: '{ hello }' })).toEqual([{ data: { hello: 'world' } }])
    await keySet.publish(second)
    expect(await readResult(ask(newToken))).toEqual({ data: { hello: 'world' } })
    return { world, token, newToken, ask }
  },
)

const refused = { errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] }

describe('a token whose key was withdrawn', () => {
  it.for(['application/json', 'application/graphql-response+json', 'text/event-stream'])(
    'is refused at once by POST with %s',
    async (accept, { rotated: { ask, token } }) => {
      const response = await ask(token, accept)
      expect(response.status).toBe(401)
      expect(await readResult(response)).toMatchObject(refused)
    },
  )

  it('is refused at once by GET', async ({ rotated: { world, token } }) => {
    const headers = { Accept: 'application/json', Authorization: `Bearer ${token}` }
    expect((await fetch(`${world.url}/graphql?query={hello}`, { headers })).status).toBe(401)
  })

  it('opens no event stream', async ({ rotated: { world, token } }) => {
    const headers = { Accept: 'text/event-stream' }
    const response = await post(world.url, token, { query: 'subscription { forever }' }, headers)
    expect([response.status, await readResult(response)]).toMatchObject([401, refused])
    expect(world.switches.totalSources).toBe(0)
  })

  it('opens no socket', async ({ rotated: { world, token, newToken } }) => {
    const socket = await openSocket(world)
    sendMessage(socket, { type: 'connection_init', payload: { authorization: `Bearer ${token}` } })
    expect((await waitForClose(socket)).code).toBe(4401)
    expect(await overSocket(world.connect(newToken), { query: '{ hello }' })).toEqual([{ data: { hello: 'world' } }])
  })
})

describe('a token that expires', () => {
  it('is refused on a connection that it was accepted on', async ({ world }) => {
    const token = await world.token({ expires: '3 seconds ago' })
    const ask = async () =>
      (await post(world.url, token, { query: '{ hello }' }, { Accept: 'application/json' })).status
    expect(await ask()).toBe(200)
    await expect.poll(ask, { timeout: 20_000 }).toBe(401)
  })
})

import { it as base, describe, expect } from 'vitest'
import { createAuthenticator } from '../../src/adapters/auth.ts'
import { createMemoryPubSub } from '../../src/adapters/pubsub/memory.ts'
import type { TokenKeysOptions } from '../../src/adapters/tokenKeys.ts'
import type { Logger } from '../../src/services/kernel/ports.ts'
import { createSigningKey, issueToken, startKeySet } from '../harness/keySet.ts'
import { startServer } from './serverIt.ts'
import { post, readEvents, readResult, type ServerWorld } from './serverWorld.ts'
import { sendTick, waitForSources } from './smallSchema.ts'
import { openSocket, receive, sendMessage, subscribe, waitForClose } from './websocket/sockets.ts'

const log: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {}, child: () => log }
const tickQuery = 'subscription { ticks { text } }'

/** Key set of an issuer that has published its first key, with servers that know it. */
const it = base.extend(
  'issuer',
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  async ({}, { onCleanup }) => {
    const keySet = await startKeySet()
    onCleanup(() => keySet.close())
    const [first, second] = [await createSigningKey('first'), await createSigningKey('second')]
    await keySet.publish(first)
    const start = (options: TokenKeysOptions = {}) =>
      startServer({
        authenticator: createAuthenticator({ type: 'jwks', url: keySet.url }, { cooldownMs: 0, ...options }),
      })
    const ask = async (world: ServerWorld) =>
      readResult(post(world.url, await issueToken(second), { query: '{ hello }' }))
    return { keySet, first, second, start, ask, token: await issueToken(first) }
  },
)

const openSubscription = async (world: ServerWorld, token: string) => {
  const socket = await openSocket(world)
  sendMessage(socket, { type: 'connection_init', payload: { authorization: `Bearer ${token}` } })
  expect(await receive(socket)).toMatchObject({ type: 'connection_ack' })
  subscribe(socket, '1', tickQuery)
  await waitForSources(world.switches, 1)
  return socket
}

describe('an open socket', () => {
  it('is closed with 4401 once the server sees that the key of its token was withdrawn', async ({ issuer }) => {
    const world = await issuer.start()
    const closing = waitForClose(await openSubscription(world, issuer.token))
    await issuer.keySet.publish(issuer.second)
    await issuer.ask(world)
    expect(await closing).toEqual({ code: 4401, reason: 'The token is invalid. Request a new one.' })
    await waitForSources(world.switches, 0)
  })

  it('is closed by a server that learns of the change from another one', async ({ issuer }) => {
    const pubsub = createMemoryPubSub({ log })
    const [world, other] = [await issuer.start({ pubsub }), await issuer.start({ pubsub })]
    const otherSocket = await openSubscription(other, issuer.token)
    const closing = waitForClose(await openSubscription(world, issuer.token))
    await issuer.keySet.publish(issuer.second)
    await issuer.ask(other)
    expect((await closing).code).toBe(4401)
    otherSocket.terminate()
  })

  it('is closed by a server that no new token reaches', async ({ issuer }) => {
    const world = await issuer.start({ refreshIntervalMs: 10 })
    const closing = waitForClose(await openSubscription(world, issuer.token))
    await issuer.keySet.publish(issuer.second)
    expect((await closing).code).toBe(4401)
  })

  it('stays open if the key of its token is still published', async ({ issuer }) => {
    const world = await issuer.start()
    const socket = await openSubscription(world, issuer.token)
    await issuer.keySet.publish(issuer.first, issuer.second)
    expect(await issuer.ask(world)).toEqual({ data: { hello: 'world' } })
    sendTick(world.switches, 0, { text: 'still open' })
    expect(await receive(socket)).toMatchObject({ payload: { data: { ticks: { text: 'still open' } } } })
    socket.close()
  })
})

describe('an open event stream', () => {
  it('ends once the key of its token was withdrawn', async ({ issuer }) => {
    const world = await issuer.start()
    const headers = { Accept: 'text/event-stream' }
    const response = await post(world.url, issuer.token, { query: tickQuery }, headers)
    await waitForSources(world.switches, 1)
    await issuer.keySet.publish(issuer.second)
    await issuer.ask(world)
    expect(await readEvents(response).next()).toEqual({ done: true })
    await waitForSources(world.switches, 0)
  })
})

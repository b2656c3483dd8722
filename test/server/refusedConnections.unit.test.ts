import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { startServer } from './serverIt.ts'
import { post, type ServerWorld } from './serverWorld.ts'
import { openSignedIn, openSocket, sendMessage, waitForClose } from './websocket/sockets.ts'

const message = 'Refused connections, because too many are open.'
const warningsOf = (world: ServerWorld) =>
  world.logLines.filter((line) => line.message === message).map(({ fields }) => fields)

const openRefused = async (world: ServerWorld, headers: Record<string, string> = {}): Promise<void> => {
  const socket = new WebSocket(world.socketUrl, 'graphql-transport-ws', { headers })
  await once(socket, 'error')
}

describe('connections that a limit refuses are logged', () => {
  it('once a minute with their address', async () => {
    const world = await startServer({ connectionLimits: { perAddress: 1 } })
    await openSignedIn(world)
    for (let n = 0; n < 3; n++) await openRefused(world)
    expect(warningsOf(world)).toEqual([{ limit: 'perAddress', address: '127.0.0.1', refusals: 1 }])
  })

  it('with a hint if the peer is a proxy that is not trusted', async () => {
    const world = await startServer({ connectionLimits: { perAddress: 1 }, trustedProxies: [] })
    await openSignedIn(world)
    await openRefused(world, { 'x-forwarded-for': '203.0.113.7' })
    expect(warningsOf(world)).toMatchObject([{ hint: expect.stringContaining('TRUSTED_PROXIES') }])
  })

  it('for the sockets of one user', async () => {
    const world = await startServer({ connectionLimits: { perUser: 1 } })
    const token = await world.token()
    const signIn = async () => {
      const socket = await openSocket(world)
      sendMessage(socket, { type: 'connection_init', payload: { authorization: `Bearer ${token}` } })
      return socket
    }
    await once(await signIn(), 'message')
    await waitForClose(await signIn())
    expect(warningsOf(world)).toMatchObject([{ limit: 'perUser' }])
  })

  it('for event streams', async () => {
    const world = await startServer({ connectionLimits: { perAddress: 1 } })
    await openSignedIn(world)
    const headers = { accept: 'text/event-stream' }
    await post(world.url, await world.token(), { query: 'subscription { forever }' }, headers)
    expect(warningsOf(world)).toMatchObject([{ limit: 'perAddress' }])
  })
})

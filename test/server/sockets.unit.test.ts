import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { limits } from '../../src/server/plugins/limits.ts'
import { startServer } from './serverIt.ts'
import type { ServerWorld } from './serverWorld.ts'
import { waitForSources } from './smallSchema.ts'

const open = async (world: ServerWorld, protocol = 'graphql-transport-ws', options = {}): Promise<WebSocket> => {
  const socket = new WebSocket(world.socketUrl, protocol, options)
  await once(socket, 'open')
  return socket
}

const signIn = async (world: ServerWorld, socket: WebSocket): Promise<void> => {
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${await world.token()}` } }))
  await once(socket, 'message')
}

describe('a WebSocket', () => {
  it('is closed with 4408 if the client does not send connection_init in time', async () => {
    const world = await startServer({ initMs: 50 })
    const [code] = await once(await open(world), 'close')
    expect(code).toBe(4408)
  })

  it('is refused with another subprotocol', async () => {
    const world = await startServer()
    const socket = new WebSocket(world.socketUrl, 'graphql-ws')
    const [error] = await once(socket, 'error')
    expect(String(error)).toContain('subprotocol')
  })

  it('is closed with 4406 without a subprotocol', async () => {
    const world = await startServer()
    const socket = new WebSocket(world.socketUrl)
    await once(socket, 'open')
    expect((await once(socket, 'close'))[0]).toBe(4406)
  })

  it('stays open while the client answers pings', async () => {
    const world = await startServer({ keepAliveMs: 50 })
    const socket = await open(world)
    await signIn(world, socket)
    for (const _ of [1, 2, 3]) await once(socket, 'ping')
    expect(socket.readyState).toBe(WebSocket.OPEN)
    socket.close()
  })

  it('is disconnected with its streams if the client does not answer pings', async () => {
    const world = await startServer({ keepAliveMs: 50 })
    const socket = await open(world, 'graphql-transport-ws', { autoPong: false })
    await signIn(world, socket)
    socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: 'subscription { forever }' } }))
    const [code] = await once(socket, 'close')
    expect(code).toBe(1006)
    await waitForSources(world.switches, 0)
  })

  it('answers a ping message with its payload', async () => {
    const world = await startServer()
    const socket = await open(world)
    socket.send(JSON.stringify({ type: 'ping', payload: { at: 1 } }))
    const [data] = await once(socket, 'message')
    expect(JSON.parse(String(data))).toEqual({ type: 'pong', payload: { at: 1 } })
    socket.close()
  })

  it('is closed with 4400 after an invalid message, which the reason does not repeat', async () => {
    const world = await startServer()
    const socket = await open(world)
    socket.send('{"type":"hunter2"}')
    const [code, reason] = await once(socket, 'close')
    expect(code).toBe(4400)
    expect(String(reason)).not.toContain('hunter2')
  })

  it('refuses operations beyond its limit', async () => {
    const world = await startServer()
    const socket = await open(world)
    await signIn(world, socket)
    const refusal = Promise.withResolvers<unknown>()
    socket.on('message', (data) => {
      const message = JSON.parse(String(data))
      if (message.type === 'error') refusal.resolve(message)
    })
    for (let id = 0; id <= limits.operationsPerSocket; id++)
      socket.send(JSON.stringify({ id: `${id}`, type: 'subscribe', payload: { query: 'subscription { forever }' } }))
    expect(await refusal.promise).toMatchObject({
      id: `${limits.operationsPerSocket}`,
      payload: [{ extensions: { code: 'INVALID_INPUT' } }],
    })
    await waitForSources(world.switches, limits.operationsPerSocket)
    socket.terminate()
    await waitForSources(world.switches, 0)
  })
})

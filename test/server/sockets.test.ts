import { once } from 'node:events'
import { afterEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { limits } from '../../src/server/plugins/limits.ts'
import { type ServerWorld, type ServerWorldOptions, startServerWorld } from './serverWorld.ts'
import { waitForSources } from './smallSchema.ts'

let world: ServerWorld

const start = async (options: ServerWorldOptions): Promise<ServerWorld> => {
  world = await startServerWorld(options)
  return world
}
afterEach(() => world.close())

const open = async (protocol = 'graphql-transport-ws', options = {}): Promise<WebSocket> => {
  const socket = new WebSocket(world.socketUrl, protocol, options)
  await once(socket, 'open')
  return socket
}

const signIn = async (socket: WebSocket): Promise<void> => {
  socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${await world.token()}` } }))
  await once(socket, 'message')
}

test('whoever does not say who they are is closed', async () => {
  await start({ initMs: 50 })
  const [code] = await once(await open(), 'close')
  expect(code).toBe(4408)
})

test('another subprotocol is not spoken', async () => {
  await start({})
  const socket = new WebSocket(world.socketUrl, 'graphql-ws')
  const [error] = await once(socket, 'error')
  expect(String(error)).toContain('subprotocol')
  const bare = new WebSocket(world.socketUrl)
  await once(bare, 'open')
  expect((await once(bare, 'close'))[0]).toBe(4406)
})

test('a client is pinged and stays while it answers, one that does not is cut off with its streams', async () => {
  await start({ keepAliveMs: 50 })
  const answers = await open()
  await signIn(answers)
  for (const _ of [1, 2, 3]) await once(answers, 'ping')
  expect(answers.readyState).toBe(WebSocket.OPEN)
  const mute = await open('graphql-transport-ws', { autoPong: false })
  await signIn(mute)
  mute.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: 'subscription { forever }' } }))
  const [code] = await once(mute, 'close')
  expect(code).toBe(1006)
  await waitForSources(world.switches, 0)
  answers.close()
})

test('a ping of the protocol is answered', async () => {
  await start({})
  const socket = await open()
  socket.send(JSON.stringify({ type: 'ping', payload: { at: 1 } }))
  const [data] = await once(socket, 'message')
  expect(JSON.parse(String(data))).toEqual({ type: 'pong', payload: { at: 1 } })
  socket.close()
})

test('nonsense closes the socket with 4400 and nothing of it is repeated', async () => {
  await start({})
  const socket = await open()
  socket.send('{"type":"hunter2"}')
  const [code, reason] = await once(socket, 'close')
  expect(code).toBe(4400)
  expect(String(reason)).not.toContain('hunter2')
})

test('one socket holds a bounded number of streams', async () => {
  await start({})
  const socket = await open()
  await signIn(socket)
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

import { on, once } from 'node:events'
import { expect } from 'vitest'
import { WebSocket } from 'ws'
import type { World } from '../graphqlWorld.ts'

/** What has come over a socket: several messages may come at once. */
const unheard = new WeakMap<WebSocket, AsyncIterator<unknown[]>>()

/** A socket by hand, for what a client library would never do. */
export const open = async (world: World, headers: Record<string, string> = {}): Promise<WebSocket> => {
  const socket = new WebSocket(world.socketUrl, 'graphql-transport-ws', { headers })
  unheard.set(socket, on(socket, 'message'))
  await once(socket, 'open')
  return socket
}

export const say = (socket: WebSocket, message: object): void => socket.send(JSON.stringify(message))

export const hear = async (socket: WebSocket): Promise<Record<string, unknown>> => {
  const heard = await unheard.get(socket)?.next()
  return JSON.parse(String(heard?.value[0]))
}

export const closeOf = async (socket: WebSocket): Promise<{ code: number; reason: string }> => {
  const [code, reason] = await once(socket, 'close')
  return { code, reason: String(reason) }
}

const signIn = async (socket: WebSocket, token: string): Promise<void> => {
  say(socket, { type: 'connection_init', payload: { authorization: `Bearer ${token}` } })
  expect(await hear(socket)).toMatchObject({ type: 'connection_ack' })
}

export const signedIn = async (world: World, expires = '1h'): Promise<WebSocket> => {
  const socket = await open(world)
  await signIn(socket, await world.token({ expires }))
  return socket
}

export const subscribe = (socket: WebSocket, id: string, query: string, variables?: object): void =>
  say(socket, { id, type: 'subscribe', payload: { query, variables } })

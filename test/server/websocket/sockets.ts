import { on, once } from 'node:events'
import { expect } from 'vitest'
import { WebSocket } from 'ws'
import type { ServerWorld } from '../serverWorld.ts'

/** Received messages of each socket: several may arrive at once. */
const messageIterators = new WeakMap<WebSocket, AsyncIterator<unknown[]>>()

/** Opens a socket without a client library, to send messages that a library would never send. */
export const openSocket = async (world: ServerWorld, headers: Record<string, string> = {}): Promise<WebSocket> => {
  const socket = new WebSocket(world.socketUrl, 'graphql-transport-ws', { headers })
  messageIterators.set(socket, on(socket, 'message'))
  await once(socket, 'open')
  return socket
}

export const sendMessage = (socket: WebSocket, message: object): void => socket.send(JSON.stringify(message))

export const receive = async (socket: WebSocket): Promise<Record<string, unknown>> => {
  const result = await messageIterators.get(socket)?.next()
  return JSON.parse(String(result?.value[0]))
}

export const waitForClose = async (socket: WebSocket): Promise<{ code: number; reason: string }> => {
  const [code, reason] = await once(socket, 'close')
  return { code, reason: String(reason) }
}

const signIn = async (socket: WebSocket, token: string): Promise<void> => {
  sendMessage(socket, { type: 'connection_init', payload: { authorization: `Bearer ${token}` } })
  expect(await receive(socket)).toMatchObject({ type: 'connection_ack' })
}

export const openSignedIn = async (world: ServerWorld, expires = '1h'): Promise<WebSocket> => {
  const socket = await openSocket(world)
  await signIn(socket, await world.token({ expires }))
  return socket
}

export const subscribe = (socket: WebSocket, id: string, query: string, variables?: object): void =>
  sendMessage(socket, { id, type: 'subscribe', payload: { query, variables } })

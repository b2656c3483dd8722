import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { type WebSocket, WebSocketServer } from 'ws'
import { percentOf } from './percent.ts'
import { serveRequests } from './rpc.ts'

// The least that a server of live updates can do: it sends the same bytes to every socket, and checks nothing.

export interface PortRequest {
  type: 'port'
}

/** Broadcasts frames of `frameBytes`. The reply lists the times of sending in ms, by the machine's monotonic clock. */
export interface BroadcastRequest {
  type: 'broadcast'
  messages: number
  intervalMs: number
  frameBytes: number
}

const server = new WebSocketServer({
  port: 0,
  host: '127.0.0.1',
  handleProtocols: () => 'graphql-transport-ws',
})
await once(server, 'listening')
const subscribers = new Set<WebSocket>()

const frameOf = (percent: number, frameBytes: number): string => {
  const text = (padding: string) =>
    JSON.stringify({
      id: 'all',
      type: 'next',
      payload: { data: { mediaProgress: { padding, renditions: [{ profile: 'WEBM', percent }] } } },
    })
  return text('x'.repeat(Math.max(0, frameBytes - text('').length)))
}

server.on('connection', (socket) => {
  socket.on('message', (data) => {
    if (String(data).includes('"connection_init"')) return socket.send('{"type":"connection_ack"}')
    subscribers.add(socket)
    socket.send(frameOf(0, 0))
  })
  socket.once('close', () => subscribers.delete(socket))
})

const broadcast = async ({ messages, intervalMs, frameBytes }: BroadcastRequest): Promise<number[]> => {
  const sentMs: number[] = []
  const startMs = performance.now()
  for (let n = 0; n < messages; n++) {
    await sleep(Math.max(0, startMs + n * intervalMs - performance.now()))
    sentMs.push(Number(process.hrtime.bigint()) / 1e6)
    const data = Buffer.from(frameOf(percentOf(n, messages), frameBytes))
    for (const socket of subscribers) socket.send(data, { binary: false })
  }
  return sentMs
}

serveRequests(
  async (request: BroadcastRequest | PortRequest) =>
    request.type === 'port' ? (server.address() as AddressInfo).port : broadcast(request), // as: a TCP server has no other address
)

import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { serveRequests } from './rpc.ts'

// Clients that misbehave. They run in a process of their own, so that they do not delay the measuring one.

interface Target {
  url: string
  token: string
}

/** Opens sockets that subscribe often, then stop reading. */
export interface StallRequest extends Target {
  type: 'stall'
  /** For comparison: the sockets continue to read. */
  reads: boolean
  count: number
  subscriptions: number
  query: string
}

/** Lets the stalled sockets read again. The reply lists their close codes; 0 stands for a socket that stayed open. */
export interface ResumeRequest {
  type: 'resume'
}

/** Closes the sockets opened last. */
export interface CloseRequest {
  type: 'close'
}

/** Sends operations on one socket as fast as possible. */
export interface FloodRequest extends Target {
  type: 'flood'
  count: number
  query: string
  variables: object
}

export interface FloodReply {
  refusalCount: number
  /** Null if the socket stayed open. */
  closeCode: number | null
}

/** Opens sockets of one user at once, and leaves the accepted ones open. */
export interface SocketsRequest extends Target {
  type: 'sockets'
  count: number
}

export interface SocketsReply {
  acceptedCount: number
  closeCodes: number[]
}

/** Sends request headers that never end. The reply lists for how many seconds each connection stayed open. */
export interface SlowHeadersRequest {
  type: 'slowHeaders'
  port: number
  count: number
}

export type CrowdRequest =
  | StallRequest
  | ResumeRequest
  | CloseRequest
  | FloodRequest
  | SocketsRequest
  | SlowHeadersRequest

const resumeTimeoutMs = 15_000
const floodTimeoutMs = 15_000
const slowHeadersTimeoutMs = 40_000

let stalledSockets: WebSocket[] = []

const waitForClose = (socket: WebSocket): Promise<number> =>
  new Promise((resolve) => socket.once('close', (code) => resolve(code)))

/** Resolves to null if the server closes the socket instead. */
const signIn = async ({ url, token }: Target): Promise<{ socket: WebSocket; closeCode: number | null }> => {
  const socket = new WebSocket(url, 'graphql-transport-ws')
  socket.on('error', () => undefined)
  const closing = waitForClose(socket)
  socket.once('open', () =>
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } })),
  )
  const acknowledgement = new Promise<null>((resolve) => socket.once('message', () => resolve(null)))
  return { socket, closeCode: await Promise.race([acknowledgement, closing]) }
}

const stall = async (request: StallRequest): Promise<number> => {
  for (let n = 0; n < request.count; n++) {
    const { socket } = await signIn(request)
    for (let id = 0; id < request.subscriptions; id++)
      socket.send(JSON.stringify({ id: String(id), type: 'subscribe', payload: { query: request.query } }))
    if (!request.reads) socket.pause()
    stalledSockets.push(socket)
  }
  return stalledSockets.length
}

const resume = (): Promise<number[]> =>
  Promise.all(
    stalledSockets.map((socket) => {
      if (socket.readyState === socket.CLOSED) return 1006
      const closing = waitForClose(socket)
      socket.resume()
      return Promise.race([closing, sleep(resumeTimeoutMs, 0)])
    }),
  )

const close = async (): Promise<void> => {
  const closing = stalledSockets.map(waitForClose)
  for (const socket of stalledSockets) socket.close()
  stalledSockets = []
  await Promise.all(closing)
}

const flood = async (request: FloodRequest): Promise<FloodReply> => {
  const { socket } = await signIn(request)
  const closing = waitForClose(socket)
  let refusalCount = 0
  const answered = new Promise<null>((resolve) => {
    socket.on('message', (data: Buffer) => {
      const { type, id } = JSON.parse(data.toString('utf8'))
      if (type === 'error') refusalCount += 1
      if (id === String(request.count - 1)) resolve(null)
    })
  })
  const payload = { query: request.query, variables: request.variables }
  for (let id = 0; id < request.count; id++) socket.send(JSON.stringify({ id: String(id), type: 'subscribe', payload }))
  const closeCode = await Promise.race([closing, answered, sleep(floodTimeoutMs, null)])
  socket.terminate()
  return { refusalCount, closeCode }
}

const openSockets = async ({ count, ...target }: SocketsRequest): Promise<SocketsReply> => {
  const sockets = await Promise.all(Array.from({ length: count }, () => signIn(target)))
  const closeCodes = sockets.flatMap(({ closeCode }) => (closeCode === null ? [] : [closeCode]))
  return { acceptedCount: count - closeCodes.length, closeCodes }
}

const sendSlowHeaders = async (port: number): Promise<number> => {
  const startedAt = performance.now()
  const connection = connect(port, '127.0.0.1')
  connection.on('error', () => undefined)
  connection.resume()
  await once(connection, 'connect')
  connection.write('GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: ')
  const timer = setInterval(() => connection.write('x'), 1000)
  await Promise.race([new Promise((resolve) => connection.once('close', resolve)), sleep(slowHeadersTimeoutMs)])
  clearInterval(timer)
  connection.destroy()
  return (performance.now() - startedAt) / 1000
}

serveRequests((request: CrowdRequest): Promise<unknown> => {
  switch (request.type) {
    case 'stall':
      return stall(request)
    case 'resume':
      return resume()
    case 'close':
      return close().then(() => true)
    case 'flood':
      return flood(request)
    case 'sockets':
      return openSockets(request)
    case 'slowHeaders':
      return Promise.all(Array.from({ length: request.count }, () => sendSlowHeaders(request.port)))
  }
})

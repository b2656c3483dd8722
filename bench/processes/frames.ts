import { WebSocket } from 'ws'
import { serveRequests } from './rpc.ts'

// Subscribers that do as little as possible: they note when a frame came, and read it when all is over.

interface Subscriber {
  socket: WebSocket
  frames: { atMs: number; data: Buffer }[]
}

interface Subscription {
  url: string
  token: string
  payload: { query: string; variables: object }
  /** Whether its first frame is the present state, which opens it and is not noted. */
  hasState: boolean
}

export interface OpenRequest {
  type: 'open'
  url: string
  token: string
}

/** Ends them all; answers what each has seen. */
export interface CollectRequest {
  type: 'collect'
}

const openSubscriber = ({ url, token, payload, hasState }: Subscription): Promise<Subscriber> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url, 'graphql-transport-ws')
    const subscriber: Subscriber = { socket, frames: [] }
    let isOpen = false
    const markOpen = () => {
      isOpen = true
      resolve(subscriber)
    }
    socket.on('open', () => {
      socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }))
    })
    socket.on('error', reject)
    socket.on('close', (code, reason) => reject(new Error(`The socket was closed: ${code} ${reason}`)))
    socket.on('message', (data: Buffer) => {
      const atMs = Number(process.hrtime.bigint()) / 1e6
      const start = data.toString('latin1', 0, 60)
      if (start.includes('"connection_ack"')) {
        socket.send(JSON.stringify({ id: 'only', type: 'subscribe', payload }))
        if (!hasState) markOpen()
      } else if (start.includes('"ping"')) socket.send('{"type":"pong"}')
      else if (isOpen) subscriber.frames.push({ atMs, data })
      else markOpen()
    })
  })

/** Opens subscribers when it is told to; what `read` finds in the data of a frame is what they have seen. */
export const runSubscribers = <OpenMessage extends OpenRequest, Data, Sighting extends object>(
  createSubscriptions: (request: OpenMessage) => Subscription[],
  read: (data: Data) => Sighting,
): void => {
  let subscribers: Subscriber[] = []
  const readSightings = ({ frames }: Subscriber): (Sighting & { atMs: number })[] =>
    frames.map(({ atMs, data }) => {
      const { type, payload } = JSON.parse(data.toString())
      if (type !== 'next' || payload.errors) throw new Error(`Not an event: ${data}`)
      return { atMs, ...read(payload.data) }
    })
  serveRequests(async (request: OpenMessage | CollectRequest) => {
    if (request.type === 'open') {
      subscribers = await Promise.all(createSubscriptions(request).map(openSubscriber))
      return subscribers.length
    }
    for (const { socket } of subscribers) socket.close()
    return subscribers.map(readSightings)
  })
}

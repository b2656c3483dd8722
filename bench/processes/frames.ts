import { randomUUID } from 'node:crypto'
import { WebSocket } from 'ws'
import { openEventStream } from './eventStream.ts'
import { serveRequests } from './rpc.ts'

// Subscribers with minimal overhead: they store the arrival time of each frame and parse frames only at the end.

export interface Subscriber {
  close(): void
  /** Returns the events that have arrived since the subscription is open, in order. Parses them only here. */
  results(): { atMs: number; sizeBytes: number; payload: { data?: unknown; errors?: unknown } }[]
}

export interface Subscription {
  /** `ws:` for a WebSocket, `http:` for an event stream. */
  url: string
  token: string
  payload: { query: string; variables: object }
  /** Whether the first frame is the present state. That frame marks the subscription as open and is not stored. */
  hasState: boolean
}

export interface OpenRequest {
  type: 'open'
}

/** Sockets that are opened at the same time. */
const openConcurrency = 50

/** Closes all subscribers; the reply lists the frames that each one received. */
export interface CollectRequest {
  type: 'collect'
}

const openSocket = ({ url, token, payload, hasState }: Subscription): Promise<Subscriber> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url, 'graphql-transport-ws')
    const frames: { atMs: number; data: Buffer }[] = []
    const subscriber: Subscriber = {
      close: () => socket.close(),
      results: () =>
        frames.map(({ atMs, data }) => {
          const { type, payload } = JSON.parse(data.toString())
          if (type !== 'next') throw new Error(`Expected an event, received: ${data}`)
          return { atMs, sizeBytes: data.length, payload }
        }),
    }
    let isOpen = false
    const markOpen = () => {
      isOpen = true
      resolve(subscriber)
    }
    socket.on('open', () => {
      socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }))
    })
    socket.on('error', reject)
    socket.on('close', (code, reason) => reject(new Error(`The server closed the socket: ${code} ${reason}`)))
    socket.on('message', (data: Buffer) => {
      const atMs = Number(process.hrtime.bigint()) / 1e6
      const start = data.toString('latin1', 0, 60)
      if (start.includes('"connection_ack"')) {
        socket.send(JSON.stringify({ id: randomUUID(), type: 'subscribe', payload }))
        if (!hasState) markOpen()
      } else if (start.includes('"ping"')) socket.send('{"type":"pong"}')
      else if (isOpen) frames.push({ atMs, data })
      else markOpen()
    })
  })

const openSubscriber = (subscription: Subscription): Promise<Subscriber> =>
  subscription.url.startsWith('ws:') ? openSocket(subscription) : openEventStream(subscription)

/** Serves requests to open subscribers and to collect their frames. `read` extracts the reported values from a frame's data. */
export const runSubscribers = <OpenMessage extends OpenRequest, Data, Received extends object>(
  createSubscriptions: (request: OpenMessage) => Subscription[],
  read: (data: Data) => Received,
): void => {
  let subscribers: Subscriber[] = []
  const openAll = async (subscriptions: Subscription[]): Promise<Subscriber[]> => {
    const opened: Subscriber[] = []
    for (let start = 0; start < subscriptions.length; start += openConcurrency)
      opened.push(...(await Promise.all(subscriptions.slice(start, start + openConcurrency).map(openSubscriber))))
    return opened
  }
  const readFrames = (subscriber: Subscriber): (Received & { atMs: number; sizeBytes: number })[] =>
    subscriber.results().map(({ atMs, sizeBytes, payload }) => {
      if (payload.errors) throw new Error(`Expected an event, received: ${JSON.stringify(payload)}`)
      return { atMs, sizeBytes, ...read(payload.data as Data) } // as: the query decides its type
    })
  serveRequests(async (request: OpenMessage | CollectRequest) => {
    if (request.type === 'open') {
      subscribers = await openAll(createSubscriptions(request))
      return subscribers.length
    }
    for (const { close } of subscribers) close()
    return subscribers.map(readFrames)
  })
}

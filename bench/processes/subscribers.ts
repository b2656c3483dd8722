import { print } from 'graphql'
import { WebSocket } from 'ws'
import { MediaProgressDocument } from '../../client/generated/documents.ts'

// Subscribers that do as little as possible: they note when a frame came, and read it when all is over.

interface Frame {
  atMs: number
  data: Buffer
}

interface Subscriber {
  socket: WebSocket
  frames: Frame[]
}

export type SubscribersQuestion =
  | { type: 'open'; url: string; token: string; mediaIds: string[] }
  /** Ends them all; answers what each has seen after the present state. */
  | { type: 'collect' }

export interface Sighting {
  atMs: number
  percent: number
}

let subscribers: Subscriber[] = []
const query = print(MediaProgressDocument)

const open = (url: string, token: string, mediaId: string): Promise<Subscriber> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url, 'graphql-transport-ws')
    const subscriber: Subscriber = { socket, frames: [] }
    socket.on('open', () => {
      socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }))
    })
    socket.on('error', reject)
    socket.on('close', (code, reason) => reject(new Error(`The socket was closed: ${code} ${reason}`)))
    socket.on('message', (data: Buffer) => {
      const atMs = Number(process.hrtime.bigint()) / 1e6
      const start = data.toString('latin1', 0, 60)
      if (start.includes('"connection_ack"')) {
        const payload = { query, variables: { ids: [`Media:${mediaId}`] } }
        socket.send(JSON.stringify({ id: 'progress', type: 'subscribe', payload }))
      } else if (start.includes('"ping"')) socket.send('{"type":"pong"}')
      else {
        subscriber.frames.push({ atMs, data })
        resolve(subscriber)
      }
    })
  })

const sightings = ({ frames }: Subscriber): Sighting[] =>
  frames.slice(1).map(({ atMs, data }) => {
    const { type, payload } = JSON.parse(data.toString())
    if (type !== 'next' || payload.errors) throw new Error(`Not an event: ${data}`)
    const renditions: { profile: string; percent: number }[] = payload.data.mediaProgress.renditions
    return { atMs, percent: renditions.find(({ profile }) => profile === 'WEBM')?.percent ?? Number.NaN }
  })

const answer = async (question: SubscribersQuestion): Promise<unknown> => {
  if (question.type === 'open') {
    const { url, token, mediaIds } = question
    subscribers = await Promise.all(mediaIds.map((mediaId) => open(url, token, mediaId)))
    return subscribers.length
  }
  for (const { socket } of subscribers) socket.close()
  return subscribers.map(sightings)
}

process.on('message', (question: SubscribersQuestion) => {
  answer(question).then(
    (given) => process.send?.(given),
    (error: unknown) => {
      process.stderr.write(`${error}\n`)
      process.exit(1)
    },
  )
})
process.once('SIGTERM', () => process.exit(0))
process.send?.('ready')

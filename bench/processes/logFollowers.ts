import { print } from 'graphql'
import { WebSocket } from 'ws'
import { FollowEventsDocument } from '../../client/generated/documents.ts'

// Followers of the log that do as little as possible: they note when a frame came, and read it when all is over.

export type FollowersQuestion =
  | { type: 'open'; url: string; token: string; count: number }
  /** Ends them all; answers what each has seen. */
  | { type: 'collect' }

export interface Seen {
  atMs: number
  nodeId: string
}

interface Follower {
  socket: WebSocket
  frames: { atMs: number; data: Buffer }[]
}

let followers: Follower[] = []
const query = print(FollowEventsDocument)
const actions = ['rendition.requested']

const open = (url: string, token: string): Promise<Follower> =>
  new Promise((resolve, reject) => {
    const socket = new WebSocket(url, 'graphql-transport-ws')
    const follower: Follower = { socket, frames: [] }
    socket.on('open', () => {
      socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } }))
    })
    socket.on('error', reject)
    socket.on('close', (code, reason) => reject(new Error(`The socket was closed: ${code} ${reason}`)))
    socket.on('message', (data: Buffer) => {
      const atMs = Number(process.hrtime.bigint()) / 1e6
      const start = data.toString('latin1', 0, 60)
      if (start.includes('"connection_ack"')) {
        socket.send(JSON.stringify({ id: 'log', type: 'subscribe', payload: { query, variables: { actions } } }))
        resolve(follower)
      } else if (start.includes('"ping"')) socket.send('{"type":"pong"}')
      else follower.frames.push({ atMs, data })
    })
  })

const seen = ({ frames }: Follower): Seen[] =>
  frames.map(({ atMs, data }) => {
    const { type, payload } = JSON.parse(data.toString())
    if (type !== 'next' || payload.errors) throw new Error(`Not an event: ${data}`)
    return { atMs, nodeId: payload.data.events.nodeId }
  })

const answer = async (question: FollowersQuestion): Promise<unknown> => {
  if (question.type === 'open') {
    followers = await Promise.all(Array.from({ length: question.count }, () => open(question.url, question.token)))
    return followers.length
  }
  for (const { socket } of followers) socket.close()
  return followers.map(seen)
}

process.on('message', (question: FollowersQuestion) => {
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

import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { serveRequests } from './rpc.ts'

// Clients of the benchmark `graph`. They read just enough of HTTP to recognise the end of an answer, so that they leave
// the processor to the servers.

export interface LoadRequest {
  port: number
  path: string
  headers: Record<string, string>
  /** Bodies of successive requests. */
  bodies: string[]
  connections: number
  seconds: number
}

export interface LoadReply {
  /** Duration of each request. */
  durationsMs: Float64Array
  seconds: number
}

interface Message {
  message: Buffer
  /** Size of the first answer; 0 before it. */
  expectedBytes: number
}

const headEnd = Buffer.from('\r\n\r\n')
const lastChunk = Buffer.from('\r\n0\r\n\r\n')

const messageOf = ({ path, headers }: LoadRequest, body: string): Buffer => {
  const lines = Object.entries({ ...headers, host: 'bench', 'content-length': String(Buffer.byteLength(body)) })
  const head = [`POST ${path} HTTP/1.1`, ...lines.map(([name, value]) => `${name}: ${value}`)].join('\r\n')
  return Buffer.from(`${head}\r\n\r\n${body}`)
}

/** Tells whether the bytes are a complete answer. JSON contains no line break, so the last chunk cannot be part of it. */
const isComplete = (bytes: Buffer): boolean => {
  const bodyStart = bytes.indexOf(headEnd) + headEnd.length
  if (bodyStart < headEnd.length) return false
  const [, length] = /\r\ncontent-length: *(\d+)/i.exec(bytes.toString('latin1', 0, bodyStart)) ?? []
  if (length !== undefined) return bytes.length === bodyStart + Number(length)
  return bytes.subarray(-lastChunk.length).equals(lastChunk)
}

/** Sends one request and resolves to the size of its answer. */
const exchange = (socket: Socket, message: Buffer): Promise<number> =>
  new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    const settle = (): void => {
      socket.off('data', receive).off('close', settle)
      const bytes = Buffer.concat(chunks)
      if (isComplete(bytes) && bytes.toString('latin1', 9, 12) === '200') resolve(bytes.length)
      else reject(new Error(`A server answered: ${bytes.toString('utf8', 0, 1000)}`))
    }
    const receive = (chunk: Buffer): void => {
      chunks.push(chunk)
      // Chunks of an answer that is complete end with a brace or with the last chunk's line break.
      if (isComplete(chunks.length === 1 ? chunk : Buffer.concat(chunks))) settle()
    }
    socket.on('data', receive).once('close', settle)
    socket.write(message)
  })

const load = async (request: LoadRequest): Promise<LoadReply> => {
  const messages = request.bodies.map((body): Message => ({ message: messageOf(request, body), expectedBytes: 0 }))
  const durationsMs: number[] = []
  let sentCount = 0
  const startMs = performance.now()
  const endMs = startMs + request.seconds * 1000
  const work = async (): Promise<void> => {
    const socket = connect({ port: request.port, host: '127.0.0.1', noDelay: true })
    await once(socket, 'connect')
    let sentMs = performance.now()
    while (sentMs < endMs) {
      const next = messages[sentCount++ % messages.length] as Message // as: the index is in range
      const bytes = await exchange(socket, next.message)
      next.expectedBytes ||= bytes
      if (bytes !== next.expectedBytes)
        throw new Error(`A server answered with ${next.expectedBytes} bytes, then with ${bytes}.`)
      const answeredMs = performance.now()
      durationsMs.push(answeredMs - sentMs)
      sentMs = answeredMs
    }
    socket.destroy()
  }
  await Promise.all(Array.from({ length: request.connections }, work))
  return { durationsMs: Float64Array.from(durationsMs), seconds: (performance.now() - startMs) / 1000 }
}

serveRequests(load)

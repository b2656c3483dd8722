import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect } from 'vitest'
import { it } from './serverIt.ts'

const bodyBytes = 32 * 1024 * 1024

/** Sends a whole body before it reads the response, as nginx may do; rejects if the connection is reset meanwhile. */
const sendBeforeReading = async (port: number, path: string): Promise<string> => {
  const socket = connect(port, '127.0.0.1').pause()
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk
  })
  socket.pause()
  const sent = Promise.withResolvers<void>()
  socket.once('error', sent.reject)
  socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n`)
  socket.write(`Content-Length: ${bodyBytes}\r\n\r\n`)
  socket.write(Buffer.alloc(bodyBytes), () => sent.resolve())
  await sent.promise
  socket.resume()
  await once(socket, 'close')
  return text
}

describe('a request that is refused before its body is read', () => {
  it.for([
    ['a call', '/graphql', 401],
    ['an upload', '/uploads/crash', 500],
  ] as const)('is answered although its connection is not kept alive: %s', async ([, path, status], { world }) => {
    expect(await sendBeforeReading(world.port, path)).toMatch(new RegExp(`^HTTP/1.1 ${status} .*\\r\\n\\r\\n.+`, 's'))
  })

  it('is answered at once', async ({ world }) => {
    const socket = connect(world.port, '127.0.0.1')
    socket.write(`POST /uploads/crash HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${bodyBytes}\r\n\r\n`)
    const [chunk] = await once(socket, 'data')
    expect(String(chunk)).toMatch(/^HTTP\/1.1 500 .*content-length: \d+.*request id/is)
    socket.destroy()
  })
})

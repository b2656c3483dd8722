import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { sendEvents } from '../../src/server/eventStream.ts'

/** A response on a real connection, whose client is in our hands. */
let client: Socket
let res: ServerResponse
let close: () => Promise<unknown>

beforeEach(async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  client = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1')
  client.on('error', () => {})
  client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  const [, response] = await once(server, 'request')
  res = response
  close = () => {
    client.destroy()
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  }
})
afterEach(() => close())

const createEndlessBody = () => {
  const cancelled = Promise.withResolvers<void>()
  let pulls = 0
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulls++
      controller.enqueue(new Uint8Array(256 * 1024))
    },
    cancel: () => cancelled.resolve(),
  })
  return { body, cancelled: cancelled.promise, pulled: () => pulls }
}

const createSilentBody = () => {
  const cancelled = Promise.withResolvers<void>()
  return { body: new ReadableStream<Uint8Array>({ cancel: () => cancelled.resolve() }), cancelled: cancelled.promise }
}

test('a client that stops reading holds the source back, and is cut off', async () => {
  client.pause()
  const { body, cancelled, pulled: countPulls } = createEndlessBody()
  const { closed: done } = sendEvents(body, res, { slowConsumerTimeoutMs: 100 })
  await cancelled
  await done
  expect(res.destroyed).toBe(true)
  expect(countPulls() * 256 * 1024).toBeLessThan(32 * 1024 * 1024)
})

test('a client that goes away stops a source that waits', async () => {
  const { body, cancelled } = createSilentBody()
  const { closed: done } = sendEvents(body, res, { slowConsumerTimeoutMs: 60_000 })
  res.flushHeaders()
  client.destroy()
  await cancelled
  await done
})

test('the end by the server is an end, not a cut', async () => {
  let text = ''
  client.on('data', (chunk) => {
    text += chunk
  })
  const { body, cancelled } = createSilentBody()
  const stream = sendEvents(body, res, { slowConsumerTimeoutMs: 60_000 })
  res.write('event: next\n\n')
  stream.end()
  stream.end()
  await Promise.all([cancelled, stream.closed, once(res, 'close')])
  expect(res.errored).toBeNull()
  while (!text.endsWith('0\r\n\r\n')) await once(client, 'data')
})

import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { it as base, describe, expect } from 'vitest'
import { sendEvents } from '../../src/server/eventStream.ts'

/** The two ends of a real connection: a client that the test controls, and the response to its request. */
interface Connection {
  client: Socket
  res: ServerResponse
}

// biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
const it = base.extend('connection', async ({}, { onCleanup }): Promise<Connection> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // as: a TCP server has no other address
  const client = connect(port, '127.0.0.1')
  client.on('error', () => {})
  onCleanup(async () => {
    client.destroy()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  const [, res] = await once(server, 'request')
  return { client, res }
})

const chunkBytes = 256 * 1024

const createEndlessBody = () => {
  const cancellation = Promise.withResolvers<void>()
  let pulls = 0
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      pulls++
      controller.enqueue(new Uint8Array(chunkBytes))
    },
    cancel: () => cancellation.resolve(),
  })
  return { body, cancellation: cancellation.promise, countPulls: () => pulls }
}

const createSilentBody = () => {
  const cancellation = Promise.withResolvers<void>()
  const body = new ReadableStream<Uint8Array>({ cancel: () => cancellation.resolve() })
  return { body, cancellation: cancellation.promise }
}

/**
 * Sends endless events to a client that does not read, until the stream closes. Returns the bytes read from the source.
 */
const sendToStalledClient = async ({ client, res }: Connection): Promise<number> => {
  client.pause()
  const { body, cancellation, countPulls } = createEndlessBody()
  const { closed } = sendEvents(body, res, { slowConsumerTimeoutMs: 100 })
  await cancellation
  await closed
  return countPulls() * chunkBytes
}

describe('an event stream', () => {
  it('disconnects a client that stops reading', async ({ connection }) => {
    await sendToStalledClient(connection)
    expect(connection.res.destroyed).toBe(true)
  })

  it('does not read its source far ahead of a client that stops reading', async ({ connection }) => {
    expect(await sendToStalledClient(connection)).toBeLessThan(32 * 1024 * 1024)
  })

  it('stops a waiting source when the client disconnects', async ({ connection: { client, res } }) => {
    const { body, cancellation } = createSilentBody()
    const { closed } = sendEvents(body, res, { slowConsumerTimeoutMs: 60_000 })
    res.flushHeaders()
    client.destroy()
    await cancellation
    await closed
  })

  it('completes the response when the server ends it', async ({ connection: { client, res } }) => {
    let text = ''
    client.on('data', (chunk) => {
      text += chunk
    })
    const { body, cancellation } = createSilentBody()
    const stream = sendEvents(body, res, { slowConsumerTimeoutMs: 60_000 })
    res.write('event: next\n\n')
    stream.end()
    stream.end()
    await Promise.all([cancellation, stream.closed, once(res, 'close')])
    expect(res.errored).toBeNull()
    while (!text.endsWith('0\r\n\r\n')) await once(client, 'data')
  })
})

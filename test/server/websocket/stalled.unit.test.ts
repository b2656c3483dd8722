import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, vi } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { openBacklog } from '../../../src/server/backlog.ts'
import { closeCodes } from '../../../src/server/closeCodes.ts'
import { openSocketSession } from '../../../src/server/socketSession.ts'
import { createTaskQueue } from '../../../src/server/taskQueue.ts'
import type { Logger } from '../../../src/services/kernel/ports.ts'
import { it as base, startServer } from '../serverIt.ts'
import type { ServerWorld, ServerWorldOptions } from '../serverWorld.ts'
import { waitForSources } from '../smallSchema.ts'
import { openSignedIn, openSocket, receive, sendMessage, subscribe, waitForClose } from './sockets.ts'

// Pings at a shorter interval than a stall takes, as in production.
const it = base.extend(
  'serverOptions',
  { scope: 'file' },
  (): ServerWorldOptions => ({ keepAliveMs: 250, stallMs: 1000, stallGraceMs: 60_000 }),
)

/** Waits for intervals of pings, which another socket of the same server counts. */
const waitForPings = async (world: ServerWorld, count: number): Promise<void> => {
  const clock = await openSignedIn(world)
  for (let n = 0; n < count; n++) await once(clock, 'ping')
  clock.close()
}

describe('a client that stops reading', () => {
  it('reads 4413 when it reads again, although it answers no ping', async ({ world }) => {
    const socket = await openSignedIn(world)
    const closeEvent = waitForClose(socket)
    for (const id of ['1', '2', '3']) subscribe(socket, id, 'subscription { flood }')
    await receive(socket)
    socket.pause()
    await world.waitForLog(/stopped reading/)
    await waitForPings(world, 4)
    socket.resume()
    expect(await closeEvent).toEqual({ code: closeCodes.tooSlow, reason: 'Stopped reading' })
    await waitForSources(world.switches, 0)
  })

  it('is disconnected if it never reads again', async () => {
    const connectionLimits = { perUser: 1 }
    const world = await startServer({ keepAliveMs: 250, stallMs: 200, stallGraceMs: 200, connectionLimits })
    const token = await world.token()
    const open = async () => {
      const socket = await openSocket(world)
      sendMessage(socket, { type: 'connection_init', payload: { authorization: `Bearer ${token}` } })
      const closeEvent = waitForClose(socket).then(({ code }) => code)
      return { socket, code: await Promise.race([receive(socket).then(() => null), closeEvent]) }
    }
    const { socket } = await open()
    subscribe(socket, '1', 'subscription { flood }')
    await receive(socket)
    socket.pause()
    await world.waitForLog(/stopped reading/)
    // The place of the user is free only once the connection is.
    await vi.waitFor(async () => expect((await open()).code).toBeNull(), { timeout: 4000 })
    socket.terminate()
  })

  it('does not delay the shutdown by the time it has to read the close frame', async () => {
    const world = await startServer({ stallMs: 200, stallGraceMs: 3_600_000 })
    const socket = await openSignedIn(world)
    subscribe(socket, '1', 'subscription { flood }')
    await receive(socket)
    socket.pause()
    await world.waitForLog(/stopped reading/)
    await world.http.close()
    socket.terminate()
  })
})

describe('a client that reads slowly', () => {
  it('stays connected while its messages make progress', async () => {
    const world = await startServer({ keepAliveMs: 250, stallMs: 3_600_000 })
    const socket = await openSignedIn(world)
    for (const id of ['1', '2', '3']) subscribe(socket, id, 'subscription { flood }')
    await receive(socket)
    socket.pause()
    await waitForPings(world, 4)
    socket.resume()
    subscribe(socket, 'query', '{ hello }')
    for (let message = await receive(socket); message['id'] !== 'query'; ) message = await receive(socket)
    expect(socket.readyState).toBe(socket.OPEN)
    socket.terminate()
  })
})

/** Opens a connection whose client does not read. */
const openStalledConnection = async () => {
  const http = createServer().listen(0, '127.0.0.1')
  await once(http, 'listening')
  const server = new WebSocketServer({ server: http })
  const { port } = http.address() as AddressInfo // as: a TCP server has no other address
  const client = new WebSocket(`ws://127.0.0.1:${port}`)
  const [[socket, request]] = await Promise.all([once(server, 'connection'), once(client, 'open')])
  client.pause()
  onTestFinished(() => {
    client.terminate()
    http.close()
  })
  return { socket: socket as WebSocket, request: request as IncomingMessage, client } // as: arguments of the event
}

/** Opens a connection whose client does not read, and the backlog of the server's end. */
const openStalledBacklog = async () => {
  const { socket, request, client } = await openStalledConnection()
  const stall = Promise.withResolvers<void>()
  const backlog = openBacklog(socket, request.socket, { stallTimeoutMs: 3_600_000, onStall: stall.resolve })
  return { backlog, socket, client, stall: stall.promise }
}

describe('the session of a client that stops reading', () => {
  it('holds no messages while the close frame waits', async () => {
    const { socket, request } = await openStalledConnection()
    const stall = Promise.withResolvers<void>()
    const log: Logger = { debug() {}, info() {}, error() {}, warn: () => stall.resolve(), child: () => log }
    let send = (_text: string): unknown => undefined
    openSocketSession(socket, request, {
      openProtocol(protocol) {
        send = protocol.send
        return async () => {}
      },
      log,
      taskQueue: createTaskQueue(),
      keepAliveIntervalMs: 3_600_000,
      stallTimeoutMs: 3_600_000,
      stallGraceMs: 3_600_000,
      closeTimeoutMs: 3_600_000,
    })
    for (let n = 0; n < 500; n++) send('x'.repeat(200_000))
    await stall.promise
    expect(socket.readyState).toBe(socket.CLOSING)
    expect(socket.bufferedAmount).toBeLessThan(1024 * 1024)
    socket.terminate()
  })
})

describe('the backlog of a socket', () => {
  const text = 'ü'.repeat(100_000)

  it('is bounded by the size of its messages', async () => {
    const { backlog, stall } = await openStalledBacklog()
    for (let n = 0; n < 500; n++) void backlog.send(text)
    await stall
  })

  it('settles the messages that it drops', async () => {
    const { backlog, stall } = await openStalledBacklog()
    const sends = Array.from({ length: 500 }, () => backlog.send(text))
    await stall
    backlog.drop()
    await sends.at(-1)
  })

  it('lets the close frame pass the messages that it drops', async () => {
    const { backlog, socket, client, stall } = await openStalledBacklog()
    let receivedCount = 0
    client.on('message', () => {
      receivedCount += 1
    })
    for (let n = 0; n < 500; n++) void backlog.send(text)
    await stall
    const waitingBytes = socket.bufferedAmount
    backlog.drop()
    socket.close(closeCodes.tooSlow)
    client.resume()
    const [code] = await once(client, 'close')
    expect(code).toBe(closeCodes.tooSlow)
    expect(waitingBytes).toBeLessThan(1024 * 1024)
    expect(receivedCount).toBeLessThan(500)
  })

  it('sends every message, in order, to a client that reads again', async () => {
    const { backlog, client } = await openStalledBacklog()
    const received: string[] = []
    client.on('message', (data) => received.push(String(data).slice(0, 3)))
    const sends = Array.from({ length: 60 }, (_, n) => backlog.send(`${n + 100}${text}`))
    client.resume()
    await Promise.all(sends)
    while (received.length < 60) await once(client, 'message')
    expect(received).toEqual(Array.from({ length: 60 }, (_, n) => String(n + 100)))
  })
})

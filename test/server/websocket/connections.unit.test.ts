import { once } from 'node:events'
import { connect } from 'node:net'
import { describe, expect } from 'vitest'
import { WebSocket } from 'ws'
import { closeCodes } from '../../../src/server/closeCodes.ts'
import { limits } from '../../../src/server/plugins/limits.ts'
import { it as base } from '../serverIt.ts'
import type { ServerWorld, ServerWorldOptions } from '../serverWorld.ts'
import { waitForSources } from '../smallSchema.ts'
import { openSignedIn, openSocket, receive, sendMessage, subscribe, waitForClose } from './sockets.ts'

const it = base.extend(
  'serverOptions',
  { scope: 'file' },
  (): ServerWorldOptions => ({ corsOrigins: ['https://school.example'], stallMs: 200 }),
)

describe('a connection', () => {
  const connectAndClose = async (world: ServerWorld, payload: object | undefined) => {
    const socket = await openSocket(world)
    const closeEvent = waitForClose(socket)
    sendMessage(socket, { type: 'connection_init', payload })
    return closeEvent
  }

  it.for([
    ['without parameters', undefined],
    ['with a token that is not text', { authorization: 4 }],
  ] as const)('is closed with 4401 %s', async ([, payload], { world }) => {
    expect((await connectAndClose(world, payload)).code).toBe(closeCodes.unauthenticated)
  })

  it('is closed with 4401 with a forged token', async ({ world }) => {
    const [head, body] = (await world.token()).split('.')
    const { code } = await connectAndClose(world, { authorization: `Bearer ${head}.${body}.${'A'.repeat(43)}` })
    expect(code).toBe(4401)
  })

  it('is closed with 4403 with an expired token', async ({ world }) => {
    const token = await world.token({ expires: '1 minute ago' })
    const closeEvent = await connectAndClose(world, { authorization: `Bearer ${token}` })
    expect(closeEvent).toEqual({ code: 4403, reason: 'The token has expired. Request a new one.' })
  })

  it('is closed with 4401 if an operation precedes connection_init', async ({ world }) => {
    const socket = await openSocket(world)
    const closeEvent = waitForClose(socket)
    subscribe(socket, '1', '{ hello }')
    expect((await closeEvent).code).toBe(4401)
  })

  it('may send its token with the upgrade request', async ({ world }) => {
    const socket = await openSocket(world, { Authorization: `Bearer ${await world.token()}` })
    sendMessage(socket, { type: 'connection_init' })
    expect(await receive(socket)).toMatchObject({ type: 'connection_ack' })
    socket.close()
  })

  it('is closed with 1013 if the user cannot be loaded', async ({ world }) => {
    world.switches.failUsers = true
    const { code, reason } = await connectAndClose(world, { authorization: `Bearer ${await world.token()}` })
    world.switches.failUsers = false
    expect(code).toBe(closeCodes.tryAgainLater)
    expect(reason).not.toContain('hunter2')
  })

  const tryConnect = async (world: ServerWorld, origin: string): Promise<string> => {
    const socket = new WebSocket(world.socketUrl, 'graphql-transport-ws', { origin })
    socket.on('error', () => {})
    const openEvent = once(socket, 'open').then(() => 'open')
    const refusalStatus = once(socket, 'unexpected-response').then(([, response]) => String(response.statusCode))
    const result = await Promise.race([openEvent, refusalStatus])
    socket.terminate()
    return result
  }

  it.for(['https://evil.example', 'null'])('is refused with 403 from the origin %s', async (origin, { world }) => {
    expect(await tryConnect(world, origin)).toBe('403')
  })

  it.for<[string, (world: ServerWorld) => string]>([
    ['a listed origin', () => 'https://school.example'],
    ['the origin of the public URL', () => 'https://media.example.com'],
    ['the origin of its own address', (world) => world.url],
  ])('opens from %s', async ([, originOf], { world }) => {
    expect(await tryConnect(world, originOf(world))).toBe('open')
  })

  it('is refused with 404 on another path', async ({ world }) => {
    const socket = new WebSocket(`ws://127.0.0.1:${world.port}/other`)
    socket.on('error', () => {})
    const [, response] = await once(socket, 'unexpected-response')
    expect(response.statusCode).toBe(404)
  })

  it('does no harm if it breaks while it is refused', async ({ world }) => {
    for (let count = 0; count < 20; count++) {
      const raw = connect(world.port, '127.0.0.1')
      raw.on('error', () => {})
      await once(raw, 'connect')
      raw.write('GET /other HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
      raw.resetAndDestroy()
      await once(raw, 'close')
    }
    expect((await fetch(`${world.url}/livez`)).status).toBe(200)
  })
})

describe('a socket whose token expires', () => {
  it('is closed with 4403', async ({ world }) => {
    const socket = await openSignedIn(world, '3 seconds ago')
    subscribe(socket, '1', 'subscription { forever }')
    await waitForSources(world.switches, 1)
    expect(await waitForClose(socket)).toEqual({ code: 4403, reason: 'The token has expired' })
  })

  it('ends its streams', async ({ world }) => {
    const socket = await openSignedIn(world, '3 seconds ago')
    subscribe(socket, '1', 'subscription { forever }')
    await waitForSources(world.switches, 1)
    await waitForClose(socket)
    await waitForSources(world.switches, 0)
  })

  it('runs no operation that arrives while it closes', async ({ world }) => {
    const { promise: closing, resolve } = Promise.withResolvers<void>()
    const sourcesBefore = world.switches.totalSources
    const socket = await openSignedIn(world, '3 seconds ago')
    // Sends an operation as soon as the close frame arrives, before it is answered.
    const receiver = (socket as unknown as { _receiver: NodeJS.EventEmitter })._receiver // as: ws has no event for a received close frame
    receiver.prependListener('conclude', () => {
      subscribe(socket, '9', 'subscription { forever }')
      resolve()
    })
    await closing
    await waitForClose(socket)
    expect((await fetch(`${world.url}/livez`)).status).toBe(200)
    expect(world.switches.totalSources).toBe(sourcesBefore)
  })

  it('stays open if the expiry is later than a timer can wait', async ({ world }) => {
    const socket = await openSignedIn(world, '400 days')
    subscribe(socket, '1', '{ hello }')
    expect(await receive(socket)).toMatchObject({ type: 'next', payload: { data: { hello: 'world' } } })
    socket.close()
  })
})

describe('a client', () => {
  it('is closed with 1009 if its message is too large', async ({ world }) => {
    const socket = await openSignedIn(world)
    const closeEvent = waitForClose(socket)
    subscribe(socket, '1', `{ hello } # ${'x'.repeat(limits.bodyBytes)}`)
    expect((await closeEvent).code).toBe(1009)
  })

  it('is closed with 4413 if it stops reading', async ({ world }) => {
    const socket = await openSignedIn(world)
    const closeEvent = waitForClose(socket)
    subscribe(socket, '1', 'subscription { flood }')
    await receive(socket)
    socket.pause()
    // Resumes only after the server has given up: the close frame waits behind the unread data.
    await world.waitForLog(/stopped reading/)
    socket.resume()
    expect((await closeEvent).code).toBe(closeCodes.tooSlow)
    await waitForSources(world.switches, 0)
  })

  it('has its streams ended if it never reads again', async ({ world }) => {
    const socket = await openSignedIn(world)
    subscribe(socket, '1', 'subscription { flood }')
    await receive(socket)
    socket.pause()
    await waitForSources(world.switches, 0)
    socket.terminate()
  })
})

import { once } from 'node:events'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { closeCodes } from '../../../src/server/closeCodes.ts'
import { limits } from '../../../src/server/plugins/limits.ts'
import { type ServerWorld, startServerWorld } from '../serverWorld.ts'
import { waitForSources } from '../smallSchema.ts'
import { openSignedIn, openSocket, receive, sendMessage, subscribe, waitForClose } from './sockets.ts'

let world: ServerWorld

beforeAll(async () => {
  world = await startServerWorld({ corsOrigins: ['https://school.example'], stallMs: 200 })
})
afterAll(() => world.close())

describe('who connects', () => {
  const connectAndClose = async (payload: object | undefined) => {
    const socket = await openSocket(world)
    const closed = waitForClose(socket)
    sendMessage(socket, { type: 'connection_init', payload })
    return closed
  }

  test('nobody is closed with 4401', async () => {
    expect((await connectAndClose(undefined)).code).toBe(closeCodes.unauthenticated)
    expect((await connectAndClose({ authorization: 4 })).code).toBe(closeCodes.unauthenticated)
  })

  test('a forged and an expired token are closed with 4401', async () => {
    const [head, body] = (await world.token()).split('.')
    const forged = await connectAndClose({ authorization: `Bearer ${head}.${body}.${'A'.repeat(43)}` })
    expect(forged.code).toBe(4401)
    const expired = await connectAndClose({ authorization: `Bearer ${await world.token({ expires: '1 minute ago' })}` })
    expect(expired).toEqual({ code: 4401, reason: 'The token has expired.' })
  })

  test('whoever asks before signing in is closed with 4401', async () => {
    const socket = await openSocket(world)
    const closed = waitForClose(socket)
    subscribe(socket, '1', '{ hello }')
    expect((await closed).code).toBe(4401)
  })

  test('a token may come with the upgrade', async () => {
    const socket = await openSocket(world, { Authorization: `Bearer ${await world.token()}` })
    sendMessage(socket, { type: 'connection_init' })
    expect(await receive(socket)).toMatchObject({ type: 'connection_ack' })
    socket.close()
  })

  test('that it cannot be found out who connects is no fault of the token', async () => {
    world.switches.failUsers = true
    const closed = await connectAndClose({ authorization: `Bearer ${await world.token()}` })
    world.switches.failUsers = false
    expect(closed.code).toBe(closeCodes.tryAgainLater)
    expect(closed.reason).not.toContain('hunter2')
  })

  test('pages of other sites are refused, listed ones and programs are not', async () => {
    const tryConnect = async (origin: string): Promise<string> => {
      const socket = new WebSocket(world.socketUrl, 'graphql-transport-ws', { origin })
      socket.on('error', () => {})
      const openEvent = once(socket, 'open').then(() => 'open')
      const refusalStatus = once(socket, 'unexpected-response').then(([, response]) => String(response.statusCode))
      const result = await Promise.race([openEvent, refusalStatus])
      socket.terminate()
      return result
    }
    for (const origin of ['https://evil.example', 'null']) expect(await tryConnect(origin), origin).toBe('403')
    for (const origin of ['https://school.example', 'https://media.example.com', world.url])
      expect(await tryConnect(origin), origin).toBe('open')
  })

  test('another path is no socket', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${world.port}/other`)
    socket.on('error', () => {})
    const [, response] = await once(socket, 'unexpected-response')
    expect(response.statusCode).toBe(404)
  })

  test('a connection that breaks while it is refused does no harm', async () => {
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

describe('when the token expires', () => {
  test('the socket is closed with 4401 and its streams end', async () => {
    const socket = await openSignedIn(world, '3 seconds ago')
    subscribe(socket, '1', 'subscription { forever }')
    await waitForSources(world.switches, 1)
    expect(await waitForClose(socket)).toEqual({ code: 4401, reason: 'The token has expired' })
    await waitForSources(world.switches, 0)
  })

  test('what is still sent while the socket closes does not run', async () => {
    const { promise: closing, resolve } = Promise.withResolvers<void>()
    const sourcesBefore = world.switches.totalSources
    const socket = await openSignedIn(world, '3 seconds ago')
    // Sent by hand as soon as the close frame is there, before it is answered.
    const receiver = (socket as unknown as { _receiver: NodeJS.EventEmitter })._receiver // ws shows no close that comes in
    receiver.prependListener('conclude', () => {
      subscribe(socket, '9', 'subscription { forever }')
      resolve()
    })
    await closing
    await waitForClose(socket)
    expect((await fetch(`${world.url}/livez`)).status).toBe(200)
    expect(world.switches.totalSources).toBe(sourcesBefore)
  })

  test('far away, beyond what a timer can wait, the socket stays open', async () => {
    const socket = await openSignedIn(world, '400 days')
    subscribe(socket, '1', '{ hello }')
    expect(await receive(socket)).toMatchObject({ type: 'next', payload: { data: { hello: 'world' } } })
    socket.close()
  })
})

describe('a client', () => {
  test('that sends too much at once is closed with 1009', async () => {
    const socket = await openSignedIn(world)
    const closed = waitForClose(socket)
    subscribe(socket, '1', `{ hello } # ${'x'.repeat(limits.bodyBytes)}`)
    expect((await closed).code).toBe(1009)
  })

  test('that stops reading is cut off with its code', async () => {
    const socket = await openSignedIn(world)
    const closed = waitForClose(socket)
    subscribe(socket, '1', 'subscription { flood }')
    await receive(socket)
    socket.pause()
    // Resumed only when the server has given up: the code waits behind what was not read.
    await world.waitForLog(/stopped reading/)
    socket.resume()
    expect((await closed).code).toBe(closeCodes.tooSlow)
    await waitForSources(world.switches, 0)
  })

  test('that stops reading for good costs nothing any more', async () => {
    const socket = await openSignedIn(world)
    subscribe(socket, '1', 'subscription { flood }')
    await receive(socket)
    socket.pause()
    await waitForSources(world.switches, 0)
    socket.terminate()
  })
})

import { once } from 'node:events'
import { describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { closeCodes } from '../../../src/server/closeCodes.ts'
import { limits } from '../../../src/server/plugins/limits.ts'
import { limitsOf } from '../rateLimit/transports.ts'
import { startServer } from '../serverIt.ts'
import { post, readResult, type ServerWorld } from '../serverWorld.ts'
import { deferred, waitForSources } from '../smallSchema.ts'
import { openSignedIn, openSocket, receive, sendMessage, subscribe, waitForClose } from './sockets.ts'

const openAs = async (world: ServerWorld, sub: string): Promise<WebSocket> => {
  const socket = await openSocket(world)
  sendMessage(socket, { type: 'connection_init', payload: { authorization: `Bearer ${await world.token({ sub })}` } })
  return socket
}

const acknowledged = { type: 'connection_ack' }

describe('a socket that keeps sending operations beyond its limit', () => {
  it('is closed with 4429', async () => {
    const world = await startServer()
    const socket = await openSignedIn(world)
    const closeEvent = waitForClose(socket)
    for (let id = 0; id < limits.operationsPerSocket + limits.refusalsPerSocket + 1; id++)
      subscribe(socket, `${id}`, 'subscription { forever }')
    expect(await closeEvent).toEqual({ code: closeCodes.tooMany, reason: 'Too many refused operations' })
    await waitForSources(world.switches, 0)
  })

  it('stays open if the refusals are few', async () => {
    const world = await startServer()
    const socket = await openSignedIn(world)
    const count = limits.operationsPerSocket + limits.refusalsPerSocket
    for (let id = 0; id < count; id++) subscribe(socket, `${id}`, 'subscription { forever }')
    for (let message = await receive(socket); message['id'] !== `${count - 1}`; ) message = await receive(socket)
    expect(socket.readyState).toBe(socket.OPEN)
    socket.terminate()
  })

  it('parses none of the refused documents', async () => {
    const world = await startServer()
    const socket = await openSignedIn(world)
    for (let id = 0; id < limits.operationsPerSocket; id++) subscribe(socket, `${id}`, 'subscription { forever }')
    await waitForSources(world.switches, limits.operationsPerSocket)
    subscribe(socket, 'refused', '{ this is not a document')
    let message = await receive(socket)
    while (message['id'] !== 'refused') message = await receive(socket)
    expect(message).toMatchObject({ payload: [{ message: expect.stringMatching(/^At most 200 operations/) }] })
    socket.terminate()
  })
})

describe('an operation that is refused before it runs', () => {
  it('counts as a call of its caller', async () => {
    const world = await startServer({ rateLimits: limitsOf({ calls: 3 }) })
    const socket = await openSignedIn(world)
    for (const query of ['{ hello', '{ nothingOfTheKind }', '']) {
      subscribe(socket, 'invalid', query)
      expect(await receive(socket)).toMatchObject({ type: 'error', id: 'invalid' })
    }
    subscribe(socket, 'valid', '{ hello }')
    expect(await receive(socket)).toMatchObject({ payload: { errors: [{ extensions: { code: 'RATE_LIMITED' } }] } })
    socket.terminate()
  })

  it('closes its socket with 4429 if the caller continues after the limit', async () => {
    const world = await startServer({ rateLimits: limitsOf({ calls: 1 }) })
    const socket = await openSignedIn(world)
    const closeEvent = waitForClose(socket)
    for (let id = 0; id < limits.refusalsPerSocket + 2; id++) subscribe(socket, `${id}`, '{ hello')
    expect((await closeEvent).code).toBe(closeCodes.tooMany)
  })
})

describe('operations of one socket', () => {
  it('execute a few at a time', async () => {
    const world = await startServer()
    const [full, mayEnd] = [deferred(), deferred()]
    let startedCount = 0
    world.switches.onTouch = () => {
      startedCount += 1
      if (startedCount === limits.executionsPerSocket) full.resolve()
      return mayEnd.promise
    }
    const socket = await openSignedIn(world)
    const count = limits.executionsPerSocket + 5
    for (let id = 0; id < count; id++) subscribe(socket, `${id}`, 'mutation { touch }')
    await full.promise
    expect(await readResult(post(world.url, await world.token(), { query: '{ hello }' }))).toMatchObject({
      data: { hello: 'world' },
    })
    expect(startedCount).toBe(limits.executionsPerSocket)
    mayEnd.resolve()
    for (let answers = 0; answers < count; ) if ((await receive(socket))['type'] === 'next') answers += 1
    socket.close()
  })

  it('do not execute if the client disconnects while they wait', async () => {
    const world = await startServer()
    const [full, mayEnd] = [deferred(), deferred()]
    let startedCount = 0
    world.switches.onTouch = () => {
      startedCount += 1
      if (startedCount === limits.executionsPerSocket) full.resolve()
      return mayEnd.promise
    }
    const socket = await openSignedIn(world)
    for (let id = 0; id < limits.executionsPerSocket + 3; id++) subscribe(socket, `${id}`, 'mutation { touch }')
    subscribe(socket, 'stream', 'subscription { forever }')
    await full.promise
    socket.close()
    await once(socket, 'close')
    mayEnd.resolve()
    await world.http.close()
    expect([startedCount, world.switches.totalSources]).toEqual([limits.executionsPerSocket, 0])
  })
})

describe('sockets of one user', () => {
  it('are closed with 4429 beyond the limit', async () => {
    const world = await startServer({ connectionLimits: { perUser: 2 } })
    for (const _ of [1, 2]) expect(await receive(await openAs(world, 'ada'))).toMatchObject(acknowledged)
    expect(await waitForClose(await openAs(world, 'ada'))).toMatchObject({ code: closeCodes.tooMany })
  })

  it('leave the places of other users', async () => {
    const world = await startServer({ connectionLimits: { perUser: 1 } })
    for (const sub of ['ada', 'grace']) expect(await receive(await openAs(world, sub))).toMatchObject(acknowledged)
  })

  it('free their place when they close', async () => {
    const world = await startServer({ connectionLimits: { perUser: 1 } })
    for (const _ of [1, 2, 3]) {
      const socket = await openAs(world, 'ada')
      expect(await receive(socket)).toMatchObject(acknowledged)
      socket.close()
      await once(socket, 'close')
    }
  })
})

const tryOpen = async (world: ServerWorld, headers: Record<string, string> = {}) => {
  const socket = new WebSocket(world.socketUrl, 'graphql-transport-ws', { headers })
  socket.on('error', () => {})
  return Promise.race([
    once(socket, 'open').then(() => ({ status: 101, retryAfter: undefined })),
    once(socket, 'unexpected-response').then(([, response]) => ({
      status: response.statusCode,
      retryAfter: response.headers['retry-after'],
    })),
  ])
}

describe('sockets from one address', () => {
  it('are refused with 429 beyond the limit, even if none of them has signed in', async () => {
    const world = await startServer({ connectionLimits: { perAddress: 2 } })
    for (const _ of [1, 2]) expect(await tryOpen(world)).toMatchObject({ status: 101 })
    expect(await tryOpen(world)).toEqual({ status: 429, retryAfter: '30' })
  })

  it('are told apart behind a trusted proxy', async () => {
    const world = await startServer({ connectionLimits: { perAddress: 1 } })
    const statuses: number[] = []
    for (const address of ['203.0.113.7', '203.0.113.8', '203.0.113.7'])
      statuses.push((await tryOpen(world, { 'X-Forwarded-For': address })).status)
    expect(statuses).toEqual([101, 101, 429])
  })

  it('free their place when they never sign in', async () => {
    const world = await startServer({ connectionLimits: { perAddress: 1 }, initMs: 50 })
    const socket = await openSocket(world)
    expect((await waitForClose(socket)).code).toBe(4408)
    expect(await tryOpen(world)).toMatchObject({ status: 101 })
  })
})

describe('event streams', () => {
  const open = async (world: ServerWorld, sub: string): Promise<Response> =>
    post(world.url, await world.token({ sub }), { query: 'subscription { forever }' }, { Accept: 'text/event-stream' })

  it('of one user are refused with 429 beyond the limit', async () => {
    const world = await startServer({ connectionLimits: { perUser: 1 } })
    const first = await open(world, 'ada')
    expect(first.status).toBe(200)
    await waitForSources(world.switches, 1)
    const second = await open(world, 'ada')
    expect([second.status, second.headers.get('Retry-After')]).toEqual([429, '30'])
    expect(await readResult(second)).toMatchObject({
      errors: [{ extensions: { code: 'RATE_LIMITED', retryAfterSeconds: 30 } }],
    })
    await waitForSources(world.switches, 1)
    await first.body?.cancel()
  })

  it('share their limit with the sockets of the user', async () => {
    const world = await startServer({ connectionLimits: { perUser: 1 } })
    expect(await receive(await openAs(world, 'ada'))).toMatchObject(acknowledged)
    expect((await open(world, 'ada')).status).toBe(429)
    expect((await open(world, 'grace')).status).toBe(200)
  })

  it('from one address are refused with 429 beyond the limit', async () => {
    const world = await startServer({ connectionLimits: { perAddress: 1 } })
    expect((await open(world, 'ada')).status).toBe(200)
    expect((await open(world, 'grace')).status).toBe(429)
  })

  it('free their place when they end', async () => {
    const world = await startServer({ connectionLimits: { perUser: 1 } })
    for (const _ of [1, 2, 3]) {
      const stream = await open(world, 'ada')
      expect(stream.status).toBe(200)
      await waitForSources(world.switches, 1)
      await stream.body?.cancel()
      await waitForSources(world.switches, 0)
    }
  })
})

import { on, once } from 'node:events'
import { connect } from 'node:net'
import type { Client } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { WebSocket } from 'ws'
import { limits } from '../../src/server/guards/limits.ts'
import { closeCodes } from '../../src/server/websocket.ts'
import { type Answer, overSocket, startWorld, type World } from './graphqlWorld.ts'
import { deferred, holdTouch, sourcesAre } from './smallSchema.ts'

let world: World

beforeAll(async () => {
  world = await startWorld({ corsOrigins: ['https://school.example'], stallMs: 200 })
})
afterAll(() => world.close())

/** What has come over a socket: several messages may come at once. */
const unheard = new WeakMap<WebSocket, AsyncIterator<unknown[]>>()

/** A socket by hand, for what a client library would never do. */
const open = async (headers: Record<string, string> = {}): Promise<WebSocket> => {
  const socket = new WebSocket(world.socketUrl, 'graphql-transport-ws', { headers })
  unheard.set(socket, on(socket, 'message'))
  await once(socket, 'open')
  return socket
}

const say = (socket: WebSocket, message: object): void => socket.send(JSON.stringify(message))

const hear = async (socket: WebSocket): Promise<Record<string, unknown>> => {
  const heard = await unheard.get(socket)?.next()
  return JSON.parse(String(heard?.value[0]))
}

const closeOf = async (socket: WebSocket): Promise<{ code: number; reason: string }> => {
  const [code, reason] = await once(socket, 'close')
  return { code, reason: String(reason) }
}

const signIn = async (socket: WebSocket, token: string): Promise<void> => {
  say(socket, { type: 'connection_init', payload: { authorization: `Bearer ${token}` } })
  expect(await hear(socket)).toMatchObject({ type: 'connection_ack' })
}

const signedIn = async (expires = '1h'): Promise<WebSocket> => {
  const socket = await open()
  await signIn(socket, await world.token({ expires }))
  return socket
}

const subscribe = (socket: WebSocket, id: string, query: string, variables?: object): void =>
  say(socket, { id, type: 'subscribe', payload: { query, variables } })

const ask = (client: Client, query: string): Promise<Answer[]> => overSocket(client, { query })

describe('who connects', () => {
  const refusedWith = async (payload: object | undefined) => {
    const socket = await open()
    const closed = closeOf(socket)
    say(socket, { type: 'connection_init', payload })
    return closed
  }

  test('nobody is closed with 4401', async () => {
    expect((await refusedWith(undefined)).code).toBe(closeCodes.unauthenticated)
    expect((await refusedWith({ authorization: 4 })).code).toBe(closeCodes.unauthenticated)
  })

  test('a forged and an expired token are closed with 4401', async () => {
    const [head, body] = (await world.token()).split('.')
    const forged = await refusedWith({ authorization: `Bearer ${head}.${body}.${'A'.repeat(43)}` })
    expect(forged.code).toBe(4401)
    const expired = await refusedWith({ authorization: `Bearer ${await world.token({ expires: '1 minute ago' })}` })
    expect(expired).toEqual({ code: 4401, reason: 'The token has expired.' })
  })

  test('whoever asks before signing in is closed with 4401', async () => {
    const socket = await open()
    const closed = closeOf(socket)
    subscribe(socket, '1', '{ hello }')
    expect((await closed).code).toBe(4401)
  })

  test('a token may come with the upgrade', async () => {
    const socket = await open({ Authorization: `Bearer ${await world.token()}` })
    say(socket, { type: 'connection_init' })
    expect(await hear(socket)).toMatchObject({ type: 'connection_ack' })
    socket.close()
  })

  test('that it cannot be found out who connects is no fault of the token', async () => {
    world.switches.failUsers = true
    const closed = await refusedWith({ authorization: `Bearer ${await world.token()}` })
    world.switches.failUsers = false
    expect(closed.code).toBe(closeCodes.tryAgainLater)
    expect(closed.reason).not.toContain('hunter2')
  })

  test('pages of other sites are refused, listed ones and programs are not', async () => {
    const answered = async (origin: string): Promise<string> => {
      const socket = new WebSocket(world.socketUrl, 'graphql-transport-ws', { origin })
      socket.on('error', () => {})
      const opened = once(socket, 'open').then(() => 'open')
      const refused = once(socket, 'unexpected-response').then(([, response]) => String(response.statusCode))
      const result = await Promise.race([opened, refused])
      socket.terminate()
      return result
    }
    for (const origin of ['https://evil.example', 'null']) expect(await answered(origin), origin).toBe('403')
    for (const origin of ['https://school.example', 'https://media.example.com', world.url])
      expect(await answered(origin), origin).toBe('open')
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
    const socket = await signedIn('3 seconds ago')
    subscribe(socket, '1', 'subscription { forever }')
    await sourcesAre(world.switches, 1)
    expect(await closeOf(socket)).toEqual({ code: 4401, reason: 'The token has expired' })
    await sourcesAre(world.switches, 0)
  })

  test('what is still sent while the socket closes does not run', async () => {
    const { promise: closing, resolve } = Promise.withResolvers<void>()
    const before = world.switches.openedSources
    const socket = await signedIn('3 seconds ago')
    // Sent by hand as soon as the close frame is there, before it is answered.
    const receiver = (socket as unknown as { _receiver: NodeJS.EventEmitter })._receiver // ws shows no close that comes in
    receiver.prependListener('conclude', () => {
      subscribe(socket, '9', 'subscription { forever }')
      resolve()
    })
    await closing
    await closeOf(socket)
    expect((await fetch(`${world.url}/livez`)).status).toBe(200)
    expect(world.switches.openedSources).toBe(before)
  })

  test('far away, beyond what a timer can wait, the socket stays open', async () => {
    const socket = await signedIn('400 days')
    subscribe(socket, '1', '{ hello }')
    expect(await hear(socket)).toMatchObject({ type: 'next', payload: { data: { hello: 'world' } } })
    socket.close()
  })
})

describe('an operation', () => {
  test('runs: a query, a subscription', async () => {
    const client = world.connect(await world.token())
    expect(await ask(client, '{ hello }')).toEqual([{ data: { hello: 'world' } }])
    expect(await ask(client, 'subscription { count(to: 2) }')).toEqual([{ data: { count: 1 } }, { data: { count: 2 } }])
  })

  test('may be a mutation', async () => {
    const before = world.switches.touched
    const client = world.connect(await world.token())
    expect(await ask(client, 'mutation { touch }')).toEqual([{ data: { touch: before + 1 } }])
  })

  test('takes its id from no mutation that still runs, although nobody waits for that one', async () => {
    const { started, mayEnd } = holdTouch(world.switches)
    const socket = await signedIn()
    subscribe(socket, '1', 'mutation { touch }')
    await started
    say(socket, { type: 'complete', id: '1' })
    subscribe(socket, '1', '{ hello }')
    expect(await hear(socket)).toMatchObject({ type: 'error', payload: [{ extensions: { code: 'INVALID_INPUT' } }] })
    mayEnd.resolve()
    subscribe(socket, '2', '{ hello }')
    expect(await hear(socket)).toMatchObject({ type: 'next', id: '2' })
    world.switches.onTouch = async () => {}
    socket.close()
  })

  test('takes its id from no query either that still runs: that answer would pass for its own', async () => {
    const [slowStarted, slowMayEnd] = [deferred(), deferred()]
    Object.assign(world.switches, { slowStarted, slowMayEnd })
    const before = world.switches.touched
    const socket = await signedIn()
    subscribe(socket, '1', '{ slow }')
    await slowStarted.promise
    say(socket, { type: 'complete', id: '1' })
    subscribe(socket, '1', 'mutation { touch }')
    expect(await hear(socket)).toMatchObject({
      type: 'error',
      id: '1',
      payload: [{ extensions: { code: 'INVALID_INPUT' } }],
    })
    slowMayEnd.resolve()
    subscribe(socket, '2', '{ hello }')
    expect(await hear(socket)).toMatchObject({ type: 'next', id: '2' })
    expect(await hear(socket)).toMatchObject({ type: 'complete', id: '2' })
    expect(world.switches.touched).toBe(before)
    // It is free again, also after what never ran.
    for (const query of ['query A { hello } query B { hello }', '{ hello', 'mutation { touch }']) {
      subscribe(socket, '1', query)
      const { id, type } = await hear(socket)
      expect(id).toBe('1')
      if (type === 'next') expect(await hear(socket)).toMatchObject({ type: 'complete', id: '1' })
    }
    expect(world.switches.touched).toBe(before + 1)
    socket.close()
  })

  test('counts among those of its socket until it has ended, although nobody waits for it', async () => {
    const slowMayEnd = deferred()
    Object.assign(world.switches, { slowMayEnd })
    const socket = await signedIn()
    for (let count = 0; count < limits.operationsPerSocket; count++) {
      subscribe(socket, `${count}`, '{ slow }')
      say(socket, { type: 'complete', id: `${count}` })
    }
    subscribe(socket, 'one more', '{ hello }')
    expect(await hear(socket)).toMatchObject({
      type: 'error',
      id: 'one more',
      payload: [{ message: `At most ${limits.operationsPerSocket} operations run on one socket.` }],
    })
    slowMayEnd.resolve()
    await vi.waitFor(async () => {
      subscribe(socket, 'after', '{ hello }')
      const message = await hear(socket)
      if (message.type === 'next') expect(await hear(socket)).toMatchObject({ type: 'complete' })
      expect(message).toMatchObject({ type: 'next', payload: { data: { hello: 'world' } } })
    })
    socket.close()
  })

  test('has a request id and a context of its own, and so has every event', async () => {
    const client = world.connect(await world.token())
    const [[first], [second]] = [await ask(client, '{ requestId }'), await ask(client, '{ requestId }')]
    expect(first?.data?.requestId).not.toBe(second?.data?.requestId)
    const serials = (await ask(client, 'subscription { serials(events: 3) }')).map(({ data }) => data?.serials)
    expect(new Set(serials).size).toBe(3)
  })

  test('that is stopped lets its source go while it waits', async () => {
    const socket = await signedIn()
    subscribe(socket, '1', 'subscription { forever }')
    await sourcesAre(world.switches, 1)
    say(socket, { id: '1', type: 'complete' })
    await sourcesAre(world.switches, 0)
    socket.close()
  })

  test('with a fault is answered, and its socket and its other streams stay', async () => {
    const socket = await signedIn()
    subscribe(socket, 'stream', 'subscription { forever }')
    expect(await hear(socket)).toMatchObject({ id: 'stream', type: 'next' })
    const faults: [string, object?][] = [
      ['{ hello'],
      ['{ nothingOfTheKind }'],
      ['query A { hello } query B { hello }'],
      ['query ($first: Int) { items(first: $first) { level } }', { first: 'many' }],
      ['subscription ($to: Int!) { count(to: $to) }', { to: 'many' }],
      ['subscription ($to: Int!) { count(to: $to) }', {}],
      ['subscription { subscribeBug }'],
      ['fragment f on Query { hello }'],
      [''],
    ]
    for (const [index, [query, variables]] of faults.entries()) {
      subscribe(socket, `fault ${index}`, query, variables)
      const message = await hear(socket)
      expect(message.id, query).toBe(`fault ${index}`)
      expect(JSON.stringify(message.payload), query).toContain('message')
      expect(JSON.stringify(message.payload), query).not.toMatch(/hunter2|"http"/)
      if (message.type === 'next') expect(await hear(socket), query).toMatchObject({ type: 'complete' })
    }
    subscribe(socket, 'after', '{ hello }')
    expect(await hear(socket)).toMatchObject({ id: 'after', type: 'next' })
    expect(world.switches.openSources).toBe(1)
    socket.close()
    await sourcesAre(world.switches, 0)
  })

  test('that meets a bug says nothing of it', async () => {
    const client = world.connect(await world.token())
    const masked = { extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: expect.any(String) } }
    for (const [query, expected] of [
      ['{ bug }', [{ data: { bug: null }, errors: [masked] }]],
      ['{ wrongOutput }', [{ errors: [masked] }]],
      ['subscription { eventBug }', [{ errors: [masked] }, { data: { eventBug: 2 } }]],
      ['subscription { sourceBug }', [{ data: { sourceBug: 1 } }, { errors: [masked] }]],
      ['subscription { subscribeBug }', [{ errors: [masked] }]],
    ] as const) {
      const found = await ask(client, query)
      expect(found, query).toMatchObject(expected)
      expect(JSON.stringify(found), query).not.toContain('hunter2')
    }
    world.switches.failContext = true
    const found = await ask(client, '{ hello }')
    world.switches.failContext = false
    expect(found).toMatchObject([{ errors: [masked] }])
  })

  test('that is refused is refused in its own words', async () => {
    const client = world.connect(await world.token())
    const forbidden = { message: 'Not yours to follow.', extensions: { code: 'FORBIDDEN' } }
    expect(await ask(client, 'subscription { forbidden }')).toMatchObject([{ errors: [forbidden] }])
    expect(await ask(client, '{ missing }')).toMatchObject([{ errors: [{ extensions: { code: 'NOT_FOUND' } }] }])
  })
})

describe('a client', () => {
  test('that sends too much at once is closed with 1009', async () => {
    const socket = await signedIn()
    const closed = closeOf(socket)
    subscribe(socket, '1', `{ hello } # ${'x'.repeat(limits.bodyBytes)}`)
    expect((await closed).code).toBe(1009)
  })

  test('that stops reading is cut off with its code', async () => {
    const socket = await signedIn()
    const closed = closeOf(socket)
    subscribe(socket, '1', 'subscription { flood }')
    await hear(socket)
    socket.pause()
    // Resumed only when the server has given up: the code waits behind what was not read.
    await world.written(/stopped reading/)
    socket.resume()
    expect((await closed).code).toBe(closeCodes.tooSlow)
    await sourcesAre(world.switches, 0)
  })

  test('that stops reading for good costs nothing any more', async () => {
    const socket = await signedIn()
    subscribe(socket, '1', 'subscription { flood }')
    await hear(socket)
    socket.pause()
    await sourcesAre(world.switches, 0)
    socket.terminate()
  })
})

import type { Client } from 'graphql-ws'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { limits } from '../../../src/server/plugins/limits.ts'
import { type GraphqlResult, overSocket, type ServerWorld, startServerWorld } from '../serverWorld.ts'
import { deferred, holdTouch, waitForSources } from '../smallSchema.ts'
import { openSignedIn, receive, sendMessage, subscribe } from './sockets.ts'

let world: ServerWorld

beforeAll(async () => {
  world = await startServerWorld()
})
afterAll(() => world.close())

const ask = (client: Client, query: string): Promise<GraphqlResult[]> => overSocket(client, { query })

describe('an operation', () => {
  test('runs: a query, a subscription', async () => {
    const client = world.connect(await world.token())
    expect(await ask(client, '{ hello }')).toEqual([{ data: { hello: 'world' } }])
    expect(await ask(client, 'subscription { count(to: 2) }')).toEqual([{ data: { count: 1 } }, { data: { count: 2 } }])
  })

  test('may be a mutation', async () => {
    const previousCount = world.switches.touchCount
    const client = world.connect(await world.token())
    expect(await ask(client, 'mutation { touch }')).toEqual([{ data: { touch: previousCount + 1 } }])
  })

  test('takes its id from no mutation that still runs, although nobody waits for that one', async () => {
    const { started, mayEnd } = holdTouch(world.switches)
    const socket = await openSignedIn(world)
    subscribe(socket, '1', 'mutation { touch }')
    await started
    sendMessage(socket, { type: 'complete', id: '1' })
    subscribe(socket, '1', '{ hello }')
    expect(await receive(socket)).toMatchObject({ type: 'error', payload: [{ extensions: { code: 'INVALID_INPUT' } }] })
    mayEnd.resolve()
    subscribe(socket, '2', '{ hello }')
    expect(await receive(socket)).toMatchObject({ type: 'next', id: '2' })
    world.switches.onTouch = async () => {}
    socket.close()
  })

  test('takes its id from no query either that still runs: that answer would pass for its own', async () => {
    const [slowStarted, slowMayEnd] = [deferred(), deferred()]
    Object.assign(world.switches, { slowStarted, slowMayEnd })
    const previousCount = world.switches.touchCount
    const socket = await openSignedIn(world)
    subscribe(socket, '1', '{ slow }')
    await slowStarted.promise
    sendMessage(socket, { type: 'complete', id: '1' })
    subscribe(socket, '1', 'mutation { touch }')
    expect(await receive(socket)).toMatchObject({
      type: 'error',
      id: '1',
      payload: [{ extensions: { code: 'INVALID_INPUT' } }],
    })
    slowMayEnd.resolve()
    subscribe(socket, '2', '{ hello }')
    expect(await receive(socket)).toMatchObject({ type: 'next', id: '2' })
    expect(await receive(socket)).toMatchObject({ type: 'complete', id: '2' })
    expect(world.switches.touchCount).toBe(previousCount)
    // It is free again, also after what never ran.
    for (const query of ['query A { hello } query B { hello }', '{ hello', 'mutation { touch }']) {
      subscribe(socket, '1', query)
      const { id, type } = await receive(socket)
      expect(id).toBe('1')
      if (type === 'next') expect(await receive(socket)).toMatchObject({ type: 'complete', id: '1' })
    }
    expect(world.switches.touchCount).toBe(previousCount + 1)
    socket.close()
  })

  test('counts among those of its socket until it has ended, although nobody waits for it', async () => {
    const slowMayEnd = deferred()
    Object.assign(world.switches, { slowMayEnd })
    const socket = await openSignedIn(world)
    for (let count = 0; count < limits.operationsPerSocket; count++) {
      subscribe(socket, `${count}`, '{ slow }')
      sendMessage(socket, { type: 'complete', id: `${count}` })
    }
    subscribe(socket, 'one more', '{ hello }')
    expect(await receive(socket)).toMatchObject({
      type: 'error',
      id: 'one more',
      payload: [{ message: `At most ${limits.operationsPerSocket} operations run on one socket.` }],
    })
    slowMayEnd.resolve()
    await vi.waitFor(async () => {
      subscribe(socket, 'after', '{ hello }')
      const message = await receive(socket)
      if (message.type === 'next') expect(await receive(socket)).toMatchObject({ type: 'complete' })
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
    const socket = await openSignedIn(world)
    subscribe(socket, '1', 'subscription { forever }')
    await waitForSources(world.switches, 1)
    sendMessage(socket, { id: '1', type: 'complete' })
    await waitForSources(world.switches, 0)
    socket.close()
  })

  test('with a fault is answered, and its socket and its other streams stay', async () => {
    const socket = await openSignedIn(world)
    subscribe(socket, 'stream', 'subscription { forever }')
    expect(await receive(socket)).toMatchObject({ id: 'stream', type: 'next' })
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
      const message = await receive(socket)
      expect(message.id, query).toBe(`fault ${index}`)
      expect(JSON.stringify(message.payload), query).toContain('message')
      expect(JSON.stringify(message.payload), query).not.toMatch(/hunter2|"http"/)
      if (message.type === 'next') expect(await receive(socket), query).toMatchObject({ type: 'complete' })
    }
    subscribe(socket, 'after', '{ hello }')
    expect(await receive(socket)).toMatchObject({ id: 'after', type: 'next' })
    expect(world.switches.openSources).toBe(1)
    socket.close()
    await waitForSources(world.switches, 0)
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
      const results = await ask(client, query)
      expect(results, query).toMatchObject(expected)
      expect(JSON.stringify(results), query).not.toContain('hunter2')
    }
    world.switches.failContext = true
    const results = await ask(client, '{ hello }')
    world.switches.failContext = false
    expect(results).toMatchObject([{ errors: [masked] }])
  })

  test('that is refused is refused in its own words', async () => {
    const client = world.connect(await world.token())
    const forbidden = { message: 'Not yours to follow.', extensions: { code: 'FORBIDDEN' } }
    expect(await ask(client, 'subscription { forbidden }')).toMatchObject([{ errors: [forbidden] }])
    expect(await ask(client, '{ missing }')).toMatchObject([{ errors: [{ extensions: { code: 'NOT_FOUND' } }] }])
  })
})

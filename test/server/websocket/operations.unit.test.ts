import type { Client } from 'graphql-ws'
import { describe, expect, vi } from 'vitest'
import { limits } from '../../../src/server/plugins/limits.ts'
import { it } from '../serverIt.ts'
import { type GraphqlResult, overSocket } from '../serverWorld.ts'
import { deferred, holdTouch, waitForSources } from '../smallSchema.ts'
import { openSignedIn, receive, sendMessage, subscribe } from './sockets.ts'

const ask = (client: Client, query: string): Promise<GraphqlResult[]> => overSocket(client, { query })

describe('an operation', () => {
  it('may be a query', async ({ world }) => {
    const client = world.connect(await world.token())
    expect(await ask(client, '{ hello }')).toEqual([{ data: { hello: 'world' } }])
  })

  it('may be a subscription', async ({ world }) => {
    const client = world.connect(await world.token())
    expect(await ask(client, 'subscription { count(to: 2) }')).toEqual([{ data: { count: 1 } }, { data: { count: 2 } }])
  })

  it('may be a mutation', async ({ world }) => {
    const previousCount = world.switches.touchCount
    const client = world.connect(await world.token())
    expect(await ask(client, 'mutation { touch }')).toEqual([{ data: { touch: previousCount + 1 } }])
  })

  it('is refused while a mutation that the client has stopped runs under its id', async ({ world }) => {
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

  it('is refused while a query that the client has stopped runs under its id', async ({ world }) => {
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
    // The id is free again.
    subscribe(socket, '1', 'mutation { touch }')
    expect(await receive(socket)).toMatchObject({ type: 'next', id: '1' })
    expect(world.switches.touchCount).toBe(previousCount + 1)
    socket.close()
  })

  it('may have the id of an operation that never ran', async ({ world }) => {
    const previousCount = world.switches.touchCount
    const socket = await openSignedIn(world)
    for (const query of ['query A { hello } query B { hello }', '{ hello', 'mutation { touch }']) {
      subscribe(socket, '1', query)
      const { id, type } = await receive(socket)
      expect(id).toBe('1')
      if (type === 'next') expect(await receive(socket)).toMatchObject({ type: 'complete', id: '1' })
    }
    expect(world.switches.touchCount).toBe(previousCount + 1)
    socket.close()
  })

  it('counts towards the limit of its socket until it has ended, even if the client has stopped it', async ({
    world,
  }) => {
    const slowMayEnd = deferred()
    Object.assign(world.switches, { slowMayEnd })
    const socket = await openSignedIn(world)
    for (let count = 0; count < limits.operationsPerSocket; count++) {
      subscribe(socket, `${count}`, '{ slow }')
      sendMessage(socket, { type: 'complete', id: `${count}` })
    }
    subscribe(socket, 'extra', '{ hello }')
    expect(await receive(socket)).toMatchObject({
      type: 'error',
      id: 'extra',
      payload: [{ message: expect.stringMatching(`^At most ${limits.operationsPerSocket} operations may run`) }],
    })
    slowMayEnd.resolve()
    await vi.waitFor(
      async () => {
        subscribe(socket, 'after', '{ hello }')
        const message = await receive(socket)
        if (message.type === 'next') expect(await receive(socket)).toMatchObject({ type: 'complete' })
        expect(message).toMatchObject({ type: 'next', payload: { data: { hello: 'world' } } })
      },
      { timeout: 20_000 },
    )
    socket.close()
  })

  it('has a request id of its own', async ({ world }) => {
    const client = world.connect(await world.token())
    const [[first], [second]] = [await ask(client, '{ requestId }'), await ask(client, '{ requestId }')]
    expect(first?.data?.requestId).not.toBe(second?.data?.requestId)
  })

  it('creates a context for every event', async ({ world }) => {
    const client = world.connect(await world.token())
    const serials = (await ask(client, 'subscription { serials(events: 3) }')).map(({ data }) => data?.serials)
    expect(new Set(serials).size).toBe(3)
  })

  it('ends its waiting source when the client stops it', async ({ world }) => {
    const socket = await openSignedIn(world)
    subscribe(socket, '1', 'subscription { forever }')
    await waitForSources(world.switches, 1)
    sendMessage(socket, { id: '1', type: 'complete' })
    await waitForSources(world.switches, 0)
    socket.close()
  })

  it('leaves its socket and other streams open if it is invalid', async ({ world }) => {
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

  const internalError = { extensions: { code: 'INTERNAL_SERVER_ERROR', requestId: expect.any(String) } }

  it.for([
    ['{ bug }', [{ data: { bug: null }, errors: [internalError] }]],
    ['{ wrongOutput }', [{ errors: [internalError] }]],
    ['subscription { eventBug }', [{ errors: [internalError] }, { data: { eventBug: 2 } }]],
    ['subscription { sourceBug }', [{ data: { sourceBug: 1 } }, { errors: [internalError] }]],
    ['subscription { subscribeBug }', [{ errors: [internalError] }]],
  ] as const)('masks the bug of %s', async ([query, expectedResults], { world }) => {
    const results = await ask(world.connect(await world.token()), query)
    expect(results).toMatchObject(expectedResults)
    expect(JSON.stringify(results)).not.toContain('hunter2')
  })

  it('masks a failure to create the context', async ({ world }) => {
    const client = world.connect(await world.token())
    world.switches.failContext = true
    const results = await ask(client, '{ hello }')
    world.switches.failContext = false
    expect(results).toMatchObject([{ errors: [internalError] }])
  })

  it('keeps the message of a refusal', async ({ world }) => {
    const client = world.connect(await world.token())
    const forbidden = { message: 'You may not follow this media.', extensions: { code: 'FORBIDDEN' } }
    expect(await ask(client, 'subscription { forbidden }')).toMatchObject([{ errors: [forbidden] }])
    expect(await ask(client, '{ missing }')).toMatchObject([{ errors: [{ extensions: { code: 'NOT_FOUND' } }] }])
  })
})

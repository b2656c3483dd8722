import { it as base, describe, expect } from 'vitest'
import { closeCodes } from '../../src/server/closeCodes.ts'
import { startServer } from './serverIt.ts'
import { type GraphqlResult, readEvents, type ServerWorld } from './serverWorld.ts'
import { sendTick, waitForSources } from './smallSchema.ts'
import { openSocket, receive, sendMessage, subscribe, waitForClose } from './websocket/sockets.ts'

const it = base.extend('world', () => startServer({ closeMs: 500 }))

type Claims = Parameters<ServerWorld['token']>[0]

interface Subscriber {
  next(): Promise<GraphqlResult>
  leave(): void
}

const openOnSocket = async (world: ServerWorld, claims: Claims) => {
  const socket = await openSocket(world)
  sendMessage(socket, { type: 'connection_init', payload: { authorization: `Bearer ${await world.token(claims)}` } })
  await receive(socket)
  return socket
}

const transports: Record<string, (world: ServerWorld, query: string, claims: Claims) => Promise<Subscriber>> = {
  async 'a WebSocket'(world, query, claims) {
    const socket = await openOnSocket(world, claims)
    subscribe(socket, `own ${claims?.sub}`, query)
    return {
      async next() {
        const message = await receive(socket)
        expect(message).toMatchObject({ id: `own ${claims?.sub}`, type: 'next' })
        return message['payload'] as GraphqlResult // as: of a next message
      },
      leave: () => socket.close(),
    }
  },
  async 'an event stream'(world, query, claims) {
    const leaving = new AbortController()
    const address = `${world.url}/graphql?query=${encodeURIComponent(query)}`
    const headers = { Accept: 'text/event-stream', Authorization: `Bearer ${await world.token(claims)}` }
    const events = readEvents(await fetch(address, { headers, signal: leaving.signal }))
    return { next: async () => (await events.next()).value ?? {}, leave: () => leaving.abort() }
  },
}

const ada: Claims = { sub: 'ada', role: 'editor' }
const bob: Claims = { sub: 'bob', role: 'editor' }
const vera: Claims = { sub: 'vera', role: 'viewer' }

/** Opens subscribers, and waits until their sources are open. */
const open = async (world: ServerWorld, transport: string, query: string, callers: Claims[]): Promise<Subscriber[]> => {
  const subscribers: Subscriber[] = []
  for (const claims of callers) {
    const subscriber = await transports[transport]?.(world, `subscription { ticks { ${query} } }`, claims)
    if (subscriber === undefined) throw new Error('No such transport.')
    subscribers.push(subscriber)
  }
  await waitForSources(world.switches, callers.length)
  return subscribers
}

const nextTicks = (subscribers: Subscriber[]) =>
  Promise.all(subscribers.map(async (subscriber) => (await subscriber.next()).data?.['ticks']))

describe.for(Object.keys(transports))('subscribers on %s', (transport) => {
  it('share the execution of an event if their rights are the same', async ({ world }) => {
    const subscribers = await open(world, transport, 'text execution', [ada, bob])
    sendTick(world.switches, 0, { text: 'ü' })
    expect(await nextTicks(subscribers)).toEqual(Array(2).fill({ text: 'ü', execution: 1 }))
    sendTick(world.switches, 1, { text: 'next' })
    expect(await nextTicks(subscribers)).toEqual(Array(2).fill({ text: 'next', execution: 2 }))
    for (const { leave } of subscribers) leave()
  })

  it('share no execution if their roles differ', async ({ world }) => {
    const subscribers = await open(world, transport, 'role execution', [ada, vera, bob])
    sendTick(world.switches, 0, { text: 'first' })
    expect(await nextTicks(subscribers)).toEqual([
      { role: 'EDITOR', execution: 1 },
      { role: 'VIEWER', execution: 2 },
      { role: 'EDITOR', execution: 1 },
    ])
    for (const { leave } of subscribers) leave()
  })

  it('share no execution of a field that depends on the caller', async ({ world }) => {
    const subscribers = await open(world, transport, 'userId execution', [ada, bob])
    sendTick(world.switches, 0, { text: 'first' })
    expect(await nextTicks(subscribers)).toEqual([
      { userId: 'ada', execution: 1 },
      { userId: 'bob', execution: 2 },
    ])
    for (const { leave } of subscribers) leave()
  })

  it('continue when one of them leaves', async ({ world }) => {
    const [first, ...others] = await open(world, transport, 'text', [ada, bob, ada])
    sendTick(world.switches, 0, { text: 'first' })
    await nextTicks([...(first ? [first] : []), ...others])
    first?.leave()
    await waitForSources(world.switches, 2)
    sendTick(world.switches, 1, { text: 'second' })
    expect(await nextTicks(others)).toEqual(Array(2).fill({ text: 'second' }))
    for (const { leave } of others) leave()
  })

  it('each read their own request id if the shared execution fails', async ({ world }) => {
    const subscribers = await open(world, transport, 'broken', [ada, bob])
    sendTick(world.switches, 0, { text: 'first', isBroken: true })
    const results = await Promise.all(subscribers.map(({ next }) => next()))
    for (const result of results)
      expect(result).toMatchObject({
        data: { ticks: { broken: null } },
        errors: [{ path: ['ticks', 'broken'], extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
      })
    expect(new Set(results.map(({ errors }) => errors?.[0]?.extensions?.['requestId'])).size).toBe(2)
    expect(JSON.stringify(results)).not.toContain('hunter2')
    expect(world.switches.tickExecutions).toBe(1)
    sendTick(world.switches, 1, { text: 'second' })
    expect(await nextTicks(subscribers)).toEqual(Array(2).fill({ broken: 'whole' }))
    for (const { leave } of subscribers) leave()
  })
})

describe('a subscriber whose token expires', () => {
  it('receives no event that others still receive', async ({ world }) => {
    const expiring = await openOnSocket(world, { ...ada, expires: '3 seconds ago' })
    const staying = await openOnSocket(world, bob)
    const messages: string[] = []
    expiring.on('message', (data) => messages.push(String(data)))
    for (const socket of [expiring, staying]) subscribe(socket, '1', 'subscription { ticks { text } }')
    await waitForSources(world.switches, 2)
    expect((await waitForClose(expiring)).code).toBe(closeCodes.tokenExpired)
    sendTick(world.switches, 0, { text: 'secret' })
    expect(await receive(staying)).toMatchObject({ payload: { data: { ticks: { text: 'secret' } } } })
    expect(messages).toEqual([])
    staying.close()
  })
})

describe('a subscriber that does not read', () => {
  it('delays no other', async ({ world }) => {
    const [stalled, reading] = [await openOnSocket(world, ada), await openOnSocket(world, bob)]
    for (const socket of [stalled, reading]) subscribe(socket, '1', 'subscription { ticks { text } }')
    await waitForSources(world.switches, 2)
    stalled.pause()
    for (let index = 0; index < 30; index++) {
      sendTick(world.switches, index, { text: `${index} ${'x'.repeat(256 * 1024)}` })
      expect(await receive(reading)).toMatchObject({ type: 'next' })
    }
    stalled.terminate()
    reading.close()
  })
})

describe('messages of two operations on one socket', () => {
  it('have the ids of their operations', async ({ world }) => {
    const socket = await openOnSocket(world, ada)
    for (const id of ['a"b', 'ü']) subscribe(socket, id, 'subscription { ticks { text execution } }')
    await waitForSources(world.switches, 2)
    sendTick(world.switches, 0, { text: 'first' })
    const payload = { data: { ticks: { text: 'first', execution: 1 } } }
    expect([await receive(socket), await receive(socket)]).toEqual([
      { id: 'a"b', type: 'next', payload },
      { id: 'ü', type: 'next', payload },
    ])
    socket.close()
  })
})

import { describe, expect, vi } from 'vitest'
import { type Answer, it as base, openSockets, send } from './outageIt.ts'

const reading = '{ mediaList(first: 1) { nodes { id } } }'
const folder = (name: string) => `mutation { folderCreate(input: { name: "${name}" }) { __typename } }`

const measure = async <Result>(work: Promise<Result>): Promise<{ result: Result; seconds: number }> => {
  const startMs = performance.now()
  return { result: await work, seconds: (performance.now() - startMs) / 1000 }
}

/** `it` with the answers of a server whose database accepted but did not answer, and which answers again. */
const it = base.extend('frozen', { scope: 'file' }, async ({ world, proxy }, { onCleanup }) => {
  const sockets = await openSockets(world)
  onCleanup(() => sockets.dispose())
  await send(world, reading)
  const followed: unknown[] = []
  const firstEvent = Promise.withResolvers<void>()
  sockets.subscribe(
    { query: 'subscription { events(actions: ["folder.created"]) { action } }' },
    {
      next: (event) => {
        followed.push(event)
        firstEvent.resolve()
      },
      error: () => undefined,
      complete: () => undefined,
    },
  )
  await vi.waitUntil(
    async () => {
      await send(world, folder(`before ${followed.length} ${Math.random()}`))
      return followed.length > 0
    },
    { timeout: 20_000, interval: 200 },
  )
  await firstEvent.promise

  proxy.freeze()
  const socketQuery = new Promise((resolve, reject) => {
    sockets.subscribe({ query: reading }, { next: resolve, error: reject, complete: () => undefined })
  })
  // The first statement of a caller whom the server does not know yet is that of the authentication.
  const [query, overSocket, mutation, keyed, ready, lateSocket] = await Promise.all([
    send(world, reading),
    measure(socketQuery),
    send(world, folder('lost')),
    send(world, folder('keyed'), { 'idempotency-key': 'frozen' }),
    measure(fetch(`${world.origin}/readyz`)),
    measure(
      openSockets(world, 'New').then(
        (client) =>
          new Promise<number>((resolve) => client.on('closed', (event) => resolve((event as { code: number }).code))),
      ),
    ),
  ])
  const followedBefore = followed.length
  proxy.thaw()
  return { query, overSocket, mutation, keyed, ready, lateSocket, followed, followedBefore }
})

const codeOf = ({ body }: Answer): unknown => body.errors?.[0]?.extensions.code

describe('a server whose database accepts but does not answer', { timeout: 90_000 }, () => {
  it('refuses a query with UNAVAILABLE', ({ frozen }) => {
    expect(codeOf(frozen.query)).toBe('UNAVAILABLE')
  })

  it('refuses a query within the deadline', ({ frozen }) => {
    expect(frozen.query.seconds).toBeLessThan(12)
  })

  it('answers a query with status 503', ({ frozen }) => {
    expect(frozen.query.status).toBe(503)
  })

  it('says when a query may be sent again', ({ frozen }) => {
    expect(frozen.query.headers.get('retry-after')).toBe('5')
  })

  it('refuses a query over WebSocket within the deadline', ({ frozen }) => {
    expect(frozen.overSocket.seconds).toBeLessThan(12)
  })

  it('refuses a query over WebSocket with UNAVAILABLE', ({ frozen }) => {
    expect(frozen.overSocket.result).toMatchObject({
      errors: [{ extensions: { code: 'UNAVAILABLE', retryAfterSeconds: 5 } }],
    })
  })

  it('refuses a mutation with UNAVAILABLE', ({ frozen }) => {
    expect(codeOf(frozen.mutation)).toBe('UNAVAILABLE')
  })

  it('refuses a mutation within its deadline', ({ frozen }) => {
    expect(frozen.mutation.seconds).toBeLessThan(45)
  })

  it('is not ready within 2 s', ({ frozen }) => {
    expect([frozen.ready.result.status, Math.floor(frozen.ready.seconds / 2)]).toEqual([503, 0])
  })

  it('asks a new socket to come back later', ({ frozen }) => {
    expect(frozen.lateSocket.result).toBe(1013)
  })
})

describe('a server whose database answers again', { timeout: 90_000 }, () => {
  it('is ready', async ({ frozen, world }) => {
    expect(frozen).toBeDefined()
    await vi.waitUntil(async () => (await fetch(`${world.origin}/readyz`)).ok, { timeout: 10_000 })
  })

  it('answers more queries at once than it has connections', async ({ frozen, world }) => {
    expect(frozen).toBeDefined()
    const answers = await Promise.all(Array.from({ length: 40 }, () => send(world, reading)))
    expect(answers.map(codeOf)).toEqual(Array(40).fill(undefined))
  })

  it('carries out more mutations at once than a lane admits', async ({ frozen, world }) => {
    expect(frozen).toBeDefined()
    const names = Array.from({ length: 30 }, (_, n) => `after ${n}`)
    const answers = await Promise.all(names.map((name) => send(world, folder(name))))
    expect(answers.map(({ body }) => body.data)).toEqual(names.map(() => ({ folderCreate: { __typename: 'Folder' } })))
  })

  it('carries out a keyed mutation that was refused', async ({ frozen, world }) => {
    expect(codeOf(frozen.keyed)).toBe('UNAVAILABLE')
    const { body } = await send(world, folder('keyed'), { 'idempotency-key': 'frozen' })
    expect(body.data).toEqual({ folderCreate: { __typename: 'Folder' } })
  })

  it('delivers events to a subscription that was open before', async ({ frozen, world }) => {
    await send(world, folder('followed'))
    await vi.waitUntil(() => frozen.followed.length > frozen.followedBefore, { timeout: 20_000 })
  })
})

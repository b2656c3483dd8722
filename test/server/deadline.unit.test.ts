import { describe, expect } from 'vitest'
import { it as base } from './serverIt.ts'
import { overSocket, post, readResult } from './serverWorld.ts'
import { deferred, holdTouch, waitForSources } from './smallSchema.ts'

/** A server whose callers wait for an instant only. */
const it = base
  .extend('serverOptions', { scope: 'file' }, () => ({ deadlines: { queryMs: 50, mutationMs: 100 } }))
  .extend('token', ({ world }) => world.token())
  .extend('hold', { auto: true }, ({ world }) => {
    world.switches.slowMayEnd = deferred()
  })

const unavailable = { errors: [{ extensions: { code: 'UNAVAILABLE', retryAfterSeconds: 5 } }] }

describe('an operation that takes too long', () => {
  it('is answered with UNAVAILABLE if it is a query', async ({ world, token }) => {
    expect(await readResult(post(world.url, token, { query: '{ slow }' }))).toMatchObject(unavailable)
  })

  it('is answered with status 503', async ({ world, token }) => {
    const response = await post(world.url, token, { query: '{ slow }' })
    expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5'])
  })

  it('is answered with UNAVAILABLE over WebSocket', async ({ world, token }) => {
    expect(await overSocket(world.connect(token), { query: '{ slow }' })).toMatchObject([unavailable])
  })

  it('is answered with UNAVAILABLE if it is a mutation', async ({ world, token }) => {
    const { mayEnd } = holdTouch(world.switches)
    expect(await readResult(post(world.url, token, { query: 'mutation { touch }' }))).toMatchObject(unavailable)
    mayEnd.resolve()
  })

  it('is answered with UNAVAILABLE if it is a subscription that does not begin', async ({ world, token }) => {
    const query = 'subscription { slowStart }'
    expect(await overSocket(world.connect(token), { query })).toMatchObject([unavailable])
  })

  it('leaves no stream open that begins later', async ({ world, token }) => {
    await overSocket(world.connect(token), { query: 'subscription { slowStart }' })
    const sourcesBefore = world.switches.totalSources
    world.switches.slowMayEnd.resolve()
    await expect.poll(() => world.switches.totalSources).toBe(sourcesBefore + 1)
    await waitForSources(world.switches, 0)
  })

  it('has more time if its field says so', async ({ world, token }) => {
    const response = readResult(post(world.url, token, { query: '{ patient }' }))
    await readResult(post(world.url, token, { query: '{ slow }' }))
    world.switches.slowMayEnd.resolve()
    expect(await response).toEqual({ data: { patient: 'done' } })
  })
})

describe('an event whose reads take too long', () => {
  it('is delivered as UNAVAILABLE, before those that follow', async ({ world, token }) => {
    const results = await overSocket(world.connect(token), { query: 'subscription { slowEvent }' })
    expect(results).toMatchObject([unavailable, { data: { slowEvent: 2 } }])
  })
})

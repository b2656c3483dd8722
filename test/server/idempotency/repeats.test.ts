import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { NotFoundError, RateLimitedError } from '../../../src/services/kernel/errors.ts'
import { type GraphqlResult, readResult, type ServerWorld, startServerWorld } from '../serverWorld.ts'
import { deferred } from '../smallSchema.ts'
import { type Caller, type KeyedServers, openKeyedServers, touch, waitFor } from './keyedServers.ts'

let servers: KeyedServers
let world: ServerWorld
let other: ServerWorld
/** A server that cannot say that its calls live. */
let noHeartbeatServer: ServerWorld

beforeAll(async () => {
  servers = await openKeyedServers()
  ;({ world, other } = servers)
  noHeartbeatServer = await startServerWorld({ idempotency: servers.createCalls({ aliveMs: 600_000 }) })
})
afterEach(() => servers.reset())
afterAll(async () => {
  await noHeartbeatServer?.close()
  await servers?.close()
})

/** As if so much time had gone by for a call that said all the while that it lives. */
const ageWithHeartbeat = ({ key }: Caller, interval: string) =>
  servers.database.$executeRaw`
    UPDATE "IdempotentCall" SET "claimedAt" = "claimedAt" - ${interval}::interval, "aliveAt" = now() WHERE "key" = ${key}`

/** What a repeat on the other server is answered, once it has looked a few times. */
const startRepeat = async (ada: Caller): Promise<{ repeat: Promise<GraphqlResult> }> => {
  servers.statements.length = 0
  const repeat = ada.send({ query: touch }, other)
  await waitFor(() => expect(servers.statements.length).toBeGreaterThan(3))
  return { repeat }
}

describe('a refusal in place of all data', () => {
  const both = 'mutation { touch also: touch }'
  const throwNotFound = async () => {
    throw new NotFoundError('There is no such thing.')
  }
  const throwRateLimit = async () => {
    throw new RateLimitedError('Too many at this moment.', 5)
  }
  /** The first of two fields changes something, the second one is refused. */
  const halfDone = (refusal: () => Promise<void>) => {
    let calls = 0
    world.switches.onTouch = async (actor) => {
      calls++
      await (calls === 1 ? servers.change(actor) : refusal())
    }
    return () => calls
  }

  test('is the answer of repeats too where something was changed', async () => {
    const ada = await servers.caller()
    const calls = halfDone(throwNotFound)
    const first = await ada.post({ query: both })
    const expected = {
      data: null,
      errors: [{ message: 'There is no such thing.', path: ['also'], extensions: { code: 'NOT_FOUND' } }],
    }
    expect(await readResult(first)).toMatchObject(expected)
    const repeat = await ada.post({ query: both })
    expect(repeat.status).toBe(first.status)
    expect(repeat.headers.get('Idempotent-Replayed')).toBe('true')
    expect(await readResult(repeat)).toMatchObject(expected)
    expect(calls()).toBe(2)
  })

  test('that would be another one the next time is not: repeats learn that something was changed', async () => {
    const ada = await servers.caller()
    const calls = halfDone(throwRateLimit)
    expect(await ada.send({ query: both })).toMatchObject({ errors: [{ extensions: { code: 'RATE_LIMITED' } }] })
    const { errors } = await ada.send({ query: both })
    expect(errors?.[0]?.message).toContain('has changed something')
    expect(calls()).toBe(2)
  })

  test('frees the key where nothing was changed', async () => {
    const ada = await servers.caller()
    world.switches.onTouch = throwRateLimit
    expect(await ada.send({ query: both })).toMatchObject({ errors: [{ extensions: { code: 'RATE_LIMITED' } }] })
    expect(await ada.row()).toBeNull()
  })
})

describe('those who wait for one call', () => {
  test('are thirty on a server; the others are told to come later', async () => {
    const ada = await servers.caller()
    const { first, mayEnd } = await servers.beginSlowCall(ada)
    let refusals = 0
    const repeats = Array.from({ length: 40 }, async () => {
      const response = await ada.post()
      if (response.status === 429) refusals++
      return { retryAfter: response.headers.get('Retry-After'), ...(await readResult(response)) }
    })
    await waitFor(() => expect(refusals).toBe(10))
    world.switches.onTouch = async () => {}
    expect((await (await servers.caller()).send()).errors).toBeUndefined()
    mayEnd.resolve()
    const { data } = await first
    const results = await Promise.all(repeats)
    expect(results.filter((one) => one.data?.touch === data?.touch)).toHaveLength(30)
    expect(results.filter(({ errors }) => errors !== undefined)).toEqual(
      Array.from({ length: 10 }, () => ({
        retryAfter: '5',
        errors: [expect.objectContaining({ extensions: { code: 'RATE_LIMITED', retryAfterSeconds: 5 } })],
      })),
    )
  })
})

describe('after 24 hours', () => {
  test('a call that was begun anew just before is left alone while it changes something, although it is silent', async () => {
    const ada = await servers.caller()
    await ada.send()
    await servers.database.idempotentCall.update({
      where: { userId_key: { userId: ada.userId, key: ada.key } },
      data: { state: 'RUNNING', answer: null, requestId: `dead.${randomUUID()}` },
    })
    await ada.age('23 hours 59 minutes 50 seconds')
    const [changeSignal, mayEnd] = [deferred(), deferred()]
    noHeartbeatServer.switches.onTouch = (actor) =>
      servers.database.$transaction(async (transaction) => {
        await servers.change(actor, transaction)
        changeSignal.resolve()
        await mayEnd.promise
      })
    const previousCount = other.switches.touchCount
    const first = ada.send({ query: touch }, noHeartbeatServer)
    await changeSignal.promise
    await ada.age('15 seconds')
    const { repeat } = await startRepeat(ada)
    // It is heard of again, so that nobody finds it dead between its commit and its answer.
    await ageWithHeartbeat(ada, '0 seconds')
    mayEnd.resolve()
    expect(await repeat).toEqual(await first)
    expect(other.switches.touchCount).toBe(previousCount)
  })

  test('a call that says that it lives is not forgotten, and its repeat waits', async () => {
    const ada = await servers.caller()
    const previousCount = other.switches.touchCount
    const { first, mayEnd } = await servers.beginSlowCall(ada)
    await ageWithHeartbeat(ada, '24 hours')
    await servers.createCalls().sweep()
    expect((await ada.row())?.state).toBe('RUNNING')
    const { repeat } = await startRepeat(ada)
    mayEnd.resolve()
    expect(await repeat).toEqual(await first)
    expect(other.switches.touchCount).toBe(previousCount)
  })
})

test('a call that only stalled, and was known as lost meanwhile, gives its answer when it ends well', async () => {
  const ada = await servers.caller()
  const [changeSignal, mayEnd] = [deferred(), deferred()]
  noHeartbeatServer.switches.onTouch = async (actor) => {
    await servers.change(actor)
    changeSignal.resolve()
    await mayEnd.promise
  }
  const first = ada.send({ query: touch }, noHeartbeatServer)
  await changeSignal.promise
  await ada.age('15 seconds')
  expect(await ada.send()).toMatchObject({ errors: [{ message: /its answer is lost/ }] })
  mayEnd.resolve()
  expect((await first).errors).toBeUndefined()
  expect(await ada.send()).toEqual(await first)
  expect(servers.heard).toEqual([])
})

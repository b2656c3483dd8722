import { randomUUID } from 'node:crypto'
import { describe, expect } from 'vitest'
import { NotFoundError, RateLimitedError } from '../../../src/services/kernel/errors.ts'
import { type GraphqlResult, readResult } from '../serverWorld.ts'
import { deferred } from '../smallSchema.ts'
import { it } from './keyedIt.ts'
import { type Caller, type KeyedServers, touch, waitFor } from './keyedServers.ts'

/** Simulates that the interval has passed since the claim of a call that kept renewing its lease. */
const ageWithHeartbeat = (servers: KeyedServers, { key }: Caller, interval: string) =>
  servers.database.$executeRaw`
    UPDATE "IdempotentCall" SET "claimedAt" = "claimedAt" - ${interval}::interval, "aliveAt" = now() WHERE "key" = ${key}`

/** Starts a repeat on the other server; resolves once it has read the database a few times. */
const startRepeat = async (servers: KeyedServers, ada: Caller): Promise<{ repeat: Promise<GraphqlResult> }> => {
  servers.statements.length = 0
  const repeat = ada.send({ query: touch }, servers.other)
  await waitFor(() => expect(servers.statements.length).toBeGreaterThan(3))
  return { repeat }
}

describe('a refusal that replaces all data', () => {
  const both = 'mutation { touch also: touch }'
  const throwNotFound = async () => {
    throw new NotFoundError('There is no such media.')
  }
  const throwRateLimit = async () => {
    throw new RateLimitedError('Too many requests.', 5)
  }
  /** Makes the first of two fields change something, and the second one refuse. Returns a counter of calls. */
  const refuseSecondField = ({ world, change }: KeyedServers, refusal: () => Promise<void>) => {
    let calls = 0
    world.switches.onTouch = async (actor) => {
      calls++
      await (calls === 1 ? change(actor) : refusal())
    }
    return () => calls
  }

  it('is replayed if something was changed', async ({ servers, ada }) => {
    const calls = refuseSecondField(servers, throwNotFound)
    const first = await ada.post({ query: both })
    const expected = {
      data: null,
      errors: [{ message: 'There is no such media.', path: ['also'], extensions: { code: 'NOT_FOUND' } }],
    }
    expect(await readResult(first)).toMatchObject(expected)
    const repeat = await ada.post({ query: both })
    expect(repeat.status).toBe(first.status)
    expect(repeat.headers.get('Idempotent-Replayed')).toBe('true')
    expect(await readResult(repeat)).toMatchObject(expected)
    expect(calls()).toBe(2)
  })

  it('is not replayed if it is transient, even if something was changed', async ({ servers, ada }) => {
    const calls = refuseSecondField(servers, throwRateLimit)
    expect(await ada.send({ query: both })).toMatchObject({ errors: [{ extensions: { code: 'RATE_LIMITED' } }] })
    const { errors } = await ada.send({ query: both })
    expect(errors?.[0]?.message).toContain('made changes, but its result was lost')
    expect(calls()).toBe(2)
  })

  it('frees the key if nothing was changed', async ({ world, ada }) => {
    world.switches.onTouch = throwRateLimit
    expect(await ada.send({ query: both })).toMatchObject({ errors: [{ extensions: { code: 'RATE_LIMITED' } }] })
    expect(await ada.row()).toBeNull()
  })
})

describe('waiting repeats of one call', () => {
  it('are limited to thirty per server', async ({ world, servers, ada }) => {
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

describe('a running call older than 24 hours', () => {
  it('is not replaced while it changes something, even after its lease has expired', async ({
    other,
    servers,
    noHeartbeatServer,
    ada,
  }) => {
    await ada.send()
    await servers.database.idempotentCall.update({
      where: { userId_key: { userId: ada.userId, key: ada.key } },
      data: { state: 'RUNNING', answer: null, requestId: `crashed.${randomUUID()}` },
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
    const { repeat } = await startRepeat(servers, ada)
    // Renew the lease, so that the repeat does not take the call over between its commit and its answer.
    await ageWithHeartbeat(servers, ada, '0 seconds')
    mayEnd.resolve()
    expect(await repeat).toEqual(await first)
    expect(other.switches.touchCount).toBe(previousCount)
  })

  it('is not replaced while it renews its lease', async ({ other, servers, ada }) => {
    const previousCount = other.switches.touchCount
    const { first, mayEnd } = await servers.beginSlowCall(ada)
    await ageWithHeartbeat(servers, ada, '24 hours')
    await servers.openIdempotency().sweep()
    expect((await ada.row())?.state).toBe('RUNNING')
    const { repeat } = await startRepeat(servers, ada)
    mayEnd.resolve()
    expect(await repeat).toEqual(await first)
    expect(other.switches.touchCount).toBe(previousCount)
  })
})

describe('a stalled call that was marked LOST', () => {
  it('stores its answer when it succeeds', async ({ servers, noHeartbeatServer, ada }) => {
    const [changeSignal, mayEnd] = [deferred(), deferred()]
    noHeartbeatServer.switches.onTouch = async (actor) => {
      await servers.change(actor)
      changeSignal.resolve()
      await mayEnd.promise
    }
    const first = ada.send({ query: touch }, noHeartbeatServer)
    await changeSignal.promise
    await ada.age('15 seconds')
    expect(await ada.send()).toMatchObject({ errors: [{ message: expect.stringMatching(/its result was lost/) }] })
    mayEnd.resolve()
    expect((await first).errors).toBeUndefined()
    expect(await ada.send()).toEqual(await first)
    expect(servers.logMessages).toEqual([])
  })
})

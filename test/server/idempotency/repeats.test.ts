import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { NotFoundError, RateLimitedError } from '../../../src/services/kernel/errors.ts'
import { type Answer, answer, startWorld, type World } from '../graphqlWorld.ts'
import { deferred } from '../smallSchema.ts'
import { type Caller, type KeyedServers, openKeyedServers, touch, until } from './keyedServers.ts'

let keyed: KeyedServers
let world: World
let other: World
/** A server that cannot say that its calls live. */
let silent: World

beforeAll(async () => {
  keyed = await openKeyedServers()
  ;({ world, other } = keyed)
  silent = await startWorld({ idempotency: keyed.createCalls({ aliveMs: 600_000 }) })
})
afterEach(() => keyed.reset())
afterAll(async () => {
  await silent?.close()
  await keyed?.close()
})

/** As if so much time had gone by for a call that said all the while that it lives. */
const ageAlive = ({ key }: Caller, interval: string) =>
  keyed.database.$executeRaw`
    UPDATE "IdempotentCall" SET "claimedAt" = "claimedAt" - ${interval}::interval, "aliveAt" = now() WHERE "key" = ${key}`

/** What a repeat on the other server is answered, once it has looked a few times. */
const waiting = async (ada: Caller): Promise<{ repeat: Promise<Answer> }> => {
  keyed.statements.length = 0
  const repeat = ada.send({ query: touch }, other)
  await until(() => expect(keyed.statements.length).toBeGreaterThan(3))
  return { repeat }
}

describe('a refusal in place of all data', () => {
  const both = 'mutation { touch also: touch }'
  const refuse = async () => {
    throw new NotFoundError('There is no such thing.')
  }
  const tooMany = async () => {
    throw new RateLimitedError('Too many at this moment.', 5)
  }
  /** The first of two fields changes something, the second one is refused. */
  const halfDone = (refusal: () => Promise<void>) => {
    let calls = 0
    world.switches.onTouch = async (actor) => {
      calls++
      await (calls === 1 ? keyed.change(actor) : refusal())
    }
    return () => calls
  }

  test('is the answer of repeats too where something was changed', async () => {
    const ada = await keyed.caller()
    const calls = halfDone(refuse)
    const first = await ada.post({ query: both })
    const expected = {
      data: null,
      errors: [{ message: 'There is no such thing.', path: ['also'], extensions: { code: 'NOT_FOUND' } }],
    }
    expect(await answer(first)).toMatchObject(expected)
    const repeat = await ada.post({ query: both })
    expect(repeat.status).toBe(first.status)
    expect(repeat.headers.get('Idempotent-Replayed')).toBe('true')
    expect(await answer(repeat)).toMatchObject(expected)
    expect(calls()).toBe(2)
  })

  test('that would be another one the next time is not: repeats learn that something was changed', async () => {
    const ada = await keyed.caller()
    const calls = halfDone(tooMany)
    expect(await ada.send({ query: both })).toMatchObject({ errors: [{ extensions: { code: 'RATE_LIMITED' } }] })
    const { errors } = await ada.send({ query: both })
    expect(errors?.[0]?.message).toContain('has changed something')
    expect(calls()).toBe(2)
  })

  test('frees the key where nothing was changed', async () => {
    const ada = await keyed.caller()
    world.switches.onTouch = tooMany
    expect(await ada.send({ query: both })).toMatchObject({ errors: [{ extensions: { code: 'RATE_LIMITED' } }] })
    expect(await ada.row()).toBeNull()
  })
})

describe('those who wait for one call', () => {
  test('are thirty on a server; the others are told to come later', async () => {
    const ada = await keyed.caller()
    const { first, mayEnd } = await keyed.slowly(ada)
    let refusals = 0
    const repeats = Array.from({ length: 40 }, async () => {
      const response = await ada.post()
      if (response.status === 429) refusals++
      return { retryAfter: response.headers.get('Retry-After'), ...(await answer(response)) }
    })
    await until(() => expect(refusals).toBe(10))
    world.switches.onTouch = async () => {}
    expect((await (await keyed.caller()).send()).errors).toBeUndefined()
    mayEnd.resolve()
    const { data } = await first
    const found = await Promise.all(repeats)
    expect(found.filter((one) => one.data?.touch === data?.touch)).toHaveLength(30)
    expect(found.filter(({ errors }) => errors !== undefined)).toEqual(
      Array.from({ length: 10 }, () => ({
        retryAfter: '5',
        errors: [expect.objectContaining({ extensions: { code: 'RATE_LIMITED', retryAfterSeconds: 5 } })],
      })),
    )
  })
})

describe('after 24 hours', () => {
  test('a call that was begun anew just before is left alone while it changes something, although it is silent', async () => {
    const ada = await keyed.caller()
    await ada.send()
    await keyed.database.idempotentCall.update({
      where: { userId_key: { userId: ada.userId, key: ada.key } },
      data: { state: 'RUNNING', answer: null, requestId: `dead.${randomUUID()}` },
    })
    await ada.age('23 hours 59 minutes 50 seconds')
    const [changed, mayEnd] = [deferred(), deferred()]
    silent.switches.onTouch = (actor) =>
      keyed.database.$transaction(async (transaction) => {
        await keyed.change(actor, transaction)
        changed.resolve()
        await mayEnd.promise
      })
    const before = other.switches.touched
    const first = ada.send({ query: touch }, silent)
    await changed.promise
    await ada.age('15 seconds')
    const { repeat } = await waiting(ada)
    // It is heard of again, so that nobody finds it dead between its commit and its answer.
    await ageAlive(ada, '0 seconds')
    mayEnd.resolve()
    expect(await repeat).toEqual(await first)
    expect(other.switches.touched).toBe(before)
  })

  test('a call that says that it lives is not forgotten, and its repeat waits', async () => {
    const ada = await keyed.caller()
    const before = other.switches.touched
    const { first, mayEnd } = await keyed.slowly(ada)
    await ageAlive(ada, '24 hours')
    await keyed.createCalls().sweep()
    expect((await ada.row())?.state).toBe('RUNNING')
    const { repeat } = await waiting(ada)
    mayEnd.resolve()
    expect(await repeat).toEqual(await first)
    expect(other.switches.touched).toBe(before)
  })
})

test('a call that only stalled, and was known as lost meanwhile, gives its answer when it ends well', async () => {
  const ada = await keyed.caller()
  const [changed, mayEnd] = [deferred(), deferred()]
  silent.switches.onTouch = async (actor) => {
    await keyed.change(actor)
    changed.resolve()
    await mayEnd.promise
  }
  const first = ada.send({ query: touch }, silent)
  await changed.promise
  await ada.age('15 seconds')
  expect(await ada.send()).toMatchObject({ errors: [{ message: /its answer is lost/ }] })
  mayEnd.resolve()
  expect((await first).errors).toBeUndefined()
  expect(await ada.send()).toEqual(await first)
  expect(keyed.heard).toEqual([])
})

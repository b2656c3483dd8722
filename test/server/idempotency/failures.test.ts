import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createMemoryRateLimiter } from '../../../src/adapters/rateLimiter/memory.ts'
import type { UserActor } from '../../../src/services/kernel/actor.ts'
import type { Database } from '../../../src/services/kernel/ports.ts'
import { createRateLimits } from '../../../src/services/rateLimit/rateLimits.ts'
import { answer, post, startWorld, type World } from '../graphqlWorld.ts'
import { deferred } from '../smallSchema.ts'
import { type Caller, type KeyedServers, openKeyedServers, touch, until } from './keyedServers.ts'

let keyed: KeyedServers
let world: World
let other: World
let database: Database

beforeAll(async () => {
  keyed = await openKeyedServers()
  ;({ world, other, database } = keyed)
})
afterEach(() => keyed.reset())
afterAll(() => keyed?.close())

const bug = async () => {
  throw new Error('password=hunter2')
}

describe('what is no answer', () => {
  test('frees the key: a bug that changed nothing is tried again', async () => {
    const ada = await keyed.caller()
    world.switches.onTouch = bug
    expect(await ada.send()).toMatchObject({ errors: [{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }] })
    expect(await ada.row()).toBeNull()
    expect(await ada.send({ query: 'mutation { mayTouch }' })).toMatchObject({ data: { mayTouch: null } })
    expect(await ada.row()).toBeNull()
    world.switches.onTouch = async () => {}
    expect((await ada.send()).errors).toBeUndefined()
  })

  test('frees it where the document does not fit either', async () => {
    const ada = await keyed.caller()
    for (const body of [
      { query: 'mutation { nothing }' },
      { query: 'mutation {' },
      { query: `mutation { ${Array.from({ length: 40 }, (_, index) => `a${index}: touch`).join(' ')} }` },
      { query: 'mutation ($by: Int!) { touch(by: $by) }', variables: { by: 'many' } },
      { query: 'mutation ($by: Int!) { touch(by: $by) }' },
    ]) {
      expect((await ada.send(body)).errors, body.query).toBeTruthy()
      expect(await ada.row(), body.query).toBeNull()
    }
    expect((await ada.send()).errors).toBeUndefined()
  })

  test('claims nothing where its caller calls too often', async () => {
    const rateLimits = createRateLimits({
      rateLimiter: createMemoryRateLimiter(),
      rateLimits: { calls: 2, uploads: 0, bulk: 0 },
    })
    const strict = await startWorld({ idempotency: keyed.createCalls(), rateLimits })
    const ada = await keyed.caller()
    await answer(post(strict.url, ada.token, { query: 'mutation { a: touch b: touch }' }))
    expect(await keyed.counted(() => ada.send({ query: touch }, strict))).toBe(0)
    expect(await ada.send({ query: touch }, strict)).toMatchObject({
      errors: [{ extensions: { code: 'RATE_LIMITED' } }],
    })
    expect(await ada.send()).toMatchObject({ data: { touch: expect.any(Number) } })
    await strict.close()
  })

  test('does not run again where it changed something, and says so', async () => {
    const ada = await keyed.caller()
    const before = world.switches.touched
    world.switches.onTouch = async (actor) => {
      await keyed.change(actor)
      await bug()
    }
    expect(await ada.send()).toMatchObject({ errors: [{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }] })
    const requestId = (await ada.row())?.requestId
    for (let count = 0; count < 2; count++)
      expect(await ada.send()).toMatchObject({
        errors: [{ message: /has changed something/, extensions: { code: 'INTERNAL_SERVER_ERROR', requestId } }],
      })
    expect(world.switches.touched).toBe(before + 1)
  })

  /** The second field fails, as often as it is asked for. */
  const halfway = 'mutation { touch mayTouch }'

  test('beside an answer is tried again with it where nothing was changed', async () => {
    const ada = await keyed.caller()
    let calls = 0
    world.switches.onTouch = async () => {
      calls++
      if (calls === 2) await bug()
    }
    expect(await ada.send({ query: halfway })).toMatchObject({ data: { mayTouch: null }, errors: [{}] })
    expect(await ada.row()).toBeNull()
    expect((await ada.send({ query: halfway })).errors).toBeUndefined()
    expect(calls).toBe(4)
  })

  test('beside an answer is kept with it where something was changed', async () => {
    const ada = await keyed.caller()
    let calls = 0
    world.switches.onTouch = async (actor) => {
      calls++
      await (calls === 1 ? keyed.change(actor) : bug())
    }
    const first = await ada.send({ query: halfway })
    expect(first).toMatchObject({ data: { mayTouch: null }, errors: [{ path: ['mayTouch'] }] })
    const repeat = await ada.send({ query: halfway })
    expect(repeat.data).toEqual(first.data)
    expect(repeat.errors).toMatchObject([{ path: ['mayTouch'], extensions: first.errors?.[0]?.extensions }])
    expect(calls).toBe(2)
  })

  test('is also one that is too long to be kept', async () => {
    const [ada, bob] = [await keyed.caller(), await keyed.caller()]
    // 240 and 270 KB of names.
    const names = (count: number) =>
      `mutation { ${Array.from({ length: count }, (_, index) => `a${index}${'x'.repeat(29_990)}: touch`).join(' ')} }`
    world.switches.onTouch = keyed.change
    expect(await ada.send({ query: names(8) })).toEqual(await ada.send({ query: names(8) }))
    expect((await bob.send({ query: names(9) })).errors).toBeUndefined()
    expect(await bob.row()).toMatchObject({ state: 'LOST', answer: null })
  })
})

describe('a call whose server died', () => {
  /** What it leaves behind; resolves to who it was. */
  const leaveBehind = async (ada: Caller): Promise<UserActor> => {
    await ada.send()
    const requestId = `dead.${randomUUID()}`
    await database.idempotentCall.update({
      where: { userId_key: { userId: ada.userId, key: ada.key } },
      data: { state: 'RUNNING', answer: null, requestId },
    })
    return { type: 'user', userId: ada.userId, role: 'EDITOR', requestId }
  }

  test('runs again, once, after 15 s of silence', async () => {
    const ada = await keyed.caller()
    await leaveBehind(ada)
    const before = world.switches.touched + other.switches.touched
    await ada.age('14 seconds')
    const all = Promise.all(
      Array.from({ length: 10 }, (_, index) => ada.send({ query: touch }, index % 2 ? world : other)),
    )
    keyed.statements.length = 0
    await until(() => expect(keyed.statements.length).toBeGreaterThan(20))
    expect(world.switches.touched + other.switches.touched).toBe(before)
    await ada.age('1 second')
    expect(new Set((await all).map((one) => JSON.stringify(one))).size).toBe(1)
    expect(world.switches.touched + other.switches.touched).toBe(before + 1)
    expect((await ada.row())?.state).toBe('ANSWERED')
  })

  test('does not run again where it changed something', async () => {
    const ada = await keyed.caller()
    await keyed.change(await leaveBehind(ada))
    const before = world.switches.touched
    await ada.age('15 seconds')
    for (let count = 0; count < 2; count++)
      expect(await ada.send()).toMatchObject({ errors: [{ message: /has changed something/ }] })
    expect(world.switches.touched).toBe(before)
  })

  test('does not run again either where the clock went back before it changed something', async () => {
    const ada = await keyed.caller()
    await keyed.change(await leaveBehind(ada))
    await ada.age('15 seconds')
    await database.$executeRaw`UPDATE "IdempotentCall" SET "claimedAt" = now() + interval '50 minutes' WHERE "key" = ${ada.key}`
    expect(await ada.send()).toMatchObject({ errors: [{ message: /has changed something/ }] })
  })

  test('is not blamed for what the same caller changed otherwise, under the same request id', async () => {
    const ada = await keyed.caller()
    const dead = await leaveBehind(ada)
    await keyed.change({ ...dead, requestId: dead.requestId?.split('.')[0] ?? null })
    await keyed.change({ ...dead, userId: randomUUID() })
    await ada.age('15 seconds')
    expect((await ada.send()).errors).toBeUndefined()
  })
})

describe('a call that is taken for dead while it runs', () => {
  /** A server that cannot say that its calls live. */
  let silent: World
  beforeAll(async () => {
    silent = await startWorld({ idempotency: keyed.createCalls({ aliveMs: 600_000 }) })
  })
  afterAll(() => silent.close())

  const refused = { errors: [{ message: /taken for dead/, extensions: { code: 'STATE_CONFLICT' } }] }
  const eventsOf = (requestId: string | null | undefined) => database.event.count({ where: { requestId } })

  /** A call that runs `work` and has been silent for too long once that says so. */
  const silently = async (work: (actor: UserActor, pause: () => Promise<void>) => Promise<void>) => {
    const ada = await keyed.caller()
    const [paused, mayGoOn] = [deferred(), deferred()]
    let requestId: string | null = null
    silent.switches.onTouch = async (actor) => {
      requestId = actor.requestId
      await work(actor, () => {
        paused.resolve()
        return mayGoOn.promise
      })
    }
    const first = ada.send({ query: touch }, silent)
    await paused.promise
    await ada.age('15 seconds')
    return { ada, first, requestId, goOn: () => mayGoOn.resolve() }
  }

  test('is waited for as long as it is changing something', async () => {
    const { ada, first, goOn } = await silently((actor, pause) =>
      database.$transaction(async (transaction) => {
        await keyed.change(actor, transaction)
        await pause()
      }),
    )
    const before = world.switches.touched
    keyed.statements.length = 0
    const repeat = ada.send()
    await until(() => expect(keyed.statements.filter((sql) => sql.includes('SKIP LOCKED')).length).toBeGreaterThan(2))
    expect(world.switches.touched).toBe(before)
    goOn()
    expect((await first).errors).toBeUndefined()
    expect(await repeat).toEqual(await first)
    expect(world.switches.touched).toBe(before)
  })

  test('changes nothing once its repeat has run, and is told so', async () => {
    const { ada, first, goOn, requestId } = await silently(async (actor, pause) => {
      await pause()
      await keyed.change(actor)
    })
    world.switches.onTouch = keyed.change
    const repeat = await ada.send()
    expect(repeat.errors).toBeUndefined()
    goOn()
    expect(await first).toMatchObject(refused)
    expect(await ada.send()).toEqual(repeat)
    expect(await eventsOf(requestId)).toBe(0)
    expect(await eventsOf((await ada.row())?.requestId)).toBe(1)
  })

  test('changes nothing more once it is known as lost', async () => {
    const { ada, first, goOn, requestId } = await silently(async (actor, pause) => {
      await keyed.change(actor)
      await pause()
      await keyed.change(actor)
    })
    expect(await ada.send()).toMatchObject({ errors: [{ message: /has changed something/ }] })
    goOn()
    expect(await first).toMatchObject(refused)
    expect(await eventsOf(requestId)).toBe(1)
  })

  test('waits for whoever is taking it over, and is refused then', async () => {
    const { ada, first, goOn, requestId } = await silently(async (actor, pause) => {
      await pause()
      await keyed.change(actor)
    })
    await database.$transaction(async (transaction) => {
      await transaction.$queryRaw`SELECT 1 FROM "IdempotentCall" WHERE "key" = ${ada.key} FOR UPDATE`
      goOn()
      await until(async () =>
        expect(
          await database.$queryRaw`SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%FOR KEY SHARE%' AND datname = current_database()`,
        ).toHaveLength(1),
      )
      await transaction.$executeRaw`UPDATE "IdempotentCall" SET "requestId" = 'another' WHERE "key" = ${ada.key}`
    })
    expect(await first).toMatchObject(refused)
    expect(await eventsOf(requestId)).toBe(0)
  })
})

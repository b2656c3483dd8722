import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { createMemoryRateLimiter } from '../../../src/adapters/rateLimiter/memory.ts'
import type { UserActor } from '../../../src/services/kernel/actor.ts'
import type { Database } from '../../../src/services/kernel/ports.ts'
import { createRateLimits } from '../../../src/services/rateLimit/rateLimits.ts'
import { post, readResult, type ServerWorld, startServerWorld } from '../serverWorld.ts'
import { deferred } from '../smallSchema.ts'
import { type Caller, type KeyedServers, openKeyedServers, touch, waitFor } from './keyedServers.ts'

let servers: KeyedServers
let world: ServerWorld
let other: ServerWorld
let database: Database

beforeAll(async () => {
  servers = await openKeyedServers()
  ;({ world, other, database } = servers)
})
afterEach(() => servers.reset())
afterAll(() => servers?.close())

const throwBug = async () => {
  throw new Error('password=hunter2')
}

describe('what is no answer', () => {
  test('frees the key: a bug that changed nothing is tried again', async () => {
    const ada = await servers.caller()
    world.switches.onTouch = throwBug
    expect(await ada.send()).toMatchObject({ errors: [{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }] })
    expect(await ada.row()).toBeNull()
    expect(await ada.send({ query: 'mutation { mayTouch }' })).toMatchObject({ data: { mayTouch: null } })
    expect(await ada.row()).toBeNull()
    world.switches.onTouch = async () => {}
    expect((await ada.send()).errors).toBeUndefined()
  })

  test('frees it where the document does not fit either', async () => {
    const ada = await servers.caller()
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
    const strict = await startServerWorld({ idempotency: servers.createCalls(), rateLimits })
    const ada = await servers.caller()
    await readResult(post(strict.url, ada.token, { query: 'mutation { a: touch b: touch }' }))
    expect(await servers.countStatements(() => ada.send({ query: touch }, strict))).toBe(0)
    expect(await ada.send({ query: touch }, strict)).toMatchObject({
      errors: [{ extensions: { code: 'RATE_LIMITED' } }],
    })
    expect(await ada.send()).toMatchObject({ data: { touch: expect.any(Number) } })
    await strict.close()
  })

  test('does not run again where it changed something, and says so', async () => {
    const ada = await servers.caller()
    const previousCount = world.switches.touchCount
    world.switches.onTouch = async (actor) => {
      await servers.change(actor)
      await throwBug()
    }
    expect(await ada.send()).toMatchObject({ errors: [{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }] })
    const requestId = (await ada.row())?.requestId
    for (let count = 0; count < 2; count++)
      expect(await ada.send()).toMatchObject({
        errors: [{ message: /has changed something/, extensions: { code: 'INTERNAL_SERVER_ERROR', requestId } }],
      })
    expect(world.switches.touchCount).toBe(previousCount + 1)
  })

  /** The second field fails, as often as it is asked for. */
  const halfway = 'mutation { touch mayTouch }'

  test('beside an answer is tried again with it where nothing was changed', async () => {
    const ada = await servers.caller()
    let calls = 0
    world.switches.onTouch = async () => {
      calls++
      if (calls === 2) await throwBug()
    }
    expect(await ada.send({ query: halfway })).toMatchObject({ data: { mayTouch: null }, errors: [{}] })
    expect(await ada.row()).toBeNull()
    expect((await ada.send({ query: halfway })).errors).toBeUndefined()
    expect(calls).toBe(4)
  })

  test('beside an answer is kept with it where something was changed', async () => {
    const ada = await servers.caller()
    let calls = 0
    world.switches.onTouch = async (actor) => {
      calls++
      await (calls === 1 ? servers.change(actor) : throwBug())
    }
    const first = await ada.send({ query: halfway })
    expect(first).toMatchObject({ data: { mayTouch: null }, errors: [{ path: ['mayTouch'] }] })
    const repeat = await ada.send({ query: halfway })
    expect(repeat.data).toEqual(first.data)
    expect(repeat.errors).toMatchObject([{ path: ['mayTouch'], extensions: first.errors?.[0]?.extensions }])
    expect(calls).toBe(2)
  })

  test('is also one that is too long to be kept', async () => {
    const [ada, bob] = [await servers.caller(), await servers.caller()]
    // 240 and 270 KB of names.
    const names = (count: number) =>
      `mutation { ${Array.from({ length: count }, (_, index) => `a${index}${'x'.repeat(29_990)}: touch`).join(' ')} }`
    world.switches.onTouch = servers.change
    expect(await ada.send({ query: names(8) })).toEqual(await ada.send({ query: names(8) }))
    expect((await bob.send({ query: names(9) })).errors).toBeUndefined()
    expect(await bob.row()).toMatchObject({ state: 'LOST', answer: null })
  })
})

describe('a call whose server died', () => {
  /** What it leaves behind; resolves to who it was. */
  const simulateCrash = async (ada: Caller): Promise<UserActor> => {
    await ada.send()
    const requestId = `dead.${randomUUID()}`
    await database.idempotentCall.update({
      where: { userId_key: { userId: ada.userId, key: ada.key } },
      data: { state: 'RUNNING', answer: null, requestId },
    })
    return { type: 'user', userId: ada.userId, role: 'EDITOR', requestId }
  }

  test('runs again, once, after 15 s of silence', async () => {
    const ada = await servers.caller()
    await simulateCrash(ada)
    const previousCount = world.switches.touchCount + other.switches.touchCount
    await ada.age('14 seconds')
    const all = Promise.all(
      Array.from({ length: 10 }, (_, index) => ada.send({ query: touch }, index % 2 ? world : other)),
    )
    servers.statements.length = 0
    await waitFor(() => expect(servers.statements.length).toBeGreaterThan(20))
    expect(world.switches.touchCount + other.switches.touchCount).toBe(previousCount)
    await ada.age('1 second')
    expect(new Set((await all).map((one) => JSON.stringify(one))).size).toBe(1)
    expect(world.switches.touchCount + other.switches.touchCount).toBe(previousCount + 1)
    expect((await ada.row())?.state).toBe('ANSWERED')
  })

  test('does not run again where it changed something', async () => {
    const ada = await servers.caller()
    await servers.change(await simulateCrash(ada))
    const previousCount = world.switches.touchCount
    await ada.age('15 seconds')
    for (let count = 0; count < 2; count++)
      expect(await ada.send()).toMatchObject({ errors: [{ message: /has changed something/ }] })
    expect(world.switches.touchCount).toBe(previousCount)
  })

  test('does not run again either where the clock went back before it changed something', async () => {
    const ada = await servers.caller()
    await servers.change(await simulateCrash(ada))
    await ada.age('15 seconds')
    await database.$executeRaw`UPDATE "IdempotentCall" SET "claimedAt" = now() + interval '50 minutes' WHERE "key" = ${ada.key}`
    expect(await ada.send()).toMatchObject({ errors: [{ message: /has changed something/ }] })
  })

  test('is not blamed for what the same caller changed otherwise, under the same request id', async () => {
    const ada = await servers.caller()
    const crashedCall = await simulateCrash(ada)
    await servers.change({ ...crashedCall, requestId: crashedCall.requestId?.split('.')[0] ?? null })
    await servers.change({ ...crashedCall, userId: randomUUID() })
    await ada.age('15 seconds')
    expect((await ada.send()).errors).toBeUndefined()
  })
})

describe('a call that is taken for dead while it runs', () => {
  /** A server that cannot say that its calls live. */
  let noHeartbeatServer: ServerWorld
  beforeAll(async () => {
    noHeartbeatServer = await startServerWorld({ idempotency: servers.createCalls({ aliveMs: 600_000 }) })
  })
  afterAll(() => noHeartbeatServer.close())

  const leaseLost = { errors: [{ message: /taken for dead/, extensions: { code: 'STATE_CONFLICT' } }] }
  const eventsOf = (requestId: string | null | undefined) => database.event.count({ where: { requestId } })

  /** A call that runs `work` and has been silent for too long once that says so. */
  const runWithoutHeartbeat = async (work: (actor: UserActor, pause: () => Promise<void>) => Promise<void>) => {
    const ada = await servers.caller()
    const [pauseSignal, resumeSignal] = [deferred(), deferred()]
    let requestId: string | null = null
    noHeartbeatServer.switches.onTouch = async (actor) => {
      requestId = actor.requestId
      await work(actor, () => {
        pauseSignal.resolve()
        return resumeSignal.promise
      })
    }
    const first = ada.send({ query: touch }, noHeartbeatServer)
    await pauseSignal.promise
    await ada.age('15 seconds')
    return { ada, first, requestId, goOn: () => resumeSignal.resolve() }
  }

  test('is waited for as long as it is changing something', async () => {
    const {
      ada,
      first,
      goOn: resume,
    } = await runWithoutHeartbeat((actor, pause) =>
      database.$transaction(async (transaction) => {
        await servers.change(actor, transaction)
        await pause()
      }),
    )
    const previousCount = world.switches.touchCount
    servers.statements.length = 0
    const repeat = ada.send()
    await waitFor(() =>
      expect(servers.statements.filter((sql) => sql.includes('SKIP LOCKED')).length).toBeGreaterThan(2),
    )
    expect(world.switches.touchCount).toBe(previousCount)
    resume()
    expect((await first).errors).toBeUndefined()
    expect(await repeat).toEqual(await first)
    expect(world.switches.touchCount).toBe(previousCount)
  })

  test('changes nothing once its repeat has run, and is told so', async () => {
    const {
      ada,
      first,
      goOn: resume,
      requestId,
    } = await runWithoutHeartbeat(async (actor, pause) => {
      await pause()
      await servers.change(actor)
    })
    world.switches.onTouch = servers.change
    const repeat = await ada.send()
    expect(repeat.errors).toBeUndefined()
    resume()
    expect(await first).toMatchObject(leaseLost)
    expect(await ada.send()).toEqual(repeat)
    expect(await eventsOf(requestId)).toBe(0)
    expect(await eventsOf((await ada.row())?.requestId)).toBe(1)
  })

  test('changes nothing more once it is known as lost', async () => {
    const {
      ada,
      first,
      goOn: resume,
      requestId,
    } = await runWithoutHeartbeat(async (actor, pause) => {
      await servers.change(actor)
      await pause()
      await servers.change(actor)
    })
    expect(await ada.send()).toMatchObject({ errors: [{ message: /has changed something/ }] })
    resume()
    expect(await first).toMatchObject(leaseLost)
    expect(await eventsOf(requestId)).toBe(1)
  })

  test('waits for whoever is taking it over, and is refused then', async () => {
    const {
      ada,
      first,
      goOn: resume,
      requestId,
    } = await runWithoutHeartbeat(async (actor, pause) => {
      await pause()
      await servers.change(actor)
    })
    await database.$transaction(async (transaction) => {
      await transaction.$queryRaw`SELECT 1 FROM "IdempotentCall" WHERE "key" = ${ada.key} FOR UPDATE`
      resume()
      await waitFor(async () =>
        expect(
          await database.$queryRaw`SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%FOR KEY SHARE%' AND datname = current_database()`,
        ).toHaveLength(1),
      )
      await transaction.$executeRaw`UPDATE "IdempotentCall" SET "requestId" = 'another' WHERE "key" = ${ada.key}`
    })
    expect(await first).toMatchObject(leaseLost)
    expect(await eventsOf(requestId)).toBe(0)
  })
})

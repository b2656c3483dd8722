import { randomUUID } from 'node:crypto'
import { describe, expect } from 'vitest'
import { createMemoryRateLimiter } from '../../../src/adapters/rateLimiter/memory.ts'
import type { UserActor } from '../../../src/services/kernel/actor.ts'
import type { Database } from '../../../src/services/kernel/ports.ts'
import { createRateLimits } from '../../../src/services/rateLimit/rateLimits.ts'
import { startServer } from '../serverIt.ts'
import { post, readResult } from '../serverWorld.ts'
import { deferred } from '../smallSchema.ts'
import { it as base } from './keyedIt.ts'
import { touch, waitFor } from './keyedServers.ts'

/** Work of a call that pauses once. */
type PausingWork = (actor: UserActor, pause: () => Promise<void>) => Promise<void>

const it = base
  /** Leaves a running call of Ada without a heartbeat; resolves to its actor. */
  .extend('simulateCrash', ({ database, ada }) => async (): Promise<UserActor> => {
    await ada.send()
    const requestId = `crashed.${randomUUID()}`
    await database.idempotentCall.update({
      where: { userId_key: { userId: ada.userId, key: ada.key } },
      data: { state: 'RUNNING', answer: null, requestId },
    })
    return { type: 'user', userId: ada.userId, role: 'EDITOR', requestId }
  })
  /** Starts a call of Ada that runs `work`; its lease has expired when `work` pauses. */
  .extend('runWithoutHeartbeat', ({ noHeartbeatServer, ada }) => async (work: PausingWork) => {
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
    return { first, requestId, resume: () => resumeSignal.resolve() }
  })

const throwBug = async () => {
  throw new Error('password=hunter2')
}

describe('a call without an answer to store', () => {
  it('frees its key after a bug that changed nothing', async ({ world, ada }) => {
    world.switches.onTouch = throwBug
    expect(await ada.send()).toMatchObject({ errors: [{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }] })
    expect(await ada.row()).toBeNull()
    expect(await ada.send({ query: 'mutation { mayTouch }' })).toMatchObject({ data: { mayTouch: null } })
    expect(await ada.row()).toBeNull()
    world.switches.onTouch = async () => {}
    expect((await ada.send()).errors).toBeUndefined()
  })

  it('frees its key if the document is invalid', async ({ ada }) => {
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

  it('claims no key if its caller exceeds the rate limit', async ({ servers, ada }) => {
    const rateLimits = createRateLimits({
      rateLimiter: createMemoryRateLimiter(),
      rateLimits: { calls: 2, uploads: 0, bulk: 0 },
    })
    const limitedServer = await startServer({ idempotency: servers.openIdempotency(), rateLimits })
    await readResult(post(limitedServer.url, ada.token, { query: 'mutation { a: touch b: touch }' }))
    expect(await servers.countStatements(() => ada.send({ query: touch }, limitedServer))).toBe(0)
    expect(await ada.send({ query: touch }, limitedServer)).toMatchObject({
      errors: [{ extensions: { code: 'RATE_LIMITED' } }],
    })
    expect(await ada.send()).toMatchObject({ data: { touch: expect.any(Number) } })
  })

  it('is not run again after a bug that changed something', async ({ world, servers, ada }) => {
    const previousCount = world.switches.touchCount
    world.switches.onTouch = async (actor) => {
      await servers.change(actor)
      await throwBug()
    }
    expect(await ada.send()).toMatchObject({ errors: [{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }] })
    const requestId = (await ada.row())?.requestId
    for (let count = 0; count < 2; count++)
      expect(await ada.send()).toMatchObject({
        errors: [
          {
            message: expect.stringMatching(/made changes, but its result was lost/),
            extensions: { code: 'INTERNAL_SERVER_ERROR', requestId },
          },
        ],
      })
    expect(world.switches.touchCount).toBe(previousCount + 1)
  })

  const twoFields = 'mutation { touch mayTouch }'

  it('is run again as a whole if one of its fields failed before a change', async ({ world, ada }) => {
    let calls = 0
    world.switches.onTouch = async () => {
      calls++
      if (calls === 2) await throwBug()
    }
    expect(await ada.send({ query: twoFields })).toMatchObject({ data: { mayTouch: null }, errors: [{}] })
    expect(await ada.row()).toBeNull()
    expect((await ada.send({ query: twoFields })).errors).toBeUndefined()
    expect(calls).toBe(4)
  })

  it('stores its partial answer if one of its fields failed after a change', async ({ world, servers, ada }) => {
    let calls = 0
    world.switches.onTouch = async (actor) => {
      calls++
      await (calls === 1 ? servers.change(actor) : throwBug())
    }
    const first = await ada.send({ query: twoFields })
    expect(first).toMatchObject({ data: { mayTouch: null }, errors: [{ path: ['mayTouch'] }] })
    const repeat = await ada.send({ query: twoFields })
    expect(repeat.data).toEqual(first.data)
    expect(repeat.errors).toMatchObject([{ path: ['mayTouch'], extensions: first.errors?.[0]?.extensions }])
    expect(calls).toBe(2)
  })
})

describe('a long answer', () => {
  /** About 30 KB per field in the answer. */
  const longQuery = (fieldCount: number) =>
    `mutation { ${Array.from({ length: fieldCount }, (_, index) => `a${index}${'x'.repeat(29_990)}: touch`).join(' ')} }`

  it('is stored up to 240 KB', async ({ world, servers, ada }) => {
    world.switches.onTouch = servers.change
    expect(await ada.send({ query: longQuery(8) })).toEqual(await ada.send({ query: longQuery(8) }))
  })

  it('is not stored at 270 KB', async ({ world, servers, ada }) => {
    world.switches.onTouch = servers.change
    expect((await ada.send({ query: longQuery(9) })).errors).toBeUndefined()
    expect(await ada.row()).toMatchObject({ state: 'LOST', answer: null })
  })
})

describe('a call whose server crashed', () => {
  it('is run again once after 15 s without a heartbeat', async ({ world, other, servers, ada, simulateCrash }) => {
    await simulateCrash()
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

  it('is not run again if it changed something', async ({ world, servers, ada, simulateCrash }) => {
    await servers.change(await simulateCrash())
    const previousCount = world.switches.touchCount
    await ada.age('15 seconds')
    for (let count = 0; count < 2; count++)
      expect(await ada.send()).toMatchObject({
        errors: [{ message: expect.stringMatching(/made changes, but its result was lost/) }],
      })
    expect(world.switches.touchCount).toBe(previousCount)
  })

  it('is not run again if the clock was set back before its change', async ({
    servers,
    database,
    ada,
    simulateCrash,
  }) => {
    await servers.change(await simulateCrash())
    await ada.age('15 seconds')
    await database.$executeRaw`UPDATE "IdempotentCall" SET "claimedAt" = now() + interval '50 minutes' WHERE "key" = ${ada.key}`
    expect(await ada.send()).toMatchObject({
      errors: [{ message: expect.stringMatching(/made changes, but its result was lost/) }],
    })
  })

  it('is run again despite other changes with the same request id', async ({ servers, ada, simulateCrash }) => {
    const crashedCall = await simulateCrash()
    await servers.change({ ...crashedCall, requestId: crashedCall.requestId?.split('.')[0] ?? null })
    await servers.change({ ...crashedCall, userId: randomUUID() })
    await ada.age('15 seconds')
    expect((await ada.send()).errors).toBeUndefined()
  })
})

describe('a call whose lease expires while it runs', () => {
  const leaseLost = {
    errors: [{ message: expect.stringMatching(/lost its idempotency lease/), extensions: { code: 'STATE_CONFLICT' } }],
  }
  const eventsOf = (database: Database, requestId: string | null | undefined) =>
    database.event.count({ where: { requestId } })

  it('delays its repeat while it is changing something', async ({
    world,
    servers,
    database,
    ada,
    runWithoutHeartbeat,
  }) => {
    const { first, resume } = await runWithoutHeartbeat((actor, pause) =>
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

  it('is refused without a change once its repeat has run', async ({
    world,
    servers,
    database,
    ada,
    runWithoutHeartbeat,
  }) => {
    const { first, resume, requestId } = await runWithoutHeartbeat(async (actor, pause) => {
      await pause()
      await servers.change(actor)
    })
    world.switches.onTouch = servers.change
    const repeat = await ada.send()
    expect(repeat.errors).toBeUndefined()
    resume()
    expect(await first).toMatchObject(leaseLost)
    expect(await ada.send()).toEqual(repeat)
    expect(await eventsOf(database, requestId)).toBe(0)
    expect(await eventsOf(database, (await ada.row())?.requestId)).toBe(1)
  })

  it('is refused without a further change once it is marked LOST', async ({
    servers,
    database,
    ada,
    runWithoutHeartbeat,
  }) => {
    const { first, resume, requestId } = await runWithoutHeartbeat(async (actor, pause) => {
      await servers.change(actor)
      await pause()
      await servers.change(actor)
    })
    expect(await ada.send()).toMatchObject({
      errors: [{ message: expect.stringMatching(/made changes, but its result was lost/) }],
    })
    resume()
    expect(await first).toMatchObject(leaseLost)
    expect(await eventsOf(database, requestId)).toBe(1)
  })

  it('is refused after it has waited for a concurrent takeover', async ({
    servers,
    database,
    ada,
    runWithoutHeartbeat,
  }) => {
    const { first, resume, requestId } = await runWithoutHeartbeat(async (actor, pause) => {
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
    expect(await eventsOf(database, requestId)).toBe(0)
  })
})

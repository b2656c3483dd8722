import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { openDatabase } from '../../src/adapters/database.ts'
import { createMemoryPubSub } from '../../src/adapters/pubsub/memory.ts'
import { createMemoryRateLimiter } from '../../src/adapters/rateLimiter/memory.ts'
import type { UserActor } from '../../src/services/actor.ts'
import { record } from '../../src/services/events.ts'
import { type Claimed, createIdempotency, type Idempotency } from '../../src/services/idempotency.ts'
import type { Database, Transaction } from '../../src/services/ports.ts'
import { createRateLimits } from '../../src/services/rateLimits.ts'
import { hearingLog } from '../contracts/pubsub.ts'
import { createTestDatabase, type TestDatabase } from '../harness/postgres.ts'
import { answer, deferred, overSocket, post, startWorld, type World } from './graphqlWorld.ts'

let place: TestDatabase
let database: Database
/** Two servers on one database, which cannot wake each other. */
let world: World
let other: World
const statements: string[] = []
/** What became of every keyed call so far. */
const claims: Claimed[] = []
const { log, heard } = hearingLog()

const watched = (idempotency: Idempotency): Idempotency => ({
  ...idempotency,
  async claim(actor, call) {
    const claimed = await idempotency.claim(actor, call)
    claims.push(claimed)
    return claimed
  },
})

const createCalls = (options: { aliveMs?: number } = {}): Idempotency =>
  createIdempotency({ database, pubsub: createMemoryPubSub({ log }), log, lookMs: 50, ...options })

beforeAll(async () => {
  place = await createTestDatabase()
  database = openDatabase({ url: place.appUrl, log, onStatement: (sql) => void statements.push(sql) })
  world = await startWorld({ idempotency: watched(createCalls()), corsOrigins: ['https://school.example'] })
  other = await startWorld({ idempotency: watched(createCalls()) })
})
afterAll(async () => {
  await Promise.all([world.close(), other.close()])
  await database.$disconnect()
  await place.drop()
})
afterEach(() => {
  world.switches.onTouch = async () => {}
  other.switches.onTouch = async () => {}
  heard.length = 0
})

/** Looks again and again until it holds. */
const until = (check: () => unknown): Promise<unknown> => vi.waitFor(check, { timeout: 30_000, interval: 20 })

const touch = 'mutation { touch }'

/** A caller with a key of its own: sends as often as it likes. */
const caller = async (given: { sub?: string; key?: string } = {}) => {
  const { sub = randomUUID(), key = randomUUID() } = given
  const token = await world.token({ sub })
  return {
    userId: sub,
    key,
    token,
    post: (body: object = { query: touch }, headers: Record<string, string | null> = {}, where = world) =>
      post(where.url, token, body, { 'Idempotency-Key': key, ...headers }),
    send(body: object = { query: touch }, where = world) {
      return answer(this.post(body, {}, where))
    },
    row: () => database.idempotentCall.findUnique({ where: { userId_key: { userId: sub, key } } }),
    /** As if so much time had gone by. */
    age: (interval: string) =>
      database.$executeRawUnsafe(
        `UPDATE "IdempotentCall" SET "claimedAt" = "claimedAt" - interval '${interval}', "aliveAt" = "aliveAt" - interval '${interval}' WHERE "key" = '${key}'`,
      ),
  }
}

type Caller = Awaited<ReturnType<typeof caller>>

/** A call that has begun, and ends when it may. */
const slowly = async (ada: Caller) => {
  const [started, mayEnd] = [deferred(), deferred()]
  world.switches.onTouch = () => {
    started.resolve()
    return mayEnd.promise
  }
  const first = ada.send()
  await started.promise
  return { first, mayEnd }
}

/** What a change leaves in the log. */
const change = (actor: UserActor, transaction: Transaction = database): Promise<void> =>
  record(transaction, actor, {
    action: 'upload.cancelled',
    nodeType: 'Upload',
    nodeId: randomUUID(),
    mediaId: null,
    data: {},
  })

const bug = async () => {
  throw new Error('password=hunter2')
}

const counted = async <Result>(run: () => Promise<Result>): Promise<number> => {
  statements.length = 0
  await run()
  return statements.length
}

describe('a mutation without a key', () => {
  test('runs each time and costs no statement', async () => {
    const ada = await caller()
    const before = world.switches.touched
    const send = () => answer(post(world.url, ada.token, { query: touch }))
    expect(await counted(async () => [await send(), await send()])).toBe(0)
    expect(world.switches.touched).toBe(before + 2)
  })
})

describe('the same key', () => {
  test('of the same call gives the first answer in the same bytes, and says so', async () => {
    const ada = await caller()
    const before = world.switches.touched
    const first = await ada.post()
    const text = await first.text()
    expect(first.headers.get('Idempotent-Replayed')).toBeNull()
    expect(JSON.parse(text)).toEqual({ data: { touch: before + 1 } })
    for (let count = 0; count < 3; count++) {
      const repeat = await ada.post()
      expect(repeat.status).toBe(200)
      expect(repeat.headers.get('Idempotent-Replayed')).toBe('true')
      expect(await repeat.text()).toBe(text)
    }
    expect(world.switches.touched).toBe(before + 1)
  })

  test('costs two statements the first time and one for each repeat, and none for what is changed', async () => {
    const ada = await caller()
    world.switches.onTouch = change
    expect(await counted(() => ada.send())).toBe(3)
    expect(await counted(() => ada.send())).toBe(1)
  })

  test('knows the same call by what it asks, however it is laid out', async () => {
    const ada = await caller()
    const query = 'mutation Touch($by: Int, $to: Int) { touch(by: $by) also: touch(by: $to) }'
    const first = await ada.send({ query, variables: { by: 2, to: 3 }, operationName: 'Touch' })
    expect(first.errors).toBeUndefined()
    const laidOut = '# again\nmutation Touch(\n  $by: Int\n  $to: Int\n) {\n  touch(by: $by)\n  also: touch(by: $to)\n}'
    expect(await ada.send({ query: laidOut, variables: { to: 3, by: 2 } })).toEqual(first)
  })

  test('of another call is refused: another document, operation or variables', async () => {
    const ada = await caller()
    const query = 'mutation A($by: Int) { touch(by: $by) } mutation B($by: Int) { touch(by: $by) }'
    expect((await ada.send({ query, operationName: 'A', variables: { by: 1 } })).errors).toBeUndefined()
    const before = world.switches.touched
    for (const body of [
      { query, operationName: 'B', variables: { by: 1 } },
      { query, operationName: 'A', variables: { by: 2 } },
      { query, operationName: 'A' },
      { query: touch },
    ]) {
      const response = await ada.post(body)
      expect(response.status).toBe(422)
      expect(await answer(response)).toMatchObject({ errors: [{ extensions: { code: 'IDEMPOTENCY_MISMATCH' } }] })
      const plain = await ada.post(body, { Accept: 'application/json' })
      expect(plain.status).toBe(200)
      expect(await plain.json()).not.toHaveProperty('errors.0.extensions.http')
    }
    expect(world.switches.touched).toBe(before)
  })

  test('of another caller is another key', async () => {
    const ada = await caller()
    const bob = await caller({ key: ada.key })
    const before = world.switches.touched
    await ada.send()
    expect(await bob.send({ query: 'mutation { touch(by: 5) }' })).toEqual({ data: { touch: before + 6 } })
  })

  test('in another role is another call: what an admin may read stays with admins', async () => {
    const ada = await caller()
    const as = async (role: 'admin' | 'editor') =>
      answer(
        post(world.url, await world.token({ sub: ada.userId, role }), { query: touch }, { 'Idempotency-Key': ada.key }),
      )
    const first = await as('admin')
    expect(await as('editor')).toMatchObject({ errors: [{ extensions: { code: 'IDEMPOTENCY_MISMATCH' } }] })
    expect(await as('admin')).toEqual(first)
  })

  test('is known on every server', async () => {
    const ada = await caller()
    const first = await ada.send()
    expect(await ada.send({ query: touch }, other)).toEqual(first)
  })

  test('holds for 24 hours and is forgotten then, whether it was swept or not', async () => {
    const [ada, bob] = [await caller(), await caller()]
    const first = await ada.send()
    await bob.send()
    await ada.age('23 hours 59 minutes')
    await bob.age('24 hours')
    expect(await createCalls().sweep()).toBe(1)
    expect(await bob.row()).toBeNull()
    expect(await ada.send()).toEqual(first)
    await ada.age('1 minute')
    expect(await ada.send({ query: 'mutation { touch(by: 7) }' })).toMatchObject({
      data: { touch: expect.any(Number) },
    })
    expect(await createCalls().sweep()).toBe(0)
  })
})

describe('a key', () => {
  const refused = { errors: [{ extensions: { code: 'INVALID_INPUT', fields: [{ path: 'idempotencyKey' }] } }] }

  test('has 1 to 255 printable ASCII characters', async () => {
    for (const key of ['!', 'a b~', '"quoted"', 'x'.repeat(255)])
      expect((await (await caller({ key })).send()).errors, key).toBeUndefined()
    const before = world.switches.touched
    for (const key of ['', 'x'.repeat(256), 'x'.repeat(10_000), 'caf\u00e9', 'a\tb'])
      expect(await (await caller({ key })).send(), key).toMatchObject(refused)
    expect(world.switches.touched).toBe(before)
  })

  test('is a text over WebSocket too', async () => {
    const client = world.connect(await world.token())
    for (const idempotencyKey of ['', 4, ['a'], {}, 'Ж', 'a\n'])
      expect(await overSocket(client, { query: touch, extensions: { idempotencyKey } })).toMatchObject([refused])
    expect(await overSocket(client, { query: touch, extensions: { idempotencyKey: null } })).toMatchObject([
      { data: {} },
    ])
  })

  test('means nothing for queries and subscriptions', async () => {
    const ada = await caller({ key: 'x'.repeat(300) })
    const cost = await counted(async () => {
      expect(await ada.send({ query: '{ hello }' })).toEqual({ data: { hello: 'world' } })
      const client = world.connect(ada.token)
      const query = 'subscription { count(to: 1) }'
      expect(await overSocket(client, { query, extensions: { idempotencyKey: 4 } })).toEqual([{ data: { count: 1 } }])
    })
    expect(cost).toBe(0)
  })

  test('may be sent and answered across origins', async () => {
    const asked = await fetch(`${world.url}/graphql`, {
      method: 'OPTIONS',
      headers: { Origin: 'https://school.example', 'Access-Control-Request-Method': 'POST' },
    })
    expect(asked.headers.get('Access-Control-Allow-Headers')).toContain('Idempotency-Key')
    expect(asked.headers.get('Access-Control-Expose-Headers')).toContain('Idempotent-Replayed')
    expect(asked.headers.get('Access-Control-Expose-Headers')).toContain('Retry-After')
  })
})

describe('over WebSocket', () => {
  test('a key is the same key', async () => {
    const ada = await caller()
    const client = world.connect(ada.token)
    const before = world.switches.touched
    const payload = { query: touch, extensions: { idempotencyKey: ada.key } }
    const first = { data: { touch: before + 1 } }
    expect(await overSocket(client, payload)).toEqual([first])
    expect(await overSocket(client, payload)).toEqual([first])
    expect(await ada.send()).toEqual(first)
    expect(await overSocket(client, { ...payload, query: 'mutation { mayTouch }' })).toMatchObject([
      { errors: [{ extensions: { code: 'IDEMPOTENCY_MISMATCH' } }] },
    ])
    expect(world.switches.touched).toBe(before + 1)
  })

  test('whoever has unsubscribed, or left, waits no longer', async () => {
    const ada = await caller()
    const { first, mayEnd } = await slowly(ada)
    const client = world.connect(ada.token)
    for (const leave of ['complete', 'close']) {
      const seen = claims.length
      statements.length = 0
      const sink = { next: () => {}, error: () => {}, complete: () => {} }
      const unsubscribe = client.subscribe({ query: touch, extensions: { idempotencyKey: ada.key } }, sink)
      await until(() => expect(statements.length).toBeGreaterThan(2))
      if (leave === 'complete') unsubscribe()
      else client.terminate()
      await until(() => expect(claims.slice(seen), leave).toEqual([{ type: 'abandoned' }]))
    }
    mayEnd.resolve()
    await first
  })
})

describe('at the same time', () => {
  test('fifty of the same call on two servers run once and get one answer', async () => {
    const ada = await caller()
    const before = world.switches.touched + other.switches.touched
    const all = await Promise.all(
      Array.from({ length: 50 }, (_, index) => ada.send({ query: touch }, index % 2 === 0 ? world : other)),
    )
    expect(world.switches.touched + other.switches.touched).toBe(before + 1)
    expect(new Set(all.map((one) => JSON.stringify(one))).size).toBe(1)
    expect(all[0]?.errors).toBeUndefined()
  })

  test('those who wait hold no connection, and nothing else waits for them', async () => {
    const ada = await caller()
    const { first, mayEnd } = await slowly(ada)
    const all = [first]
    statements.length = 0
    for (let count = 0; count < 50; count++) all.push(ada.send({ query: touch }, count % 2 === 0 ? world : other))
    // More than the pool holds.
    await until(() => expect(statements.filter((sql) => sql.includes('WITH "mine"')).length).toBe(50))
    await Promise.all(Array.from({ length: 40 }, () => database.$queryRaw`SELECT 1`))
    const bob = await caller()
    world.switches.onTouch = async () => {}
    expect((await bob.send()).errors).toBeUndefined()
    mayEnd.resolve()
    expect(new Set((await Promise.all(all)).map((one) => JSON.stringify(one))).size).toBe(1)
  })

  test('whoever has left waits no longer', async () => {
    const ada = await caller()
    const { first, mayEnd } = await slowly(ada)
    const seen = claims.length
    const leaving = new AbortController()
    const headers = {
      Authorization: `Bearer ${ada.token}`,
      'Content-Type': 'application/json',
      'Idempotency-Key': ada.key,
    }
    const body = JSON.stringify({ query: touch })
    const left = fetch(`${other.url}/graphql`, { method: 'POST', headers, body, signal: leaving.signal })
    statements.length = 0
    await until(() => expect(statements.length).toBeGreaterThan(2))
    leaving.abort()
    await expect(left).rejects.toThrow()
    await until(() => expect(claims.slice(seen)).toEqual([{ type: 'abandoned' }]))
    mayEnd.resolve()
    await first
  })

  test('another call under the key of one that runs is refused at once', async () => {
    const ada = await caller()
    const { first, mayEnd } = await slowly(ada)
    expect(await ada.send({ query: 'mutation { mayTouch }' })).toMatchObject({
      errors: [{ extensions: { code: 'IDEMPOTENCY_MISMATCH' } }],
    })
    mayEnd.resolve()
    await first
  })
})

describe('what is no answer', () => {
  test('frees the key: a bug that changed nothing is tried again', async () => {
    const ada = await caller()
    world.switches.onTouch = bug
    expect(await ada.send()).toMatchObject({ errors: [{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }] })
    expect(await ada.row()).toBeNull()
    expect(await ada.send({ query: 'mutation { mayTouch }' })).toMatchObject({ data: { mayTouch: null } })
    expect(await ada.row()).toBeNull()
    world.switches.onTouch = async () => {}
    expect((await ada.send()).errors).toBeUndefined()
  })

  test('frees it where the document does not fit either', async () => {
    const ada = await caller()
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
    const strict = await startWorld({ idempotency: createCalls(), rateLimits })
    const ada = await caller()
    await answer(post(strict.url, ada.token, { query: 'mutation { a: touch b: touch }' }))
    expect(await counted(() => ada.send({ query: touch }, strict))).toBe(0)
    expect(await ada.send({ query: touch }, strict)).toMatchObject({
      errors: [{ extensions: { code: 'RATE_LIMITED' } }],
    })
    expect(await ada.send()).toMatchObject({ data: { touch: expect.any(Number) } })
    await strict.close()
  })

  test('does not run again where it changed something, and says so', async () => {
    const ada = await caller()
    const before = world.switches.touched
    world.switches.onTouch = async (actor) => {
      await change(actor)
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
    const ada = await caller()
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
    const ada = await caller()
    let calls = 0
    world.switches.onTouch = async (actor) => {
      calls++
      await (calls === 1 ? change(actor) : bug())
    }
    const first = await ada.send({ query: halfway })
    expect(first).toMatchObject({ data: { mayTouch: null }, errors: [{ path: ['mayTouch'] }] })
    const repeat = await ada.send({ query: halfway })
    expect(repeat.data).toEqual(first.data)
    expect(repeat.errors).toMatchObject([{ path: ['mayTouch'], extensions: first.errors?.[0]?.extensions }])
    expect(calls).toBe(2)
  })

  test('is also one that is too long to be kept', async () => {
    const [ada, bob] = [await caller(), await caller()]
    // 240 and 270 KB of names.
    const names = (count: number) =>
      `mutation { ${Array.from({ length: count }, (_, index) => `a${index}${'x'.repeat(29_990)}: touch`).join(' ')} }`
    world.switches.onTouch = change
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
    const ada = await caller()
    await leaveBehind(ada)
    const before = world.switches.touched + other.switches.touched
    await ada.age('14 seconds')
    const all = Promise.all(
      Array.from({ length: 10 }, (_, index) => ada.send({ query: touch }, index % 2 ? world : other)),
    )
    statements.length = 0
    await until(() => expect(statements.length).toBeGreaterThan(20))
    expect(world.switches.touched + other.switches.touched).toBe(before)
    await ada.age('1 second')
    expect(new Set((await all).map((one) => JSON.stringify(one))).size).toBe(1)
    expect(world.switches.touched + other.switches.touched).toBe(before + 1)
    expect((await ada.row())?.state).toBe('ANSWERED')
  })

  test('does not run again where it changed something', async () => {
    const ada = await caller()
    await change(await leaveBehind(ada))
    const before = world.switches.touched
    await ada.age('15 seconds')
    for (let count = 0; count < 2; count++)
      expect(await ada.send()).toMatchObject({ errors: [{ message: /has changed something/ }] })
    expect(world.switches.touched).toBe(before)
  })

  test('does not run again either where the clock went back before it changed something', async () => {
    const ada = await caller()
    await change(await leaveBehind(ada))
    await ada.age('15 seconds')
    await database.$executeRaw`UPDATE "IdempotentCall" SET "claimedAt" = now() + interval '50 minutes' WHERE "key" = ${ada.key}`
    expect(await ada.send()).toMatchObject({ errors: [{ message: /has changed something/ }] })
  })

  test('is not blamed for what the same caller changed otherwise, under the same request id', async () => {
    const ada = await caller()
    const dead = await leaveBehind(ada)
    await change({ ...dead, requestId: dead.requestId?.split('.')[0] ?? null })
    await change({ ...dead, userId: randomUUID() })
    await ada.age('15 seconds')
    expect((await ada.send()).errors).toBeUndefined()
  })
})

describe('a call that is taken for dead while it runs', () => {
  /** A server that cannot say that its calls live. */
  let silent: World
  beforeAll(async () => {
    silent = await startWorld({ idempotency: createCalls({ aliveMs: 600_000 }) })
  })
  afterAll(() => silent.close())

  const refused = { errors: [{ message: /taken for dead/, extensions: { code: 'STATE_CONFLICT' } }] }
  const eventsOf = (requestId: string | null | undefined) => database.event.count({ where: { requestId } })

  /** A call that runs `work` and has been silent for too long once that says so. */
  const silently = async (work: (actor: UserActor, pause: () => Promise<void>) => Promise<void>) => {
    const ada = await caller()
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
        await change(actor, transaction)
        await pause()
      }),
    )
    const before = world.switches.touched
    statements.length = 0
    const repeat = ada.send()
    await until(() => expect(statements.filter((sql) => sql.includes('SKIP LOCKED')).length).toBeGreaterThan(2))
    expect(world.switches.touched).toBe(before)
    goOn()
    expect((await first).errors).toBeUndefined()
    expect(await repeat).toEqual(await first)
    expect(world.switches.touched).toBe(before)
  })

  test('changes nothing once its repeat has run, and is told so', async () => {
    const { ada, first, goOn, requestId } = await silently(async (actor, pause) => {
      await pause()
      await change(actor)
    })
    world.switches.onTouch = change
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
      await change(actor)
      await pause()
      await change(actor)
    })
    expect(await ada.send()).toMatchObject({ errors: [{ message: /has changed something/ }] })
    goOn()
    expect(await first).toMatchObject(refused)
    expect(await eventsOf(requestId)).toBe(1)
  })

  test('waits for whoever is taking it over, and is refused then', async () => {
    const { ada, first, goOn, requestId } = await silently(async (actor, pause) => {
      await pause()
      await change(actor)
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

describe('a call under way', () => {
  test('says that it lives, and what it changes is logged under a request id of its own', async () => {
    const patient = await startWorld({ idempotency: createCalls({ aliveMs: 20 }) })
    const ada = await caller()
    const ids: (string | null)[] = []
    patient.switches.onTouch = async ({ requestId }) => {
      ids.push(requestId)
      const since = (await ada.row())?.aliveAt ?? new Date()
      await until(async () => expect((await ada.row())?.aliveAt.getTime()).toBeGreaterThan(since.getTime()))
    }
    const sent = { 'X-Request-Id': 'lms-7' }
    expect((await answer(ada.post({ query: touch }, sent, patient))).errors).toBeUndefined()
    expect(ids).toEqual([expect.stringMatching(/^lms-7\.[0-9a-f-]{36}$/)])
    await patient.close()
  })

  test('gives its answer also where that cannot be kept, and the log says so', async () => {
    const ada = await caller()
    world.switches.onTouch = async () => {
      await database.idempotentCall.delete({ where: { userId_key: { userId: ada.userId, key: ada.key } } })
    }
    expect((await ada.send()).errors).toBeUndefined()
    expect(heard).toEqual(['A keyed call was taken for dead while it ran.'])
  })
})

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../../src/services/kernel/ports.ts'
import { overSocket, post, readResult, type ServerWorld, startServerWorld } from '../serverWorld.ts'
import { type KeyedServers, openKeyedServers, touch, waitFor } from './keyedServers.ts'

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

describe('a mutation without a key', () => {
  test('runs each time and costs no statement', async () => {
    const ada = await servers.caller()
    const previousCount = world.switches.touchCount
    const send = () => readResult(post(world.url, ada.token, { query: touch }))
    expect(await servers.countStatements(async () => [await send(), await send()])).toBe(0)
    expect(world.switches.touchCount).toBe(previousCount + 2)
  })
})

describe('the same key', () => {
  test('of the same call gives the first answer in the same bytes, and says so', async () => {
    const ada = await servers.caller()
    const previousCount = world.switches.touchCount
    const first = await ada.post()
    const text = await first.text()
    expect(first.headers.get('Idempotent-Replayed')).toBeNull()
    expect(JSON.parse(text)).toEqual({ data: { touch: previousCount + 1 } })
    for (let count = 0; count < 3; count++) {
      const repeat = await ada.post()
      expect(repeat.status).toBe(200)
      expect(repeat.headers.get('Idempotent-Replayed')).toBe('true')
      expect(await repeat.text()).toBe(text)
    }
    expect(world.switches.touchCount).toBe(previousCount + 1)
  })

  test('costs two statements the first time and one for each repeat, and none for what is changed', async () => {
    const ada = await servers.caller()
    world.switches.onTouch = servers.change
    expect(await servers.countStatements(() => ada.send())).toBe(3)
    expect(await servers.countStatements(() => ada.send())).toBe(1)
  })

  test('knows the same call by what it asks, however it is laid out', async () => {
    const ada = await servers.caller()
    const query = 'mutation Touch($by: Int, $to: Int) { touch(by: $by) also: touch(by: $to) }'
    const first = await ada.send({ query, variables: { by: 2, to: 3 }, operationName: 'Touch' })
    expect(first.errors).toBeUndefined()
    const reformattedQuery =
      '# again\nmutation Touch(\n  $by: Int\n  $to: Int\n) {\n  touch(by: $by)\n  also: touch(by: $to)\n}'
    expect(await ada.send({ query: reformattedQuery, variables: { to: 3, by: 2 } })).toEqual(first)
  })

  test('of another call is refused: another document, operation or variables', async () => {
    const ada = await servers.caller()
    const query = 'mutation A($by: Int) { touch(by: $by) } mutation B($by: Int) { touch(by: $by) }'
    expect((await ada.send({ query, operationName: 'A', variables: { by: 1 } })).errors).toBeUndefined()
    const previousCount = world.switches.touchCount
    for (const body of [
      { query, operationName: 'B', variables: { by: 1 } },
      { query, operationName: 'A', variables: { by: 2 } },
      { query, operationName: 'A' },
      { query: touch },
    ]) {
      const response = await ada.post(body)
      expect(response.status).toBe(422)
      expect(await readResult(response)).toMatchObject({ errors: [{ extensions: { code: 'IDEMPOTENCY_MISMATCH' } }] })
      const plain = await ada.post(body, { Accept: 'application/json' })
      expect(plain.status).toBe(200)
      expect(await plain.json()).not.toHaveProperty('errors.0.extensions.http')
    }
    expect(world.switches.touchCount).toBe(previousCount)
  })

  test('of another caller is another key', async () => {
    const ada = await servers.caller()
    const bob = await servers.caller({ key: ada.key })
    const previousCount = world.switches.touchCount
    await ada.send()
    expect(await bob.send({ query: 'mutation { touch(by: 5) }' })).toEqual({ data: { touch: previousCount + 6 } })
  })

  test('in another role is another call: what an admin may read stays with admins', async () => {
    const ada = await servers.caller()
    const as = async (role: 'admin' | 'editor') =>
      readResult(
        post(world.url, await world.token({ sub: ada.userId, role }), { query: touch }, { 'Idempotency-Key': ada.key }),
      )
    const first = await as('admin')
    expect(await as('editor')).toMatchObject({ errors: [{ extensions: { code: 'IDEMPOTENCY_MISMATCH' } }] })
    expect(await as('admin')).toEqual(first)
  })

  test('is known on every server', async () => {
    const ada = await servers.caller()
    const first = await ada.send()
    expect(await ada.send({ query: touch }, other)).toEqual(first)
  })

  test('holds for 24 hours and is forgotten then, whether it was swept or not', async () => {
    const [ada, bob] = [await servers.caller(), await servers.caller()]
    const first = await ada.send()
    await bob.send()
    await ada.age('23 hours 59 minutes')
    await bob.age('24 hours')
    expect(await servers.createCalls().sweep()).toBe(1)
    expect(await bob.row()).toBeNull()
    expect(await ada.send()).toEqual(first)
    await ada.age('1 minute')
    expect(await ada.send({ query: 'mutation { touch(by: 7) }' })).toMatchObject({
      data: { touch: expect.any(Number) },
    })
    expect(await servers.createCalls().sweep()).toBe(0)
  })
})

describe('a key', () => {
  const invalidKey = { errors: [{ extensions: { code: 'INVALID_INPUT', fields: [{ path: 'idempotencyKey' }] } }] }

  test('has 1 to 255 printable ASCII characters', async () => {
    for (const key of ['!', 'a b~', '"quoted"', 'x'.repeat(255)])
      expect((await (await servers.caller({ key })).send()).errors, key).toBeUndefined()
    const previousCount = world.switches.touchCount
    for (const key of ['', 'x'.repeat(256), 'x'.repeat(10_000), 'caf\u00e9', 'a\tb'])
      expect(await (await servers.caller({ key })).send(), key).toMatchObject(invalidKey)
    expect(world.switches.touchCount).toBe(previousCount)
  })

  test('is a text over WebSocket too', async () => {
    const client = world.connect(await world.token())
    for (const idempotencyKey of ['', 4, ['a'], {}, 'Ж', 'a\n'])
      expect(await overSocket(client, { query: touch, extensions: { idempotencyKey } })).toMatchObject([invalidKey])
    expect(await overSocket(client, { query: touch, extensions: { idempotencyKey: null } })).toMatchObject([
      { data: {} },
    ])
  })

  test('means nothing for queries and subscriptions', async () => {
    const ada = await servers.caller({ key: 'x'.repeat(300) })
    const cost = await servers.countStatements(async () => {
      expect(await ada.send({ query: '{ hello }' })).toEqual({ data: { hello: 'world' } })
      const client = world.connect(ada.token)
      const query = 'subscription { count(to: 1) }'
      expect(await overSocket(client, { query, extensions: { idempotencyKey: 4 } })).toEqual([{ data: { count: 1 } }])
    })
    expect(cost).toBe(0)
  })

  test('may be sent and answered across origins', async () => {
    const preflight = await fetch(`${world.url}/graphql`, {
      method: 'OPTIONS',
      headers: { Origin: 'https://school.example', 'Access-Control-Request-Method': 'POST' },
    })
    expect(preflight.headers.get('Access-Control-Allow-Headers')).toContain('Idempotency-Key')
    expect(preflight.headers.get('Access-Control-Expose-Headers')).toContain('Idempotent-Replayed')
    expect(preflight.headers.get('Access-Control-Expose-Headers')).toContain('Retry-After')
  })
})

describe('over WebSocket', () => {
  test('a key is the same key', async () => {
    const ada = await servers.caller()
    const client = world.connect(ada.token)
    const previousCount = world.switches.touchCount
    const payload = { query: touch, extensions: { idempotencyKey: ada.key } }
    const first = { data: { touch: previousCount + 1 } }
    expect(await overSocket(client, payload)).toEqual([first])
    expect(await overSocket(client, payload)).toEqual([first])
    expect(await ada.send()).toEqual(first)
    expect(await overSocket(client, { ...payload, query: 'mutation { mayTouch }' })).toMatchObject([
      { errors: [{ extensions: { code: 'IDEMPOTENCY_MISMATCH' } }] },
    ])
    expect(world.switches.touchCount).toBe(previousCount + 1)
  })

  test('whoever has unsubscribed, or left, waits no longer', async () => {
    const ada = await servers.caller()
    const { first, mayEnd } = await servers.beginSlowCall(ada)
    const client = world.connect(ada.token)
    for (const leave of ['complete', 'close']) {
      const claimCount = servers.claims.length
      servers.statements.length = 0
      const sink = { next: () => {}, error: () => {}, complete: () => {} }
      const unsubscribe = client.subscribe({ query: touch, extensions: { idempotencyKey: ada.key } }, sink)
      await waitFor(() => expect(servers.statements.length).toBeGreaterThan(2))
      if (leave === 'complete') unsubscribe()
      else client.terminate()
      await waitFor(() => expect(servers.claims.slice(claimCount), leave).toEqual([{ type: 'abandoned' }]))
    }
    mayEnd.resolve()
    await first
  })
})

describe('at the same time', () => {
  test('fifty of the same call on two servers run once and get one answer', async () => {
    const ada = await servers.caller()
    const previousCount = world.switches.touchCount + other.switches.touchCount
    const all = await Promise.all(
      Array.from({ length: 50 }, (_, index) => ada.send({ query: touch }, index % 2 === 0 ? world : other)),
    )
    expect(world.switches.touchCount + other.switches.touchCount).toBe(previousCount + 1)
    expect(new Set(all.map((one) => JSON.stringify(one))).size).toBe(1)
    expect(all[0]?.errors).toBeUndefined()
  })

  test('those who wait hold no connection, and nothing else waits for them', async () => {
    const ada = await servers.caller()
    const { first, mayEnd } = await servers.beginSlowCall(ada)
    const all = [first]
    servers.statements.length = 0
    for (let count = 0; count < 50; count++) all.push(ada.send({ query: touch }, count % 2 === 0 ? world : other))
    // More than the pool holds.
    await waitFor(() => expect(servers.statements.filter((sql) => sql.includes('WITH "mine"')).length).toBe(50))
    await Promise.all(Array.from({ length: 40 }, () => database.$queryRaw`SELECT 1`))
    const bob = await servers.caller()
    world.switches.onTouch = async () => {}
    expect((await bob.send()).errors).toBeUndefined()
    mayEnd.resolve()
    expect(new Set((await Promise.all(all)).map((one) => JSON.stringify(one))).size).toBe(1)
  })

  test('whoever has left waits no longer', async () => {
    const ada = await servers.caller()
    const { first, mayEnd } = await servers.beginSlowCall(ada)
    const claimCount = servers.claims.length
    const leaving = new AbortController()
    const headers = {
      Authorization: `Bearer ${ada.token}`,
      'Content-Type': 'application/json',
      'Idempotency-Key': ada.key,
    }
    const body = JSON.stringify({ query: touch })
    const pendingRequest = fetch(`${other.url}/graphql`, { method: 'POST', headers, body, signal: leaving.signal })
    servers.statements.length = 0
    await waitFor(() => expect(servers.statements.length).toBeGreaterThan(2))
    leaving.abort()
    await expect(pendingRequest).rejects.toThrow()
    await waitFor(() => expect(servers.claims.slice(claimCount)).toEqual([{ type: 'abandoned' }]))
    mayEnd.resolve()
    await first
  })

  test('another call under the key of one that runs is refused at once', async () => {
    const ada = await servers.caller()
    const { first, mayEnd } = await servers.beginSlowCall(ada)
    expect(await ada.send({ query: 'mutation { mayTouch }' })).toMatchObject({
      errors: [{ extensions: { code: 'IDEMPOTENCY_MISMATCH' } }],
    })
    mayEnd.resolve()
    await first
  })
})

describe('a call under way', () => {
  test('says that it lives, and what it changes is logged under a request id of its own', async () => {
    const heartbeatServer = await startServerWorld({ idempotency: servers.createCalls({ aliveMs: 20 }) })
    const ada = await servers.caller()
    const ids: (string | null)[] = []
    heartbeatServer.switches.onTouch = async ({ requestId }) => {
      ids.push(requestId)
      const since = (await ada.row())?.aliveAt ?? new Date()
      await waitFor(async () => expect((await ada.row())?.aliveAt.getTime()).toBeGreaterThan(since.getTime()))
    }
    const sent = { 'X-Request-Id': 'lms-7' }
    expect((await readResult(ada.post({ query: touch }, sent, heartbeatServer))).errors).toBeUndefined()
    expect(ids).toEqual([expect.stringMatching(/^lms-7\.[0-9a-f-]{36}$/)])
    await heartbeatServer.close()
  })

  test('gives its answer also where that cannot be kept, and the log says so', async () => {
    const ada = await servers.caller()
    world.switches.onTouch = async () => {
      await database.idempotentCall.delete({ where: { userId_key: { userId: ada.userId, key: ada.key } } })
    }
    expect((await ada.send()).errors).toBeUndefined()
    expect(servers.heard).toEqual(['A keyed call was taken for dead while it ran.'])
  })
})

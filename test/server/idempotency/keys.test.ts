import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Database } from '../../../src/services/kernel/ports.ts'
import { answer, overSocket, post, startWorld, type World } from '../graphqlWorld.ts'
import { type KeyedServers, openKeyedServers, touch, until } from './keyedServers.ts'

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

describe('a mutation without a key', () => {
  test('runs each time and costs no statement', async () => {
    const ada = await keyed.caller()
    const before = world.switches.touched
    const send = () => answer(post(world.url, ada.token, { query: touch }))
    expect(await keyed.counted(async () => [await send(), await send()])).toBe(0)
    expect(world.switches.touched).toBe(before + 2)
  })
})

describe('the same key', () => {
  test('of the same call gives the first answer in the same bytes, and says so', async () => {
    const ada = await keyed.caller()
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
    const ada = await keyed.caller()
    world.switches.onTouch = keyed.change
    expect(await keyed.counted(() => ada.send())).toBe(3)
    expect(await keyed.counted(() => ada.send())).toBe(1)
  })

  test('knows the same call by what it asks, however it is laid out', async () => {
    const ada = await keyed.caller()
    const query = 'mutation Touch($by: Int, $to: Int) { touch(by: $by) also: touch(by: $to) }'
    const first = await ada.send({ query, variables: { by: 2, to: 3 }, operationName: 'Touch' })
    expect(first.errors).toBeUndefined()
    const laidOut = '# again\nmutation Touch(\n  $by: Int\n  $to: Int\n) {\n  touch(by: $by)\n  also: touch(by: $to)\n}'
    expect(await ada.send({ query: laidOut, variables: { to: 3, by: 2 } })).toEqual(first)
  })

  test('of another call is refused: another document, operation or variables', async () => {
    const ada = await keyed.caller()
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
    const ada = await keyed.caller()
    const bob = await keyed.caller({ key: ada.key })
    const before = world.switches.touched
    await ada.send()
    expect(await bob.send({ query: 'mutation { touch(by: 5) }' })).toEqual({ data: { touch: before + 6 } })
  })

  test('in another role is another call: what an admin may read stays with admins', async () => {
    const ada = await keyed.caller()
    const as = async (role: 'admin' | 'editor') =>
      answer(
        post(world.url, await world.token({ sub: ada.userId, role }), { query: touch }, { 'Idempotency-Key': ada.key }),
      )
    const first = await as('admin')
    expect(await as('editor')).toMatchObject({ errors: [{ extensions: { code: 'IDEMPOTENCY_MISMATCH' } }] })
    expect(await as('admin')).toEqual(first)
  })

  test('is known on every server', async () => {
    const ada = await keyed.caller()
    const first = await ada.send()
    expect(await ada.send({ query: touch }, other)).toEqual(first)
  })

  test('holds for 24 hours and is forgotten then, whether it was swept or not', async () => {
    const [ada, bob] = [await keyed.caller(), await keyed.caller()]
    const first = await ada.send()
    await bob.send()
    await ada.age('23 hours 59 minutes')
    await bob.age('24 hours')
    expect(await keyed.createCalls().sweep()).toBe(1)
    expect(await bob.row()).toBeNull()
    expect(await ada.send()).toEqual(first)
    await ada.age('1 minute')
    expect(await ada.send({ query: 'mutation { touch(by: 7) }' })).toMatchObject({
      data: { touch: expect.any(Number) },
    })
    expect(await keyed.createCalls().sweep()).toBe(0)
  })
})

describe('a key', () => {
  const refused = { errors: [{ extensions: { code: 'INVALID_INPUT', fields: [{ path: 'idempotencyKey' }] } }] }

  test('has 1 to 255 printable ASCII characters', async () => {
    for (const key of ['!', 'a b~', '"quoted"', 'x'.repeat(255)])
      expect((await (await keyed.caller({ key })).send()).errors, key).toBeUndefined()
    const before = world.switches.touched
    for (const key of ['', 'x'.repeat(256), 'x'.repeat(10_000), 'caf\u00e9', 'a\tb'])
      expect(await (await keyed.caller({ key })).send(), key).toMatchObject(refused)
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
    const ada = await keyed.caller({ key: 'x'.repeat(300) })
    const cost = await keyed.counted(async () => {
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
    const ada = await keyed.caller()
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
    const ada = await keyed.caller()
    const { first, mayEnd } = await keyed.slowly(ada)
    const client = world.connect(ada.token)
    for (const leave of ['complete', 'close']) {
      const seen = keyed.claims.length
      keyed.statements.length = 0
      const sink = { next: () => {}, error: () => {}, complete: () => {} }
      const unsubscribe = client.subscribe({ query: touch, extensions: { idempotencyKey: ada.key } }, sink)
      await until(() => expect(keyed.statements.length).toBeGreaterThan(2))
      if (leave === 'complete') unsubscribe()
      else client.terminate()
      await until(() => expect(keyed.claims.slice(seen), leave).toEqual([{ type: 'abandoned' }]))
    }
    mayEnd.resolve()
    await first
  })
})

describe('at the same time', () => {
  test('fifty of the same call on two servers run once and get one answer', async () => {
    const ada = await keyed.caller()
    const before = world.switches.touched + other.switches.touched
    const all = await Promise.all(
      Array.from({ length: 50 }, (_, index) => ada.send({ query: touch }, index % 2 === 0 ? world : other)),
    )
    expect(world.switches.touched + other.switches.touched).toBe(before + 1)
    expect(new Set(all.map((one) => JSON.stringify(one))).size).toBe(1)
    expect(all[0]?.errors).toBeUndefined()
  })

  test('those who wait hold no connection, and nothing else waits for them', async () => {
    const ada = await keyed.caller()
    const { first, mayEnd } = await keyed.slowly(ada)
    const all = [first]
    keyed.statements.length = 0
    for (let count = 0; count < 50; count++) all.push(ada.send({ query: touch }, count % 2 === 0 ? world : other))
    // More than the pool holds.
    await until(() => expect(keyed.statements.filter((sql) => sql.includes('WITH "mine"')).length).toBe(50))
    await Promise.all(Array.from({ length: 40 }, () => database.$queryRaw`SELECT 1`))
    const bob = await keyed.caller()
    world.switches.onTouch = async () => {}
    expect((await bob.send()).errors).toBeUndefined()
    mayEnd.resolve()
    expect(new Set((await Promise.all(all)).map((one) => JSON.stringify(one))).size).toBe(1)
  })

  test('whoever has left waits no longer', async () => {
    const ada = await keyed.caller()
    const { first, mayEnd } = await keyed.slowly(ada)
    const seen = keyed.claims.length
    const leaving = new AbortController()
    const headers = {
      Authorization: `Bearer ${ada.token}`,
      'Content-Type': 'application/json',
      'Idempotency-Key': ada.key,
    }
    const body = JSON.stringify({ query: touch })
    const left = fetch(`${other.url}/graphql`, { method: 'POST', headers, body, signal: leaving.signal })
    keyed.statements.length = 0
    await until(() => expect(keyed.statements.length).toBeGreaterThan(2))
    leaving.abort()
    await expect(left).rejects.toThrow()
    await until(() => expect(keyed.claims.slice(seen)).toEqual([{ type: 'abandoned' }]))
    mayEnd.resolve()
    await first
  })

  test('another call under the key of one that runs is refused at once', async () => {
    const ada = await keyed.caller()
    const { first, mayEnd } = await keyed.slowly(ada)
    expect(await ada.send({ query: 'mutation { mayTouch }' })).toMatchObject({
      errors: [{ extensions: { code: 'IDEMPOTENCY_MISMATCH' } }],
    })
    mayEnd.resolve()
    await first
  })
})

describe('a call under way', () => {
  test('says that it lives, and what it changes is logged under a request id of its own', async () => {
    const patient = await startWorld({ idempotency: keyed.createCalls({ aliveMs: 20 }) })
    const ada = await keyed.caller()
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
    const ada = await keyed.caller()
    world.switches.onTouch = async () => {
      await database.idempotentCall.delete({ where: { userId_key: { userId: ada.userId, key: ada.key } } })
    }
    expect((await ada.send()).errors).toBeUndefined()
    expect(keyed.heard).toEqual(['A keyed call was taken for dead while it ran.'])
  })
})

import { describe, expect } from 'vitest'
import { overSocket, post, readResult, type ServerWorld } from '../serverWorld.ts'
import { it } from './keyedIt.ts'
import { type Caller, touch, waitFor } from './keyedServers.ts'

describe('a mutation without a key', () => {
  const sendTwice = async (world: ServerWorld, ada: Caller) => {
    const send = () => readResult(post(world.url, ada.token, { query: touch }))
    return [await send(), await send()]
  }

  it('runs each time', async ({ world, ada }) => {
    const previousCount = world.switches.touchCount
    await sendTwice(world, ada)
    expect(world.switches.touchCount).toBe(previousCount + 2)
  })

  it('costs no statement', async ({ world, servers, ada }) => {
    expect(await servers.countStatements(() => sendTwice(world, ada))).toBe(0)
  })
})

describe('the same key', () => {
  it('returns the first answer byte for byte', async ({ world, ada }) => {
    const previousCount = world.switches.touchCount
    const text = await (await ada.post()).text()
    expect(JSON.parse(text)).toEqual({ data: { touch: previousCount + 1 } })
    for (let count = 0; count < 3; count++) {
      const repeat = await ada.post()
      expect(repeat.status).toBe(200)
      expect(await repeat.text()).toBe(text)
    }
    expect(world.switches.touchCount).toBe(previousCount + 1)
  })

  it('marks only repeats with the header Idempotent-Replayed', async ({ ada }) => {
    const isReplayed = async () => (await ada.post()).headers.get('Idempotent-Replayed')
    expect(await isReplayed()).toBeNull()
    for (let count = 0; count < 3; count++) expect(await isReplayed()).toBe('true')
  })

  it('costs two statements for the first call besides its own', async ({ world, servers, ada }) => {
    world.switches.onTouch = servers.change
    expect(await servers.countStatements(() => ada.send())).toBe(3)
  })

  it('costs one statement for a repeat', async ({ world, servers, ada }) => {
    world.switches.onTouch = servers.change
    await ada.send()
    expect(await servers.countStatements(() => ada.send())).toBe(1)
  })

  it('recognises the same call in another layout', async ({ ada }) => {
    const query = 'mutation Touch($by: Int, $to: Int) { touch(by: $by) also: touch(by: $to) }'
    const first = await ada.send({ query, variables: { by: 2, to: 3 }, operationName: 'Touch' })
    expect(first.errors).toBeUndefined()
    const reformattedQuery =
      '# again\nmutation Touch(\n  $by: Int\n  $to: Int\n) {\n  touch(by: $by)\n  also: touch(by: $to)\n}'
    expect(await ada.send({ query: reformattedQuery, variables: { to: 3, by: 2 } })).toEqual(first)
  })

  describe('sent with another document, operation or variables', () => {
    const query = 'mutation A($by: Int) { touch(by: $by) } mutation B($by: Int) { touch(by: $by) }'
    const otherCalls = [
      { query, operationName: 'B', variables: { by: 1 } },
      { query, operationName: 'A', variables: { by: 2 } },
      { query, operationName: 'A' },
      { query: touch },
    ]
    const sendFirst = async (world: ServerWorld, ada: Caller) => {
      expect((await ada.send({ query, operationName: 'A', variables: { by: 1 } })).errors).toBeUndefined()
      return { previousCount: world.switches.touchCount }
    }

    it('is refused with the status 422', async ({ world, ada }) => {
      const { previousCount } = await sendFirst(world, ada)
      for (const body of otherCalls) {
        const response = await ada.post(body)
        expect(response.status).toBe(422)
        expect(await readResult(response)).toMatchObject({ errors: [{ extensions: { code: 'IDEMPOTENCY_MISMATCH' } }] })
      }
      expect(world.switches.touchCount).toBe(previousCount)
    })

    it('is refused with the status 200 in application/json', async ({ world, ada }) => {
      const { previousCount } = await sendFirst(world, ada)
      for (const body of otherCalls) {
        const response = await ada.post(body, { Accept: 'application/json' })
        expect(response.status).toBe(200)
        const result = await response.json()
        expect(result).toMatchObject({ errors: [{ extensions: { code: 'IDEMPOTENCY_MISMATCH' } }] })
        expect(result).not.toHaveProperty('errors.0.extensions.http')
      }
      expect(world.switches.touchCount).toBe(previousCount)
    })
  })

  it('is independent of the same key of another caller', async ({ world, servers, ada }) => {
    const bob = await servers.caller({ key: ada.key })
    const previousCount = world.switches.touchCount
    await ada.send()
    expect(await bob.send({ query: 'mutation { touch(by: 5) }' })).toEqual({ data: { touch: previousCount + 6 } })
  })

  it('is refused in another role, since only the first role may read the answer', async ({ world, ada }) => {
    const sendAs = async (role: 'admin' | 'editor') =>
      readResult(
        post(world.url, await world.token({ sub: ada.userId, role }), { query: touch }, { 'Idempotency-Key': ada.key }),
      )
    const first = await sendAs('admin')
    expect(await sendAs('editor')).toMatchObject({ errors: [{ extensions: { code: 'IDEMPOTENCY_MISMATCH' } }] })
    expect(await sendAs('admin')).toEqual(first)
  })

  it('is recognised by every server', async ({ other, ada }) => {
    const first = await ada.send()
    expect(await ada.send({ query: touch }, other)).toEqual(first)
  })

  it('is valid for 24 hours', async ({ ada }) => {
    const first = await ada.send()
    await ada.age('23 hours 59 minutes')
    expect(await ada.send()).toEqual(first)
  })

  it('is deleted by a sweep after 24 hours', async ({ servers, ada }) => {
    const bob = await servers.caller()
    await ada.send()
    await bob.send()
    await ada.age('23 hours 59 minutes')
    await bob.age('24 hours')
    expect(await servers.openIdempotency().sweep()).toBe(1)
    expect(await bob.row()).toBeNull()
  })

  it('can be reused without a sweep after 24 hours', async ({ servers, ada }) => {
    await ada.send()
    await ada.age('24 hours')
    expect(await ada.send({ query: 'mutation { touch(by: 7) }' })).toMatchObject({
      data: { touch: expect.any(Number) },
    })
    expect(await servers.openIdempotency().sweep()).toBe(0)
  })
})

describe('a key', () => {
  const invalidKey = { errors: [{ extensions: { code: 'INVALID_INPUT', fields: [{ path: 'idempotencyKey' }] } }] }

  it('may have 1 to 255 printable ASCII characters', async ({ servers }) => {
    for (const key of ['!', 'a b~', '"quoted"', 'x'.repeat(255)])
      expect((await (await servers.caller({ key })).send()).errors, key).toBeUndefined()
  })

  it('is refused if it is empty, too long or not printable ASCII', async ({ world, servers }) => {
    const previousCount = world.switches.touchCount
    for (const key of ['', 'x'.repeat(256), 'x'.repeat(10_000), 'caf\u00e9', 'a\tb'])
      expect(await (await servers.caller({ key })).send(), key).toMatchObject(invalidKey)
    expect(world.switches.touchCount).toBe(previousCount)
  })

  it('is refused over WebSocket unless it is a valid string', async ({ world }) => {
    const client = world.connect(await world.token())
    for (const idempotencyKey of ['', 4, ['a'], {}, 'Ж', 'a\n'])
      expect(await overSocket(client, { query: touch, extensions: { idempotencyKey } })).toMatchObject([invalidKey])
  })

  it('is optional over WebSocket', async ({ world }) => {
    const client = world.connect(await world.token())
    expect(await overSocket(client, { query: touch, extensions: { idempotencyKey: null } })).toMatchObject([
      { data: {} },
    ])
  })

  it('is ignored for queries and subscriptions', async ({ world, servers }) => {
    const ada = await servers.caller({ key: 'x'.repeat(300) })
    const cost = await servers.countStatements(async () => {
      expect(await ada.send({ query: '{ hello }' })).toEqual({ data: { hello: 'world' } })
      const client = world.connect(ada.token)
      const query = 'subscription { count(to: 1) }'
      expect(await overSocket(client, { query, extensions: { idempotencyKey: 4 } })).toEqual([{ data: { count: 1 } }])
    })
    expect(cost).toBe(0)
  })

  const sendPreflight = (world: ServerWorld) =>
    fetch(`${world.url}/graphql`, {
      method: 'OPTIONS',
      headers: {
        Origin: 'https://school.example',
        'Access-Control-Request-Method': 'POST',
        'Access-Control-Request-Headers': 'idempotency-key',
      },
    })

  it('may be sent across origins', async ({ world }) => {
    const preflight = await sendPreflight(world)
    expect(preflight.headers.get('Access-Control-Allow-Headers')).toBe('idempotency-key')
  })

  it('has response headers that may be read across origins', async ({ world }) => {
    const preflight = await sendPreflight(world)
    expect(preflight.headers.get('Access-Control-Expose-Headers')).toContain('Idempotent-Replayed')
    expect(preflight.headers.get('Access-Control-Expose-Headers')).toContain('Retry-After')
  })
})

describe('a mutation over WebSocket', () => {
  it('shares its key with HTTP requests', async ({ world, ada }) => {
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

  it.for(['unsubscribed', 'disconnected'])(
    'stops waiting once its client has %s',
    async (reason, { world, servers, ada }) => {
      const { first, mayEnd } = await servers.beginSlowCall(ada)
      const client = world.connect(ada.token)
      const claimCount = servers.claims.length
      servers.statements.length = 0
      const sink = { next: () => {}, error: () => {}, complete: () => {} }
      const unsubscribe = client.subscribe({ query: touch, extensions: { idempotencyKey: ada.key } }, sink)
      await waitFor(() => expect(servers.statements.length).toBeGreaterThan(2))
      if (reason === 'unsubscribed') unsubscribe()
      else client.terminate()
      await waitFor(() => expect(servers.claims.slice(claimCount)).toEqual([{ type: 'abandoned' }]))
      mayEnd.resolve()
      await first
    },
  )
})

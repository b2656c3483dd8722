import { describe, expect } from 'vitest'
import type { Database } from '../../../src/services/kernel/ports.ts'
import { startServer } from '../serverIt.ts'
import { readResult } from '../serverWorld.ts'
import { it } from './keyedIt.ts'
import { type Caller, touch, waitFor } from './keyedServers.ts'

describe('concurrent calls under one key', () => {
  it('run once for fifty requests to two servers', async ({ world, other, ada }) => {
    const previousCount = world.switches.touchCount + other.switches.touchCount
    const all = await Promise.all(
      Array.from({ length: 50 }, (_, index) => ada.send({ query: touch }, index % 2 === 0 ? world : other)),
    )
    expect(world.switches.touchCount + other.switches.touchCount).toBe(previousCount + 1)
    expect(new Set(all.map((one) => JSON.stringify(one))).size).toBe(1)
    expect(all[0]?.errors).toBeUndefined()
  })

  it('hold no connection while they wait', async ({ world, other, servers, database, ada }) => {
    const { first, mayEnd } = await servers.beginSlowCall(ada)
    const all = [first]
    servers.statements.length = 0
    for (let count = 0; count < 50; count++) all.push(ada.send({ query: touch }, count % 2 === 0 ? world : other))
    // More statements at once than the pool has connections.
    await waitFor(() => expect(servers.statements.filter((sql) => sql.includes('WITH "mine"')).length).toBe(50))
    await Promise.all(Array.from({ length: 40 }, () => database.$queryRaw`SELECT 1`))
    const bob = await servers.caller()
    world.switches.onTouch = async () => {}
    expect((await bob.send()).errors).toBeUndefined()
    mayEnd.resolve()
    expect(new Set((await Promise.all(all)).map((one) => JSON.stringify(one))).size).toBe(1)
  })

  it('stop waiting once their client has disconnected', async ({ other, servers, ada }) => {
    const { first, mayEnd } = await servers.beginSlowCall(ada)
    const claimCount = servers.claims.length
    const disconnect = new AbortController()
    const headers = {
      Authorization: `Bearer ${ada.token}`,
      'Content-Type': 'application/json',
      'Idempotency-Key': ada.key,
    }
    const body = JSON.stringify({ query: touch })
    const pendingRequest = fetch(`${other.url}/graphql`, { method: 'POST', headers, body, signal: disconnect.signal })
    servers.statements.length = 0
    await waitFor(() => expect(servers.statements.length).toBeGreaterThan(2))
    disconnect.abort()
    await expect(pendingRequest).rejects.toThrow()
    await waitFor(() => expect(servers.claims.slice(claimCount)).toEqual([{ type: 'abandoned' }]))
    mayEnd.resolve()
    await first
  })

  it('are refused at once if they differ from the running call', async ({ servers, ada }) => {
    const { first, mayEnd } = await servers.beginSlowCall(ada)
    expect(await ada.send({ query: 'mutation { mayTouch }' })).toMatchObject({
      errors: [{ extensions: { code: 'IDEMPOTENCY_MISMATCH' } }],
    })
    mayEnd.resolve()
    await first
  })
})

describe('a running call', () => {
  it('renews its lease', async ({ servers, ada }) => {
    const heartbeatServer = await startServer({
      idempotency: servers.openIdempotency({ heartbeatIntervalMs: 20 }),
    })
    heartbeatServer.switches.onTouch = async () => {
      const since = (await ada.row())?.aliveAt ?? new Date()
      await waitFor(async () => expect((await ada.row())?.aliveAt.getTime()).toBeGreaterThan(since.getTime()))
    }
    expect((await ada.send({ query: touch }, heartbeatServer)).errors).toBeUndefined()
  })

  it('acts under a request id of its own', async ({ world, ada }) => {
    const requestIds: (string | null)[] = []
    world.switches.onTouch = async ({ requestId }) => void requestIds.push(requestId)
    expect((await readResult(ada.post({ query: touch }, { 'X-Request-Id': 'lms-7' }))).errors).toBeUndefined()
    expect(requestIds).toEqual([expect.stringMatching(/^lms-7\.[0-9a-f-]{36}$/)])
  })

  const deleteRow = (database: Database, { userId, key }: Caller) =>
    database.idempotentCall.delete({ where: { userId_key: { userId, key } } })

  it('returns its answer even if it cannot be stored', async ({ world, database, ada }) => {
    world.switches.onTouch = async () => void (await deleteRow(database, ada))
    expect((await ada.send()).errors).toBeUndefined()
  })

  it('logs that its answer was not stored', async ({ world, servers, database, ada }) => {
    world.switches.onTouch = async () => void (await deleteRow(database, ada))
    await ada.send()
    expect(servers.logMessages).toEqual([
      'Lost the lease of an idempotent call while it ran; its answer was not stored.',
    ])
  })
})

import { once } from 'node:events'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { overSocket, post, readResult, startServerWorld } from './serverWorld.ts'
import { holdTouch } from './smallSchema.ts'

test('while requests under way finish, readiness is false, liveness is true, and no socket opens any more', async () => {
  const world = await startServerWorld({ closeMs: 60_000 })
  const slow = readResult(post(world.url, await world.token(), { query: '{ slow }' }))
  await world.switches.slowStarted.promise
  const closed = world.http.close()
  expect((await fetch(`${world.url}/readyz`)).status).toBe(503)
  expect((await fetch(`${world.url}/livez`)).status).toBe(200)
  const late = new WebSocket(world.socketUrl, 'graphql-transport-ws')
  late.on('error', () => {}) // it is what is expected
  const [, response] = await once(late, 'unexpected-response')
  expect(response.statusCode).toBe(503)
  late.terminate()
  world.switches.slowMayEnd.resolve()
  expect(await slow).toEqual({ data: { slow: 'done' } })
  await closed
  await expect(fetch(`${world.url}/livez`)).rejects.toThrow()
})

test('a socket that closes answers the mutation that runs, and begins no other', async () => {
  const world = await startServerWorld({ closeMs: 60_000 })
  const { started, mayEnd } = holdTouch(world.switches)
  const client = world.connect(await world.token())
  const query = 'mutation { touch }'
  const last = overSocket(client, { query })
  await started
  const closed = world.http.close()
  expect(await overSocket(client, { query })).toMatchObject([{ errors: [{ message: 'The socket closes.' }] }])
  mayEnd.resolve()
  expect(await last).toEqual([{ data: { touch: 1 } }])
  await closed
  expect(world.switches.touchCount).toBe(1)
})

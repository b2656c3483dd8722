import { once } from 'node:events'
import { expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { answer, post, startWorld } from './graphqlWorld.ts'

test('while requests under way finish, readiness is false, liveness is true, and no socket opens any more', async () => {
  const world = await startWorld({ closeMs: 60_000 })
  const slow = answer(post(world.url, await world.token(), { query: '{ slow }' }))
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

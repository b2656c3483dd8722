import { request } from 'node:http'
import { setTimeout as wait } from 'node:timers/promises'
import { expect } from 'vitest'
import type { UserActor } from '../../src/services/kernel/actor.ts'
import { it } from './serverIt.ts'
import { overSocket, post } from './serverWorld.ts'

it.for(['HTTP', 'WebSocket'])('a call over %s names the time of its arrival', async (transport, { world }) => {
  const callers: UserActor[] = []
  world.switches.onTouch = async (actor) => void callers.push(actor)
  const sentAtMs = performance.now()
  const query = 'mutation { touch }'
  if (transport === 'HTTP') await post(world.url, await world.token(), { query })
  else await overSocket(world.connect(await world.token()), { query })
  expect(callers).toHaveLength(1)
  expect(callers[0]?.receivedAtMs).toBeGreaterThanOrEqual(sentAtMs)
  expect(callers[0]?.receivedAtMs).toBeLessThanOrEqual(performance.now())
})

it('a slow authentication takes no time from the caller', async ({ world }) => {
  const callers: UserActor[] = []
  world.switches.onTouch = async (actor) => void callers.push(actor)
  let authenticatedAtMs = 0
  world.switches.onAuthenticate = async () => {
    authenticatedAtMs = performance.now()
    await wait(1500)
  }
  await post(world.url, await world.token(), { query: 'mutation { touch }' })
  world.switches.onAuthenticate = async () => {}
  expect(callers[0]?.receivedAtMs).toBeLessThan(authenticatedAtMs + 500)
})

it('a body that arrives late delays the arrival of its request', async ({ world }) => {
  const callers: UserActor[] = []
  world.switches.onTouch = async (actor) => void callers.push(actor)
  const { promise: answer, resolve } = Promise.withResolvers<void>()
  const { promise: authenticated, resolve: authenticate } = Promise.withResolvers<void>()
  world.switches.onAuthenticate = async () => authenticate()
  const headers = { authorization: `Bearer ${await world.token()}`, 'content-type': 'application/json' }
  const req = request(`${world.url}/graphql`, { method: 'POST', headers }, (res) => res.resume().once('end', resolve))
  req.flushHeaders()
  await authenticated
  world.switches.onAuthenticate = async () => {}
  await wait(1500)
  const sentAtMs = performance.now()
  req.end(JSON.stringify({ query: 'mutation { touch }' }))
  await answer
  expect(callers[0]?.receivedAtMs).toBeGreaterThanOrEqual(sentAtMs - 1000)
})

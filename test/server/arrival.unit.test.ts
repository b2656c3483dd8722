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

import { expect, onTestFinished } from 'vitest'
import type { Actor } from '../../../src/services/kernel/actor.ts'
import { createLibraryChanges } from '../../../src/services/media/changes.ts'
import { it } from '../../harness/mediaIt.ts'
import type { World } from '../../harness/world.ts'
import { log } from '../live/library.ts'

const createActor = (): Actor => ({ type: 'user', userId: crypto.randomUUID(), role: 'VIEWER', requestId: null })

const openChanges = ({ runtime }: World) => {
  const changes = createLibraryChanges({ ...runtime.ports, eventLog: runtime.services.eventLog, log })
  onTestFinished(() => changes.close())
  return changes
}

it('the first events of two subscribers of a list are different objects', async ({ world }) => {
  const changes = openChanges(world)
  const filter = { tagsAny: ['shared'] }
  const together = await Promise.all([1, 2].map(() => changes.subscribe(createActor(), { filter })))
  const streams = [...together, await changes.subscribe(createActor(), { filter })]
  const events = await Promise.all(streams.map(async (stream) => (await stream.next()).value))
  expect(events).toEqual([[], [], []])
  expect(new Set(events).size).toBe(3)
})

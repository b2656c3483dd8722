import { expect } from 'vitest'
import type { Actor } from '../../../src/services/kernel/actor.ts'
import { createLibraryChanges } from '../../../src/services/media/changes.ts'
import { it } from '../../harness/mediaIt.ts'
import { log } from '../live/library.ts'

const actor: Actor = { type: 'user', userId: crypto.randomUUID(), role: 'VIEWER', requestId: null }

it('a subscription that has not begun is refused when the server closes', async ({ world: { runtime } }) => {
  const position = Promise.withResolvers<number>()
  const eventLog = { ...runtime.services.eventLog, readLastPosition: () => position.promise }
  const changes = createLibraryChanges({ ...runtime.ports, eventLog, log })
  const subscription = changes.subscribe(actor, { filter: { tagsAny: ['closed'] } })
  changes.close()
  position.resolve(0)
  await expect(subscription).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})

import { expect } from 'vitest'
import { mediaChannel } from '../../../src/services/kernel/messages.ts'
import { it } from '../../harness/actorIt.ts'
import { uuidOf } from '../../harness/ids.ts'

it('a merge tells the subscribers of its media that they were merged', async ({ world, actor, createMedia }) => {
  const { database, pubsub } = world.runtime.ports
  const [keepId, removedId] = [await createMedia(), await createMedia()]
  const { sha256 } = await database.media.findUniqueOrThrow({ where: { id: uuidOf(keepId) } })
  await database.media.update({ where: { id: uuidOf(removedId) }, data: { sha256 } })
  const messages: unknown[] = []
  for (const id of [keepId, removedId])
    await pubsub.subscribe(mediaChannel(uuidOf(id)), (message) => void messages.push(message))
  await world.runtime.services.duplicates.merge(actor, { keepId, removeIds: [removedId] })
  await expect.poll(() => messages).toEqual([{ type: 'merge' }, { type: 'merge' }])
})

import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { globalId } from '../../../src/services/kernel/ids.ts'
import { it as base } from '../../harness/actorIt.ts'
import { newResource } from '../../harness/links.ts'
import { outcomeOf } from '../../harness/refusals.ts'
import { seedMedia } from '../../harness/seed.ts'

/** `latecomer` is the actor in a call with an idempotency key whose lease another server has taken over. */
const it = base.extend('latecomer', ({ actor }) => {
  return { ...actor, idempotencyKey: randomUUID(), requestId: randomUUID() }
})

it('a link to an existing resource is not made without the lease of its call', async ({ world, actor, latecomer }) => {
  const { usages } = world.runtime.services
  const [firstId = '', secondId = ''] = await seedMedia(world, 2)
  const resource = newResource('lesson')
  await usages.link(actor, { mediaId: globalId('Media', firstId), resource })
  const late = usages.link(latecomer, { mediaId: globalId('Media', secondId), resource })
  expect(await outcomeOf(late)).toBe('STATE_CONFLICT')
  const media = await world.runtime.ports.database.media.findUniqueOrThrow({
    where: { id: secondId },
    include: { usages: true },
  })
  expect(media).toMatchObject({ usageCount: 0, usages: [] })
})

it('a resource is not created without the lease of its call', async ({ world, latecomer }) => {
  const [id = ''] = await seedMedia(world, 1)
  const resource = newResource('lesson')
  const late = world.runtime.services.usages.link(latecomer, { mediaId: globalId('Media', id), resource })
  expect(await outcomeOf(late)).toBe('STATE_CONFLICT')
  const { externalId } = resource
  expect(await world.runtime.ports.database.resource.count({ where: { externalId } })).toBe(0)
})

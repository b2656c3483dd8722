import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { globalId } from '../../../src/services/kernel/ids.ts'
import { it } from '../../harness/actorIt.ts'
import { newResource } from '../../harness/links.ts'
import { outcomeOf } from '../../harness/refusals.ts'
import { seedMedia } from '../../harness/seed.ts'

it('a link is not removed without the lease of its call', async ({ world, actor }) => {
  const { services, ports } = world.runtime
  const [id = ''] = await seedMedia(world, 1)
  const [mediaId, resource] = [globalId('Media', id), newResource()]
  await services.usages.link(actor, { mediaId, resource })
  const latecomer = { ...actor, idempotencyKey: randomUUID(), requestId: randomUUID() }
  expect(await outcomeOf(services.usages.unlink(latecomer, { mediaId, resource }))).toBe('STATE_CONFLICT')
  expect(await ports.database.mediaUsage.count({ where: { mediaId: id } })).toBe(1)
})

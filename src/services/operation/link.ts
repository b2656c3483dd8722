import { z } from 'zod'
import { mayLink } from '../kernel/policies.ts'
import { type ResourceInput, refuseDeepChain, resourceShape } from '../kernel/resourceInput.ts'
import { linkAll } from '../resource/links.ts'
import { upsertResource } from '../resource/tree.ts'
import type { BulkAction } from './bulkAction.ts'

const input = z.object({
  resource: resourceShape,
  /** Set once the resource was settled, when the operation was asked for; not the caller's to name. */
  resourceId: z.uuid().nullish(),
})

/** Links all to one resource: as it was named when this was asked for, and only while it is there. */
export const linkMediaAction: BulkAction<typeof input> = {
  kind: 'media.link',
  input,
  policy: mayLink,
  trashed: false,
  treeLock: 'resources',
  checkDepth: (raw) => refuseDeepChain((raw as { resource: ResourceInput }).resource, 'resource'), // as the schema has it

  async prepare(transaction, actor, { resource }) {
    const { id: resourceId } = await upsertResource(transaction, actor, resource)
    return { resource, resourceId }
  },

  async precondition(transaction, { resourceId }) {
    const count = await transaction.resource.count({ where: { id: resourceId ?? undefined, deletedAt: null } })
    return count > 0 ? null : { code: 'NOT_FOUND', message: 'The resource was removed meanwhile.' }
  },

  validate: () => null,

  async apply(transaction, actor, media, { resourceId }, { now }) {
    if (resourceId == null) throw new Error('the resource is settled before its operation is queued')
    await linkAll(transaction, actor, { resourceId, mediaIds: media.map(({ id }) => id) }, now)
  },
}

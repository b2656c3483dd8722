import { z } from 'zod'
import { lockStructure } from '../locks.ts'
import { mayLink } from '../policies.ts'
import { type ResourceInput, refuseDeepChain, resourceShape } from '../resources/input.ts'
import { settleResource } from '../resources/tree.ts'
import { linkAll } from '../usages/links.ts'
import type { BulkAction } from './action.ts'

const input = z.object({ resource: resourceShape })

/** Links all to one resource. */
export const linkMedia: BulkAction<typeof input> = {
  kind: 'media.link',
  input,
  policy: mayLink,
  trashed: false,
  inspect: (raw) => refuseDeepChain((raw as { resource: ResourceInput }).resource, 'resource'), // as the schema has it
  begin: (transaction) => lockStructure(transaction, 'resources'),
  judge: () => null,
  async apply(transaction, actor, media, { resource }, { now }) {
    const { id: resourceId } = await settleResource(transaction, actor, resource)
    await linkAll(transaction, actor, { resourceId, mediaIds: media.map(({ id }) => id) }, now)
  },
}

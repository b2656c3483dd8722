import { z } from 'zod'
import { mayLink } from '../kernel/policies.ts'
import { checkChainDepth, resourceShape } from '../kernel/resourceInput.ts'
import { linkAll } from '../resource/links.ts'
import { upsertResource } from '../resource/tree.ts'
import type { BulkAction } from './bulkAction.ts'
import { quote } from './summaryText.ts'

const input = z.object({
  resource: resourceShape,
  /** Set by `prepare` when the operation is requested; callers cannot set it. */
  resourceId: z.uuid().nullish(),
  /** Title that the resource had then; also set by `prepare`. */
  resourceTitle: z.string().nullish(),
})

/** Links media to one resource, which is resolved when the operation is requested; fails if it is deleted later. */
export const linkMediaAction: BulkAction<typeof input> = {
  kind: 'media.link',
  input,
  policy: mayLink,
  requiresTrashed: false,
  treeLock: 'resources',
  checkDepth: (raw) => checkChainDepth((raw as z.input<typeof input>).resource, 'resource'), // as in the schema

  async prepare(transaction, actor, { resource }) {
    const { id: resourceId, title: resourceTitle } = await upsertResource(transaction, actor, resource)
    return { resource, resourceId, resourceTitle }
  },

  async precondition(transaction, { resourceId }) {
    const count = await transaction.resource.count({ where: { id: resourceId ?? undefined, deletedAt: null } })
    return count > 0 ? null : { code: 'NOT_FOUND', message: 'The resource was deleted in the meantime.' }
  },

  validate: () => null,

  async apply(transaction, actor, media, { resourceId }, { now }) {
    if (resourceId == null) throw new Error('`prepare` sets the resource before the operation is queued')
    await linkAll(transaction, actor, { resourceId, mediaIds: media.map(({ id }) => id) }, now)
  },

  summarize: ({ resource, resourceTitle }, media) =>
    `Link ${media} to ${resource.type} ${quote(resourceTitle ?? resource.title ?? resource.externalId)}`,
}

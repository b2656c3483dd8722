import { usagesConnection, usagesPage } from '../services/usage/usages.ts'
import { builder } from './builder.ts'
import { pageCost } from './cost.ts'
import { MediaType } from './media.ts'
import { selectNestedRows } from './nested.ts'
import { ResourceInput, ResourceRef } from './resourceInput.ts'

export const MediaUsageType = builder.prismaNode('MediaUsage', {
  id: { field: 'id' },
  nullable: true,
  description: 'The link from a resource of an LMS to a media.',
  fields: (t) => ({
    media: t.relation('media'),
    resource: t.relation('resource'),
    linkedAt: t.expose('linkedAt', { type: 'DateTime' }),
    linkedBy: t.relation('linkedBy', { nullable: true }),
  }),
})

export const MediaUsageConnection = builder.connectionObject(
  { type: MediaUsageType, name: 'MediaUsageConnection' },
  { name: 'MediaUsageEdge' },
)

builder.prismaObjectFields(MediaType, (t) => ({
  usages: t.connection(
    {
      type: MediaUsageType,
      description: 'Where it is used, in the order in which it was linked.',
      complexity: pageCost,
      select: (args, _context, nestedSelection) => ({
        usages: { ...selectNestedRows(nestedSelection, 'MediaUsage', { id: true }), ...usagesPage(args).query },
      }),
      resolve: ({ usages, usageCount }, args) => usagesConnection(args, usages, async () => usageCount),
    },
    MediaUsageConnection,
  ),
  usageCount: t.exposeInt('usageCount'),
  unusedSince: t.expose('unusedSince', {
    type: 'DateTime',
    nullable: true,
    description:
      'Since when nothing uses it: its upload, its last unlink or the end of its last assignment; null while linked or assigned.',
  }),
}))

export const MediaLinkInput = builder.inputType('MediaLinkInput', {
  fields: (t) => ({ mediaId: t.id(), resource: t.field({ type: ResourceInput }) }),
})

export const MediaUnlinkInput = builder.inputType('MediaUnlinkInput', {
  fields: (t) => ({ mediaId: t.id(), resource: t.field({ type: ResourceRef }) }),
})

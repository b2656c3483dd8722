import { usagesConnection, usagesPage } from '../services/usage/usagePage.ts'
import { builder } from './builder.ts'
import { pageCost } from './cost.ts'
import { MediaType } from './media.ts'
import { selectNestedRows } from './nested.ts'
import { ResourceInput, ResourceRef } from './resourceInput.ts'

export const MediaUsageType = builder.prismaNode('MediaUsage', {
  id: { field: 'id', description: 'Global id, written `MediaUsage:<uuid>`. It never changes.' },
  select: { id: true },
  nullable: true,
  description: 'A link from a resource of an LMS to a media that it shows.',
  fields: (t) => ({
    media: t.relation('media', { description: 'Media that the resource shows.' }),
    resource: t.relation('resource', { description: 'Resource that shows the media.' }),
    linkedAt: t.expose('linkedAt', { type: 'DateTime', description: 'Time at which the link was made.' }),
    linkedBy: t.relation('linkedBy', {
      nullable: true,
      description: 'User who made the link; null if the server itself did.',
    }),
  }),
})

export const MediaUsageConnection = builder.connectionObject(
  { type: MediaUsageType, name: 'MediaUsageConnection', description: 'One page of a list of links to media.' },
  { name: 'MediaUsageEdge', description: 'A link to a media on a page, with its cursor.' },
)

builder.prismaObjectFields(MediaType, (t) => ({
  usages: t.connection(
    {
      type: MediaUsageType,
      description: 'Links from resources to this media, in the order in which they were made.',
      complexity: pageCost,
      select: (args, _context, nestedSelection) => ({
        usageCount: true,
        usages: { ...selectNestedRows(nestedSelection, 'MediaUsage', { id: true }), ...usagesPage(args) },
      }),
      resolve: ({ usages, usageCount }, args) => usagesConnection(args, usages, async () => usageCount),
    },
    MediaUsageConnection,
  ),
  usageCount: t.exposeInt('usageCount', { description: 'Number of resources that show this media.' }),
  unusedSince: t.expose('unusedSince', {
    type: 'DateTime',
    nullable: true,
    description:
      'Time since which nothing uses the media: its upload, its last unlink or the end of its last assignment. Null while it is linked or currently assigned.',
  }),
}))

export const MediaLinkInput = builder.inputType('MediaLinkInput', {
  description: 'Input of `mediaLink`.',
  fields: (t) => ({
    mediaId: t.id({ description: 'Media to link.' }),
    resource: t.field({
      type: ResourceInput,
      description: 'Resource that shows the media. It is created or updated as given.',
    }),
  }),
})

export const MediaUnlinkInput = builder.inputType('MediaUnlinkInput', {
  description: 'Input of `mediaUnlink`.',
  fields: (t) => ({
    mediaId: t.id({ description: 'Media to unlink.' }),
    resource: t.field({ type: ResourceRef, description: 'Resource that no longer shows the media.' }),
  }),
})

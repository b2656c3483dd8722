import { usagesConnection, usagesPage } from '../services/usage/usages.ts'
import { builder } from './builder.ts'
import { pageCost } from './cost.ts'
import { selectNestedRows } from './nested.ts'
import { ResourceInput } from './resourceInput.ts'
import { MediaUsageConnection, MediaUsageType } from './usage.ts'

export const ResourceType = builder.prismaNode('Resource', {
  id: { field: 'id' },
  nullable: true,
  description:
    'Something in an LMS that can show media: course, chapter, lesson, or any other lower-case slug. Its key is source, type and externalId.',
  fields: (t) => ({
    source: t.exposeString('source', { description: 'Which LMS; `default` where there is one.' }),
    type: t.exposeString('type'),
    externalId: t.exposeString('externalId', { description: "The LMS's own key." }),
    title: t.exposeString('title', { nullable: true }),
    url: t.exposeString('url', { nullable: true }),
    parent: t.relation('parent', { nullable: true }),
    usages: t.connection(
      {
        type: MediaUsageType,
        description: 'In the order in which they were linked; not of what is below.',
        complexity: pageCost,
        select: (args, _context, nestedSelection) => ({
          usages: { ...selectNestedRows(nestedSelection, 'MediaUsage', { id: true }), ...usagesPage(args).query },
        }),
        resolve: (resource, args, { loaders }) =>
          usagesConnection(args, resource.usages, () => loaders.resourceUsageCount.load(resource.id)),
      },
      MediaUsageConnection,
    ),
    mediaCount: t.int({
      description: 'Distinct media used here or below.',
      resolve: ({ id }, _args, { loaders }) => loaders.resourceMediaCount.load(id),
    }),
  }),
})

export const ResourceConnection = builder.connectionObject(
  { type: ResourceType, name: 'ResourceConnection' },
  { name: 'ResourceEdge' },
)

export const ResourceMediaSetInput = builder.inputType('ResourceMediaSetInput', {
  fields: (t) => ({
    resource: t.field({ type: ResourceInput }),
    mediaIds: t.idList({ description: 'At most 10,000.' }),
  }),
})

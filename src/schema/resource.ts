import { maxParents } from '../services/kernel/resourceInput.ts'
import { usagesConnection, usagesPage } from '../services/usage/usagePage.ts'
import { builder } from './builder.ts'
import { pageCost } from './cost.ts'
import { selectNestedRows } from './nested.ts'
import { ResourceInput } from './resourceInput.ts'
import { MediaUsageConnection, MediaUsageType } from './usage.ts'

export const ResourceType = builder.prismaNode('Resource', {
  id: { field: 'id', description: 'Global id, written `Resource:<uuid>`. It never changes.' },
  select: { id: true },
  nullable: true,
  description:
    'Something in an LMS that can show media, such as a course, a chapter or a lesson. `source`, `type` and `externalId` identify it.',
  fields: (t) => ({
    source: t.exposeString('source', {
      description: 'Name of the LMS that the resource belongs to; `default` if none was given.',
    }),
    type: t.exposeString('type', {
      description: 'Type of the resource as a slug: `course`, `chapter`, `lesson` or any other.',
    }),
    externalId: t.exposeString('externalId', { description: 'Key of the resource in its LMS.' }),
    title: t.exposeString('title', {
      nullable: true,
      description: 'Title as the LMS last sent it; null if it sent none.',
    }),
    url: t.exposeString('url', {
      nullable: true,
      description: 'Web address of the resource in its LMS; null if the LMS sent none.',
    }),
    parent: t.relation('parent', {
      nullable: true,
      description: 'Resource that this one belongs to, such as the chapter of a lesson; null at the top.',
    }),
    usages: t.connection(
      {
        type: MediaUsageType,
        description:
          'Links from this resource to media, in the order in which they were made. Links of resources below it are not included.',
        complexity: pageCost,
        select: (args, _context, nestedSelection) => ({
          usages: { ...selectNestedRows(nestedSelection, 'MediaUsage', { id: true }), ...usagesPage(args) },
        }),
        resolve: (resource, args, { loaders }) =>
          usagesConnection(args, resource.usages, () => loaders.resourceUsageCount.load(resource.id)),
      },
      MediaUsageConnection,
    ),
    mediaCount: t.int({
      description: 'Number of distinct media that this resource and all resources below it show.',
      resolve: ({ id }, _args, { loaders }) => loaders.resourceMediaCount.load(id),
    }),
  }),
})

export const ResourceConnection = builder.connectionObject(
  { type: ResourceType, name: 'ResourceConnection', description: 'One page of a list of resources.' },
  { name: 'ResourceEdge', description: 'A resource on a page, with its cursor.' },
)

builder.prismaObjectField(ResourceType, 'ancestors', (t) =>
  t.loadableList({
    type: ResourceType,
    description: 'Resources above this one, from the top down to its parent; empty at the top.',
    complexity: { field: 1, multiplier: maxParents },
    load: (ids: string[], { services }) => services.resources.ancestorsOf(ids),
    resolve: ({ id }) => id,
  }),
)

builder.prismaObjectField(ResourceType, 'children', (t) =>
  t.connection(
    {
      type: ResourceType,
      description:
        'Resources directly below this one, such as the chapters of a course, sorted by title (by external id without one), ignoring upper and lower case, with numbers by value.',
      args: {
        type: t.arg.string({ required: false, description: 'Returns only resources of this type, such as `lesson`.' }),
      },
      complexity: pageCost,
      resolve: ({ id }, args, { loaders }) => loaders.resourceChildren(args).load(id),
    },
    ResourceConnection,
  ),
)

export const ResourceMediaSetInput = builder.inputType('ResourceMediaSetInput', {
  description: 'Input of `resourceMediaSet`.',
  fields: (t) => ({
    resource: t.field({ type: ResourceInput, description: 'Resource to change. It is created or updated as given.' }),
    mediaIds: t.idList({
      description:
        'Media that the resource shows afterwards: at most 10,000. Repeated ids count once; an empty list unlinks all.',
    }),
  }),
})

import { builder } from './builder.ts'

export const FolderType = builder.prismaNode('Folder', {
  id: { field: 'id' },
  nullable: true,
  description: 'Media are filed in a tree of folders, at most 32 levels deep.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'Unique among its siblings, regardless of case.' }),
    path: t.loadable({
      type: 'String',
      description: 'From the root down: `/A/B`.',
      load: (ids: string[], { services }) => services.folders.paths(ids),
      resolve: ({ id }) => id,
    }),
    mediaCount: t.loadable({
      type: 'Int',
      description: 'Directly inside, without the trash.',
      load: (ids: string[], { services }) => services.folders.mediaCounts(ids),
      resolve: ({ id }) => id,
    }),
  }),
})

builder.prismaObjectField(FolderType, 'parent', (t) =>
  t.loadable({
    type: FolderType,
    nullable: true,
    description: 'Null at the root.',
    load: (ids: string[], { services }) => services.folders.byIds(ids),
    resolve: ({ parentId }) => parentId,
  }),
)

builder.prismaObjectField(FolderType, 'children', (t) =>
  t.loadableList({
    type: FolderType,
    description: 'By name.',
    // As wide as a folder may be: nested, it is soon beyond what a query may load.
    complexity: { field: 1, multiplier: 150 },
    load: (ids: string[], { services }) => services.folders.childrenOf(ids),
    resolve: ({ id }) => id,
  }),
)

export const FolderCreateInput = builder.inputType('FolderCreateInput', {
  fields: (t) => ({
    name: t.string({ description: 'At most 255 characters, no slashes, no control characters.' }),
    parentId: t.id({ required: false, description: 'At the root where absent.' }),
  }),
})

export const FolderUpdateInput = builder.inputType('FolderUpdateInput', {
  fields: (t) => ({
    id: t.id(),
    name: t.string({ required: false }),
    parentId: t.id({ required: false, description: 'Where to move it, with all that is in it; null: to the root.' }),
  }),
})

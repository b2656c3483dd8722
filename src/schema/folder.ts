import { builder } from './builder.ts'
import { cleaning } from './cleaning.ts'

export const FolderType = builder.prismaNode('Folder', {
  id: { field: 'id', description: 'Global id, written `Folder:<uuid>`. It never changes.' },
  select: { id: true, parentId: true },
  nullable: true,
  description: 'A folder of media. Folders form a tree of at most 32 levels; a folder holds at most 1,000 folders.',
  fields: (t) => ({
    name: t.exposeString('name', {
      description: 'Name of the folder. It is unique among its siblings, ignoring upper and lower case.',
    }),
    path: t.loadable({
      type: 'String',
      description: 'Names of all folders from the root to this one, such as `/Physics/Week 1`.',
      load: (ids: string[], { services }) => services.folders.paths(ids),
      resolve: ({ id }) => id,
    }),
    mediaCount: t.loadable({
      type: 'Int',
      description: 'Number of media directly in this folder, without its subfolders and without the trash.',
      load: (ids: string[], { services }) => services.folders.mediaCounts(ids),
      resolve: ({ id }) => id,
    }),
    childCount: t.loadable({
      type: 'Int',
      description: 'Number of folders directly in this one.',
      load: (ids: string[], { services }) => services.folders.childCounts(ids),
      resolve: ({ id }) => id,
    }),
    subtreeMediaCount: t.loadable({
      type: 'Int',
      description: 'Number of media in this folder and in all folders below it, without the trash.',
      load: (ids: string[], { services }) => services.folders.subtreeMediaCounts(ids),
      resolve: ({ id }) => id,
    }),
  }),
})

builder.prismaObjectField(FolderType, 'parent', (t) =>
  t.loadable({
    type: FolderType,
    nullable: true,
    description: 'Folder that holds this one; null at the root.',
    load: (ids: string[], { services }) => services.folders.byIds(ids),
    resolve: ({ parentId }) => parentId,
  }),
)

builder.prismaObjectField(FolderType, 'children', (t) =>
  t.loadableList({
    type: FolderType,
    description: 'Folders directly in this one, sorted by name, ignoring upper and lower case.',
    // Unpaged, so nested selections soon reach the cost limit of a query.
    complexity: { field: 1, multiplier: 150 },
    load: (ids: string[], { services }) => services.folders.childrenOf(ids),
    resolve: ({ id }) => id,
  }),
)

builder.prismaObjectField(FolderType, 'ancestors', (t) =>
  t.loadableList({
    type: FolderType,
    description: 'Folders above this one, from the root down to its parent; empty at the root.',
    complexity: { field: 1, multiplier: 31 },
    load: (ids: string[], { services }) => services.folders.ancestorsOf(ids),
    resolve: ({ id }) => id,
  }),
)

export const FolderCreateInput = builder.inputType('FolderCreateInput', {
  description: 'Input of `folderCreate`.',
  fields: (t) => ({
    name: t.string({
      description: `Name of the folder, without slashes; required. ${cleaning(255)} It must be unique among its siblings, ignoring upper and lower case.`,
    }),
    parentId: t.id({ required: false, description: 'Folder to create it in; absent or null means the root.' }),
  }),
})

export const FolderUpdateInput = builder.inputType('FolderUpdateInput', {
  description: 'Input of `folderUpdate`. Absent fields stay unchanged.',
  fields: (t) => ({
    id: t.id({ description: 'Folder to rename or move.' }),
    name: t.string({
      required: false,
      description: 'New name, with the same rules as in `FolderCreateInput`. It cannot be cleared.',
    }),
    parentId: t.id({
      required: false,
      description: 'Folder to move it into, with everything inside it; null moves it to the root.',
    }),
  }),
})

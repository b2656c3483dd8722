import { builder } from '../schema/builder.ts'
import { DeletedType } from '../schema/deleted.ts'
import { commonRefusals } from '../schema/errors.ts'
import { FolderCreateInput, FolderType, FolderUpdateInput } from '../schema/folder.ts'
import { StateConflictError } from '../services/kernel/errors.ts'

const resultTypes = [FolderType, StateConflictError, ...commonRefusals]

/** Shared by two mutations. Refusals are recognised by their class; what is none is a folder. */
const FolderResult = builder.errorUnion<(typeof resultTypes)[number], string>('FolderResult', {
  types: resultTypes,
  resolveType: () => 'Folder',
})

builder.queryField('folders', (t) =>
  t.field({
    type: [FolderType],
    description: 'Those directly inside a folder, or at the root, by name.',
    args: { parentId: t.arg.id({ required: false }) },
    resolve: (_root, { parentId }, { actor, services }) => services.folders.list(actor, parentId ?? null),
  }),
)

builder.mutationFields((t) => ({
  folderCreate: t.field({
    type: FolderResult,
    args: { input: t.arg({ type: FolderCreateInput }) },
    resolve: (_root, { input }, { actor, services }) => services.folders.create(actor, input),
  }),
  folderUpdate: t.field({
    type: FolderResult,
    description: 'Renames and moves.',
    args: { input: t.arg({ type: FolderUpdateInput }) },
    resolve: (_root, { input }, { actor, services }) => services.folders.update(actor, input),
  }),
  folderDelete: t.field({
    type: DeletedType,
    description: 'Only when empty: no folders in it, no media, and none in the trash that would return to it.',
    args: { id: t.arg.id() },
    errors: { types: [StateConflictError, ...commonRefusals], union: { name: 'FolderDeleteResult' } },
    resolve: (_root, { id }, { actor, services }) => services.folders.remove(actor, id),
  }),
}))

import { builder } from '../schema/builder.ts'
import { DeletedType } from '../schema/deleted.ts'
import { commonRefusals } from '../schema/errors.ts'
import { FolderCreateInput, FolderType, FolderUpdateInput } from '../schema/folder.ts'
import { StateConflictError } from '../services/kernel/errors.ts'

const resultTypes = [FolderType, StateConflictError, ...commonRefusals]

/** Result of `folderCreate` and `folderUpdate`. Refusals are recognized by their class; any other value is a folder. */
const FolderResult = builder.errorUnion<(typeof resultTypes)[number], string>('FolderResult', {
  description:
    'The `Folder`, or a refusal: `StateConflictError` if the name is taken or the parent holds 1,000 folders, `NotFoundError` if the folder or the parent does not exist, `InvalidInputError` for an invalid name, more than 32 levels or a move into itself, `ForbiddenError` for viewers.',
  types: resultTypes,
  resolveType: () => 'Folder',
})

builder.queryField('folders', (t) =>
  t.field({
    type: [FolderType],
    description:
      'Folders directly inside a folder or at the root, sorted by name, ignoring upper and lower case. An unknown `parentId` is a `NOT_FOUND` error.',
    args: {
      parentId: t.arg.id({
        required: false,
        description: 'Folder whose subfolders are returned; absent or null means the root.',
      }),
    },
    resolve: (_root, { parentId }, { actor, services }) => services.folders.list(actor, parentId ?? null),
  }),
)

builder.mutationFields((t) => ({
  folderCreate: t.field({
    type: FolderResult,
    description: 'Creates a folder. It needs the role editor or admin.',
    args: { input: t.arg({ type: FolderCreateInput, description: 'Name and place of the folder.' }) },
    resolve: (_root, { input }, { actor, services }) => services.folders.create(actor, input),
  }),
  folderUpdate: t.field({
    type: FolderResult,
    description: 'Renames a folder, moves it with everything inside it, or both. It needs the role editor or admin.',
    args: { input: t.arg({ type: FolderUpdateInput, description: 'Folder and its new name or place.' }) },
    resolve: (_root, { input }, { actor, services }) => services.folders.update(actor, input),
  }),
  folderDelete: t.field({
    type: DeletedType,
    description:
      'Deletes an empty folder. A folder is not empty if it holds folders or media, or if media in the trash would return to it. It needs the role editor or admin.',
    args: { id: t.arg.id({ description: 'Folder to delete.' }) },
    errors: {
      types: [StateConflictError, ...commonRefusals],
      union: {
        name: 'FolderDeleteResult',
        description:
          'The id of the deleted folder as `Deleted`, or a refusal: `StateConflictError` if the folder is not empty, `NotFoundError` if it does not exist, `ForbiddenError` for viewers, `InvalidInputError` for a malformed id.',
      },
    },
    resolve: (_root, { id }, { actor, services }) => services.folders.remove(actor, id),
  }),
}))

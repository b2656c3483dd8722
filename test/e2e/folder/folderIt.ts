import {
  FolderCreateDocument,
  FolderDeleteDocument,
  FoldersDocument,
  FolderUpdateDocument,
  type FolderUpdateInput,
} from '../../../client/generated/documents.ts'
import { globalId } from '../../../src/services/kernel/ids.ts'
import { uuidOf } from '../../harness/ids.ts'
import { it as base } from '../../harness/mediaIt.ts'
import type { UserClients } from '../../harness/world.ts'

/** Calls of the API, by the editor unless another client is given. */
const createCalls = ({ viewer, editor }: UserClients) => {
  const create = async (name: string, parentId?: string | null, client = editor) =>
    (await client.send(FolderCreateDocument, { input: { name, parentId } })).folderCreate

  return {
    create,

    /** Creates a folder and returns its id. */
    async add(name: string, parentId?: string | null): Promise<string> {
      const folder = await create(name, parentId)
      if (folder.__typename !== 'Folder') throw new Error(folder.message)
      return folder.id
    },

    update: async (input: FolderUpdateInput, client = editor) =>
      (await client.send(FolderUpdateDocument, { input })).folderUpdate,

    remove: async (id: string, client = editor) => (await client.send(FolderDeleteDocument, { id })).folderDelete,

    list: async (parentId: string | null) => (await viewer.send(FoldersDocument, { parentId })).folders,
  }
}

/** `it` with calls about folders, and folders that exist already. */
export const it = base
  .extend('folders', { scope: 'file' }, ({ users }) => createCalls(users))
  /** Inserts a folder without the services, as `createMedia` does with a media; returns its id. */
  .extend('seedFolder', { scope: 'file' }, ({ world }) => async (name: string, parentId?: string) => {
    const data = { name, parentId: parentId === undefined ? null : uuidOf(parentId) }
    return globalId('Folder', (await world.runtime.ports.database.folder.create({ data })).id)
  })

import { z } from 'zod'
import type { Folder } from '../../../prisma/generated/client/client.ts'
import { record } from '../event/record.ts'
import type { Actor } from '../kernel/actor.ts'
import { isForeignKeyViolation, isUniqueViolation } from '../kernel/databaseErrors.ts'
import { StateConflictError } from '../kernel/errors.ts'
import { globalId, parseId } from '../kernel/ids.ts'
import { folderName, notClearable, parseInput } from '../kernel/input.ts'
import { notFound } from '../kernel/notFound.ts'
import { enforce, mayChangeFolders } from '../kernel/policies.ts'
import type { Database, Transaction } from '../kernel/ports.ts'
import type { Lanes } from '../locking/lanes.ts'
import { requireEmpty } from './emptiness.ts'
import { checkParent } from './placement.ts'
import { createFolderSubtrees, type FolderSubtrees } from './subtree.ts'
import { createFolderTree, type FolderTree } from './tree.ts'

const createShape = z.object({ name: folderName, parentId: z.string().nullish() })
type FolderCreateInput = z.input<typeof createShape>

const updateShape = z.object({
  id: z.string(),
  name: notClearable(folderName),
  /** New parent. Absent: unchanged. Null: moves the folder to the root. */
  parentId: z.string().nullish(),
})
type FolderUpdateInput = z.input<typeof updateShape>

/** Tree of folders that media are filed in. Changes run one at a time, so that two moves cannot create a cycle together. */
export interface Folders extends FolderTree, FolderSubtrees {
  create(actor: Actor, input: FolderCreateInput): Promise<Folder>
  update(actor: Actor, input: FolderUpdateInput): Promise<Folder>
  /** Deletes an empty folder. Media in the trash count as content, since a restore returns them to their folder. */
  remove(actor: Actor, id: string): Promise<{ id: string }>
}

const parseParentId = (text: string | null): string | null =>
  text === null ? null : parseId('Folder', text, 'parentId')

const folderGlobalId = (id: string | null): string | null => (id === null ? null : globalId('Folder', id))

const folderLabel = (name: string | null): string => (name === null ? 'of the same name' : `named "${name}"`)

export const createFolders = ({ database, lanes }: { database: Database; lanes: Lanes }): Folders => {
  /** Runs one change of the tree at a time. A unique index refuses two folders of the same name in one parent. */
  const changeTree = (name: string | null, work: (transaction: Transaction) => Promise<Folder>): Promise<Folder> =>
    lanes.run('media', { activity: 'changes of folders', tree: 'folders' }, work).catch((error: unknown) => {
      if (isUniqueViolation(error))
        throw new StateConflictError(`This parent already contains a folder ${folderLabel(name)}. Choose another name.`)
      throw error
    })

  const requireFolder = async (transaction: Transaction, id: string): Promise<Folder> => {
    const folder = await transaction.folder.findUnique({ where: { id } })
    if (folder === null) throw notFound('Folder', id)
    return folder
  }

  return {
    ...createFolderTree(database),
    ...createFolderSubtrees(database),

    async create(actor, raw) {
      enforce(mayChangeFolders(actor))
      const { name, parentId: parent } = parseInput(createShape, raw)
      const parentId = parseParentId(parent ?? null)
      return changeTree(name, async (transaction) => {
        await checkParent(transaction, parentId, null)
        const folder = await transaction.folder.create({ data: { name, parentId } })
        await record(transaction, actor, 'folder.created', folder, { name, parentId: folderGlobalId(parentId) })
        return folder
      })
    },

    async update(actor, raw) {
      enforce(mayChangeFolders(actor))
      const id = parseId('Folder', raw.id)
      const input = parseInput(updateShape, raw)
      const requestedParentId = input.parentId === undefined ? undefined : parseParentId(input.parentId)
      return changeTree(input.name ?? null, async (transaction) => {
        const previous = await requireFolder(transaction, id)
        const [name, parentId] = [
          input.name ?? previous.name,
          requestedParentId === undefined ? previous.parentId : requestedParentId,
        ]
        const [isRenamed, isMoved] = [name !== previous.name, parentId !== previous.parentId]
        if (!isRenamed && !isMoved) return previous
        if (isMoved) await checkParent(transaction, parentId, id)
        const changes = {
          ...(isRenamed && { name: { from: previous.name, to: name } }),
          ...(isMoved && { parentId: { from: folderGlobalId(previous.parentId), to: folderGlobalId(parentId) } }),
        }
        await record(transaction, actor, 'folder.updated', { id }, changes)
        return transaction.folder.update({ where: { id }, data: { name, parentId } })
      })
    },

    async remove(actor, nodeId) {
      enforce(mayChangeFolders(actor))
      const id = parseId('Folder', nodeId)
      await changeTree(null, async (transaction) => {
        const { name, parentId } = await requireFolder(transaction, id)
        await requireEmpty(transaction, id)
        await record(transaction, actor, 'folder.deleted', { id }, { name, parentId: folderGlobalId(parentId) })
        return transaction.folder.delete({ where: { id } })
      }).catch((error: unknown) => {
        if (isForeignKeyViolation(error))
          throw new StateConflictError(
            'The folder is not empty: a media was just added to it. Move or delete it first.',
          )
        throw error
      })
      return { id: globalId('Folder', id) }
    },
  }
}

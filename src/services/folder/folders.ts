import { z } from 'zod'
import type { Folder } from '../../../prisma/generated/client/client.ts'
import { record } from '../event/actions.ts'
import type { Actor } from '../kernel/actor.ts'
import { isForeignKeyViolation, isUniqueViolation } from '../kernel/databaseErrors.ts'
import { InvalidInputError, NotFoundError, StateConflictError } from '../kernel/errors.ts'
import { globalId, parseId } from '../kernel/ids.ts'
import { folderName, notClearable, parseInput } from '../kernel/input.ts'
import { enforce, mayChangeFolders } from '../kernel/policies.ts'
import type { Database, Transaction } from '../kernel/ports.ts'
import { withTreeLock } from '../locking/treeLocks.ts'
import { createFolderTree, type FolderTree } from './tree.ts'

export interface FolderCreateInput {
  name: string
  parentId?: string | null
}

export interface FolderUpdateInput {
  id: string
  name?: string | null
  /** Absent: it stays where it is; null: to the root. */
  parentId?: string | null
}

/** Media are filed in a tree. Whoever changes its shape is alone at it: no two moves can make a cycle together. */
export interface Folders extends FolderTree {
  create(actor: Actor, input: FolderCreateInput): Promise<Folder>
  update(actor: Actor, input: FolderUpdateInput): Promise<Folder>
  /** Only an empty one. Media in the trash count: restored, they return to it. */
  remove(actor: Actor, id: string): Promise<{ id: string }>
}

export const maxFolderDepth = 32
export const maxSubfolders = 1000

const createShape = z.object({ name: folderName, parentId: z.string().nullish() })
const updateShape = z.object({ name: notClearable(folderName), parentId: z.string().nullish() })

const parseParentId = (text: string | null): string | null =>
  text === null ? null : parseId('Folder', text, 'parentId')

const folderGlobalId = (id: string | null): string | null => (id === null ? null : globalId('Folder', id))

const parentError = (message: string) => new InvalidInputError([{ path: 'parentId', message }])

export const createFolders = ({ database }: { database: Database }): Folders => {
  /** The ids from a folder up to the root, itself first; empty where it does not exist. */
  const findAncestorIds = async (transaction: Transaction, id: string): Promise<string[]> => {
    const rows = await transaction.$queryRaw<{ id: string }[]>`
      WITH RECURSIVE line AS (
        SELECT "id", "parentId", 1 AS level FROM "Folder" WHERE "id" = ${id}::uuid
        UNION ALL
        SELECT f."id", f."parentId", level + 1 FROM line JOIN "Folder" f ON f."id" = line."parentId"
      ) SELECT "id" FROM line ORDER BY level`
    return rows.map((row) => row.id)
  }

  /** How many levels a folder and what lies in it take. */
  const readHeight = async (transaction: Transaction, id: string): Promise<number> => {
    const [row] = await transaction.$queryRaw<[{ height: number }]>`
      WITH RECURSIVE branch AS (
        SELECT ${id}::uuid AS "id", 1 AS level
        UNION ALL
        SELECT f."id", level + 1 FROM branch JOIN "Folder" f ON f."parentId" = branch."id"
      ) SELECT max(level) AS height FROM branch`
    return row.height
  }

  /** Refuses a place in the tree that is not there, not allowed, or full. `moved` null: a new folder. */
  const checkParent = async (
    transaction: Transaction,
    parentId: string | null,
    folderId: string | null,
  ): Promise<void> => {
    const ancestorIds = parentId === null ? [] : await findAncestorIds(transaction, parentId)
    if (parentId !== null && ancestorIds.length === 0)
      throw new NotFoundError('There is no such folder.', globalId('Folder', parentId))
    if (folderId !== null && ancestorIds.includes(folderId)) throw parentError('A folder cannot lie inside itself.')
    const depth = ancestorIds.length + (folderId === null ? 1 : await readHeight(transaction, folderId))
    if (depth > maxFolderDepth)
      throw parentError(`Folders lie at most ${maxFolderDepth} levels deep; this would make ${depth}.`)
    if ((await transaction.folder.count({ where: { parentId } })) >= maxSubfolders)
      throw new StateConflictError(`A folder holds at most ${maxSubfolders} folders.`)
  }

  /** One change of the tree at a time; two of the same name beside each other are the database's to refuse. */
  const changeTree = (name: string | null, work: (transaction: Transaction) => Promise<Folder>): Promise<Folder> =>
    withTreeLock(database, 'folders', work).catch((error: unknown) => {
      if (isUniqueViolation(error))
        throw new StateConflictError(`There is already a folder ${name ?? 'of that name'} here.`)
      throw error
    })

  const requireFolder = async (transaction: Transaction, id: string): Promise<Folder> => {
    const folder = await transaction.folder.findUnique({ where: { id } })
    if (folder === null) throw new NotFoundError('There is no such folder.', globalId('Folder', id))
    return folder
  }

  const requireEmpty = async (transaction: Transaction, id: string): Promise<void> => {
    const folderCount = await transaction.folder.count({ where: { parentId: id } })
    if (folderCount > 0) throw new StateConflictError(`The folder is not empty: it holds folders (${folderCount}).`)
    const mediaCount = await transaction.media.count({ where: { folderId: id, deletedAt: null } })
    if (mediaCount > 0) throw new StateConflictError(`The folder is not empty: it holds media (${mediaCount}).`)
    const trashedCount = await transaction.media.count({ where: { folderId: id } })
    if (trashedCount > 0)
      throw new StateConflictError(
        `Media in the trash (${trashedCount}) would return to this folder: restore and move them, or purge them, first.`,
      )
  }

  return {
    ...createFolderTree(database),

    async create(actor, raw) {
      enforce(mayChangeFolders(actor))
      const { name, parentId: parent } = parseInput(createShape, raw)
      const parentId = parseParentId(parent ?? null)
      return changeTree(name, async (transaction) => {
        await checkParent(transaction, parentId, null)
        const folder = await transaction.folder.create({ data: { name, parentId } })
        await record(transaction, actor, {
          action: 'folder.created',
          nodeType: 'Folder',
          nodeId: folder.id,
          mediaId: null,
          data: { name, parentId: folderGlobalId(parentId) },
        })
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
        await record(transaction, actor, {
          action: 'folder.updated',
          nodeType: 'Folder',
          nodeId: id,
          mediaId: null,
          data: {
            ...(isRenamed && { name: { from: previous.name, to: name } }),
            ...(isMoved && { parentId: { from: folderGlobalId(previous.parentId), to: folderGlobalId(parentId) } }),
          },
        })
        return transaction.folder.update({ where: { id }, data: { name, parentId } })
      })
    },

    async remove(actor, nodeId) {
      enforce(mayChangeFolders(actor))
      const id = parseId('Folder', nodeId)
      await changeTree(null, async (transaction) => {
        const { name, parentId } = await requireFolder(transaction, id)
        await requireEmpty(transaction, id)
        await record(transaction, actor, {
          action: 'folder.deleted',
          nodeType: 'Folder',
          nodeId: id,
          mediaId: null,
          data: { name, parentId: folderGlobalId(parentId) },
        })
        return transaction.folder.delete({ where: { id } })
      }).catch((error: unknown) => {
        if (isForeignKeyViolation(error))
          throw new StateConflictError('The folder is not empty: a media has just come in.')
        throw error
      })
      return { id: globalId('Folder', id) }
    },
  }
}

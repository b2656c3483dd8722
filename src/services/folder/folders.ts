import { z } from 'zod'
import type { Folder } from '../../../prisma/generated/client/client.ts'
import { record } from '../event/actions.ts'
import type { Actor } from '../kernel/actor.ts'
import { isReferenceBroken, isTaken } from '../kernel/databaseErrors.ts'
import { InvalidInputError, NotFoundError, StateConflictError } from '../kernel/errors.ts'
import { globalId, parseId } from '../kernel/ids.ts'
import { folderName, lasting, parseInput } from '../kernel/input.ts'
import { enforce, mayChangeFolders } from '../kernel/policies.ts'
import type { Database, Transaction } from '../kernel/ports.ts'
import { changeStructure } from '../locking/treeLocks.ts'
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

export const mostLevels = 32
export const mostSiblings = 1000

const createShape = z.object({ name: folderName, parentId: z.string().nullish() })
const updateShape = z.object({ name: lasting(folderName), parentId: z.string().nullish() })

const parentIdOf = (text: string | null): string | null => (text === null ? null : parseId('Folder', text, 'parentId'))

const shownId = (id: string | null): string | null => (id === null ? null : globalId('Folder', id))

const misplaced = (message: string) => new InvalidInputError([{ path: 'parentId', message }])

export const createFolders = ({ database }: { database: Database }): Folders => {
  /** The ids from a folder up to the root, itself first; empty where it does not exist. */
  const lineage = async (transaction: Transaction, id: string): Promise<string[]> => {
    const rows = await transaction.$queryRaw<{ id: string }[]>`
      WITH RECURSIVE line AS (
        SELECT "id", "parentId", 1 AS level FROM "Folder" WHERE "id" = ${id}::uuid
        UNION ALL
        SELECT f."id", f."parentId", level + 1 FROM line JOIN "Folder" f ON f."id" = line."parentId"
      ) SELECT "id" FROM line ORDER BY level`
    return rows.map((row) => row.id)
  }

  /** How many levels a folder and what lies in it take. */
  const height = async (transaction: Transaction, id: string): Promise<number> => {
    const [row] = await transaction.$queryRaw<[{ height: number }]>`
      WITH RECURSIVE branch AS (
        SELECT ${id}::uuid AS "id", 1 AS level
        UNION ALL
        SELECT f."id", level + 1 FROM branch JOIN "Folder" f ON f."parentId" = branch."id"
      ) SELECT max(level) AS height FROM branch`
    return row.height
  }

  /** Refuses a place in the tree that is not there, not allowed, or full. `moved` null: a new folder. */
  const checkPlace = async (transaction: Transaction, parentId: string | null, moved: string | null): Promise<void> => {
    const above = parentId === null ? [] : await lineage(transaction, parentId)
    if (parentId !== null && above.length === 0)
      throw new NotFoundError('There is no such folder.', globalId('Folder', parentId))
    if (moved !== null && above.includes(moved)) throw misplaced('A folder cannot lie inside itself.')
    const levels = above.length + (moved === null ? 1 : await height(transaction, moved))
    if (levels > mostLevels)
      throw misplaced(`Folders lie at most ${mostLevels} levels deep; this would make ${levels}.`)
    if ((await transaction.folder.count({ where: { parentId } })) >= mostSiblings)
      throw new StateConflictError(`A folder holds at most ${mostSiblings} folders.`)
  }

  /** One change of the tree at a time; two of the same name beside each other are the database's to refuse. */
  const reshape = (name: string | null, work: (transaction: Transaction) => Promise<Folder>): Promise<Folder> =>
    changeStructure(database, 'folders', work).catch((error: unknown) => {
      if (isTaken(error)) throw new StateConflictError(`There is already a folder ${name ?? 'of that name'} here.`)
      throw error
    })

  const found = async (transaction: Transaction, id: string): Promise<Folder> => {
    const folder = await transaction.folder.findUnique({ where: { id } })
    if (folder === null) throw new NotFoundError('There is no such folder.', globalId('Folder', id))
    return folder
  }

  const refuseFull = async (transaction: Transaction, id: string): Promise<void> => {
    const folders = await transaction.folder.count({ where: { parentId: id } })
    if (folders > 0) throw new StateConflictError(`The folder is not empty: it holds folders (${folders}).`)
    const present = await transaction.media.count({ where: { folderId: id, deletedAt: null } })
    if (present > 0) throw new StateConflictError(`The folder is not empty: it holds media (${present}).`)
    const trashed = await transaction.media.count({ where: { folderId: id } })
    if (trashed > 0)
      throw new StateConflictError(
        `Media in the trash (${trashed}) would return to this folder: restore and move them, or purge them, first.`,
      )
  }

  return {
    ...createFolderTree(database),

    async create(actor, raw) {
      enforce(mayChangeFolders(actor))
      const { name, parentId: parent } = parseInput(createShape, raw)
      const parentId = parentIdOf(parent ?? null)
      return reshape(name, async (transaction) => {
        await checkPlace(transaction, parentId, null)
        const folder = await transaction.folder.create({ data: { name, parentId } })
        await record(transaction, actor, {
          action: 'folder.created',
          nodeType: 'Folder',
          nodeId: folder.id,
          mediaId: null,
          data: { name, parentId: shownId(parentId) },
        })
        return folder
      })
    },

    async update(actor, raw) {
      enforce(mayChangeFolders(actor))
      const id = parseId('Folder', raw.id)
      const input = parseInput(updateShape, raw)
      const wantedParent = input.parentId === undefined ? undefined : parentIdOf(input.parentId)
      return reshape(input.name ?? null, async (transaction) => {
        const before = await found(transaction, id)
        const [name, parentId] = [
          input.name ?? before.name,
          wantedParent === undefined ? before.parentId : wantedParent,
        ]
        const [renames, moves] = [name !== before.name, parentId !== before.parentId]
        if (!renames && !moves) return before
        if (moves) await checkPlace(transaction, parentId, id)
        await record(transaction, actor, {
          action: 'folder.updated',
          nodeType: 'Folder',
          nodeId: id,
          mediaId: null,
          data: {
            ...(renames && { name: { from: before.name, to: name } }),
            ...(moves && { parentId: { from: shownId(before.parentId), to: shownId(parentId) } }),
          },
        })
        return transaction.folder.update({ where: { id }, data: { name, parentId } })
      })
    },

    async remove(actor, nodeId) {
      enforce(mayChangeFolders(actor))
      const id = parseId('Folder', nodeId)
      await reshape(null, async (transaction) => {
        const { name, parentId } = await found(transaction, id)
        await refuseFull(transaction, id)
        await record(transaction, actor, {
          action: 'folder.deleted',
          nodeType: 'Folder',
          nodeId: id,
          mediaId: null,
          data: { name, parentId: shownId(parentId) },
        })
        return transaction.folder.delete({ where: { id } })
      }).catch((error: unknown) => {
        if (isReferenceBroken(error)) throw new StateConflictError('The folder is not empty: a media has just come in.')
        throw error
      })
      return { id: globalId('Folder', id) }
    },
  }
}

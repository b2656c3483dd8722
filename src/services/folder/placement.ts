import { InvalidInputError, StateConflictError } from '../kernel/errors.ts'
import { notFound } from '../kernel/notFound.ts'
import type { Transaction } from '../kernel/ports.ts'

const maxFolderDepth = 32
export const maxSubfolders = 1000

const parentError = (message: string) => new InvalidInputError([{ path: 'parentId', message }])

/** Ids from a folder up to its top-level folder, itself first; empty if it does not exist. */
const findAncestorIds = async (transaction: Transaction, id: string): Promise<string[]> => {
  const rows = await transaction.$queryRaw<{ id: string }[]>`
    WITH RECURSIVE line AS (
      SELECT "id", "parentId", 1 AS level FROM "Folder" WHERE "id" = ${id}::uuid
      UNION ALL
      SELECT f."id", f."parentId", level + 1 FROM line JOIN "Folder" f ON f."id" = line."parentId"
    ) SELECT "id" FROM line ORDER BY level`
  return rows.map((row) => row.id)
}

/** Number of levels that a folder and its descendants take up; 1 for a folder without subfolders. */
const readHeight = async (transaction: Transaction, id: string): Promise<number> => {
  const [row] = await transaction.$queryRaw<[{ height: number }]>`
    WITH RECURSIVE branch AS (
      SELECT ${id}::uuid AS "id", 1 AS level
      UNION ALL
      SELECT f."id", level + 1 FROM branch JOIN "Folder" f ON f."parentId" = branch."id"
    ) SELECT max(level) AS height FROM branch`
  return row.height
}

/**
 * Refuses a parent that does not exist, is full, exceeds the depth limit or would create a cycle.
 * `folderId` is null for a new folder.
 */
export const checkParent = async (
  transaction: Transaction,
  parentId: string | null,
  folderId: string | null,
): Promise<void> => {
  const ancestorIds = parentId === null ? [] : await findAncestorIds(transaction, parentId)
  if (parentId !== null && ancestorIds.length === 0) throw notFound('Folder', parentId)
  if (folderId !== null && ancestorIds.includes(folderId))
    throw parentError('A folder cannot be moved into itself or into one of its subfolders.')
  const depth = ancestorIds.length + (folderId === null ? 1 : await readHeight(transaction, folderId))
  if (depth > maxFolderDepth)
    throw parentError(`Folders can be nested at most ${maxFolderDepth} levels deep; this would make ${depth} levels.`)
  if ((await transaction.folder.count({ where: { parentId } })) >= maxSubfolders)
    throw new StateConflictError(`A folder can contain at most ${maxSubfolders} folders. Choose another parent.`)
}

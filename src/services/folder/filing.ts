import { parseId } from '../kernel/ids.ts'
import { notFound } from '../kernel/notFound.ts'
import type { Database, Transaction } from '../kernel/ports.ts'

/** Returns the primary key for a caller's `folderId`. Throws if the folder does not exist; null means the root. */
export const requireFolderId = async (
  database: Pick<Database, 'folder'>,
  nodeId: string | null | undefined,
): Promise<string | null> => {
  if (nodeId == null) return null
  const id = parseId('Folder', nodeId, 'folderId')
  if ((await database.folder.count({ where: { id } })) === 0) throw notFound('Folder', nodeId)
  return id
}

/**
 * Locks a folder until the transaction ends, so that it cannot be deleted, and returns its id. Null if it was deleted
 * after the caller chose it: its media then go to the root.
 */
export const lockFolderOrRoot = async (transaction: Transaction, id: string | null): Promise<string | null> => {
  if (id === null) return null
  const rows = await transaction.$queryRaw<{ id: string }[]>`
    SELECT "id" FROM "Folder" WHERE "id" = ${id}::uuid FOR KEY SHARE`
  return rows[0]?.id ?? null
}

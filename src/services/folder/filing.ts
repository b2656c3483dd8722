import { NotFoundError } from '../kernel/errors.ts'
import { parseId } from '../kernel/ids.ts'
import type { Database, Transaction } from '../kernel/ports.ts'

/** The key of the folder that a caller named in `folderId`, which has to exist. */
export const requireFolderId = async (
  database: Pick<Database, 'folder'>,
  nodeId: string | null | undefined,
): Promise<string | null> => {
  if (nodeId == null) return null
  const id = parseId('Folder', nodeId, 'folderId')
  if ((await database.folder.count({ where: { id } })) === 0)
    throw new NotFoundError('There is no such folder.', nodeId)
  return id
}

/** The folder, kept until the transaction ends; null where it has gone since it was named: then the root takes its media. */
export const lockFolderOrRoot = async (transaction: Transaction, id: string | null): Promise<string | null> => {
  const rows = await transaction.$queryRaw<{ id: string }[]>`
    SELECT "id" FROM "Folder" WHERE "id" = ${id}::uuid FOR KEY SHARE`
  return rows[0]?.id ?? null
}

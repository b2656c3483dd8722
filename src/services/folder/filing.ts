import { NotFoundError } from '../kernel/errors.ts'
import { parseId } from '../kernel/ids.ts'
import type { Database, Transaction } from '../kernel/ports.ts'

/** The key of the folder that a caller named in `folderId`, which has to exist. */
export const existingFolderId = async (
  database: Pick<Database, 'folder'>,
  text: string | null | undefined,
): Promise<string | null> => {
  if (text == null) return null
  const id = parseId('Folder', text, 'folderId')
  if ((await database.folder.count({ where: { id } })) === 0) throw new NotFoundError('There is no such folder.', text)
  return id
}

/** The folder, kept until the transaction ends; null where it has gone since it was named: then the root takes its media. */
export const folderOrRoot = async (transaction: Transaction, id: string | null): Promise<string | null> => {
  const rows = await transaction.$queryRaw<{ id: string }[]>`
    SELECT "id" FROM "Folder" WHERE "id" = ${id}::uuid FOR KEY SHARE`
  return rows[0]?.id ?? null
}

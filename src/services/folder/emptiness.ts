import { StateConflictError } from '../kernel/errors.ts'
import type { Transaction } from '../kernel/ports.ts'

/** Refuses a folder that holds folders or media, or to which media in the trash would return. */
export const requireEmpty = async (transaction: Transaction, id: string): Promise<void> => {
  const folderCount = await transaction.folder.count({ where: { parentId: id } })
  if (folderCount > 0)
    throw new StateConflictError(`The folder is not empty (folders: ${folderCount}). Move or delete them first.`)
  const mediaCount = await transaction.media.count({ where: { folderId: id, deletedAt: null } })
  if (mediaCount > 0)
    throw new StateConflictError(`The folder is not empty (media: ${mediaCount}). Move or delete them first.`)
  const trashedCount = await transaction.media.count({ where: { folderId: id } })
  if (trashedCount > 0)
    throw new StateConflictError(
      `Restoring media from the trash (${trashedCount}) would return them to this folder. Restore and move them, or purge them, first.`,
    )
}

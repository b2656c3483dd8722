import { z } from 'zod'
import { recordAll } from '../event/record.ts'
import { globalId, parseId } from '../kernel/ids.ts'
import { notFound, notFoundMessage } from '../kernel/notFound.ts'
import { mayUpload } from '../kernel/policies.ts'
import type { Transaction } from '../kernel/ports.ts'
import type { BulkAction } from './bulkAction.ts'
import { validateOwnership } from './itemRefusal.ts'
import { quote } from './summaryText.ts'

const input = z.object({
  /** Null moves the media out of all folders. */
  folderId: z.string().nullish(),
  /** Name that the folder had when the operation was requested. Set by `prepare`; callers cannot set it. */
  folderName: z.string().nullish(),
})

/** Locks a folder against deletion and resolves to its name; null if it does not exist. */
const lockFolder = async (transaction: Transaction, folderId: string): Promise<string | null> => {
  const id = parseId('Folder', folderId, 'folderId')
  const [row] = await transaction.$queryRaw<{ name: string }[]>`
    SELECT "name" FROM "Folder" WHERE "id" = ${id}::uuid FOR SHARE`
  return row?.name ?? null
}

/** Moves media to one folder. */
export const moveMediaAction: BulkAction<typeof input> = {
  kind: 'media.move',
  input,
  policy: mayUpload,
  requiresTrashed: false,

  async prepare(transaction, _actor, { folderId }) {
    if (folderId == null) return { folderId: null, folderName: null }
    const folderName = await lockFolder(transaction, folderId)
    if (folderName === null) throw notFound('Folder', folderId)
    return { folderId, folderName }
  },

  async precondition(transaction, { folderId }) {
    const isMissing = folderId != null && (await lockFolder(transaction, folderId)) === null
    return isMissing ? { code: 'NOT_FOUND', message: notFoundMessage('Folder') } : null
  },

  validate: validateOwnership,

  async apply(transaction, actor, media, { folderId }) {
    const to = folderId == null ? null : parseId('Folder', folderId, 'folderId')
    const movedMedia = media.filter((row) => row.folderId !== to)
    await transaction.media.updateMany({
      where: { id: { in: movedMedia.map(({ id }) => id) } },
      data: { folderId: to },
    })
    const entries = movedMedia.map(({ id, folderId: from }) => ({
      id,
      data: {
        folderId: {
          from: from === null ? null : globalId('Folder', from),
          to: to === null ? null : globalId('Folder', to),
        },
      },
    }))
    await recordAll(transaction, actor, 'media.updated', entries)
  },

  summarize({ folderId, folderName }, media) {
    if (folderId == null) return `Move ${media} to the root`
    // Operations of earlier versions did not store the name.
    return folderName == null ? `Move ${media} to a folder` : `Move ${media} to folder ${quote(folderName)}`
  },
}

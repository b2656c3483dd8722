import { z } from 'zod'
import { recordAll } from '../event/record.ts'
import { globalId, parseId } from '../kernel/ids.ts'
import { notFound, notFoundMessage } from '../kernel/notFound.ts'
import { mayChangeMedia, mayUpload } from '../kernel/policies.ts'
import type { Transaction } from '../kernel/ports.ts'
import type { BulkAction } from './bulkAction.ts'

const input = z.object({
  /** Null moves the media out of all folders. */
  folderId: z.string().nullish(),
})

/** Locks a folder against deletion; false if it does not exist. */
const lockFolder = async (transaction: Transaction, folderId: string): Promise<boolean> => {
  const id = parseId('Folder', folderId, 'folderId')
  const rows = await transaction.$queryRaw<unknown[]>`SELECT 1 FROM "Folder" WHERE "id" = ${id}::uuid FOR SHARE`
  return rows.length > 0
}

/** Moves media to one folder. */
export const moveMediaAction: BulkAction<typeof input> = {
  kind: 'media.move',
  input,
  policy: mayUpload,
  requiresTrashed: false,

  async prepare(transaction, _actor, parsedInput) {
    const { folderId } = parsedInput
    if (folderId != null && !(await lockFolder(transaction, folderId))) throw notFound('Folder', folderId)
    return parsedInput
  },

  async precondition(transaction, { folderId }) {
    const isMissing = folderId != null && !(await lockFolder(transaction, folderId))
    return isMissing ? { code: 'NOT_FOUND', message: notFoundMessage('Folder') } : null
  },

  validate(actor, media) {
    const reason = mayChangeMedia(actor, media)
    return reason === null ? null : { code: 'FORBIDDEN', message: reason }
  },

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
}

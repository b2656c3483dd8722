import { z } from 'zod'
import { record } from '../event/actions.ts'
import { NotFoundError } from '../kernel/errors.ts'
import { globalId, parseId } from '../kernel/ids.ts'
import { mayChangeMedia, mayUpload } from '../kernel/policies.ts'
import type { Transaction } from '../kernel/ports.ts'
import type { BulkAction, ItemRefusal } from './bulkAction.ts'

const input = z.object({
  /** Null: out of every folder. */
  folderId: z.string().nullish(),
})

/** Locked against its removal, where it is there. */
const checkFolder = async (
  transaction: Transaction,
  { folderId }: z.output<typeof input>,
): Promise<ItemRefusal | null> => {
  if (folderId == null) return null
  const id = parseId('Folder', folderId, 'folderId')
  const rows = await transaction.$queryRaw<unknown[]>`SELECT 1 FROM "Folder" WHERE "id" = ${id}::uuid FOR SHARE`
  return rows.length > 0 ? null : { code: 'NOT_FOUND', message: 'There is no such folder.' }
}

/** Files all in one folder. */
export const moveMediaAction: BulkAction<typeof input> = {
  kind: 'media.move',
  input,
  policy: mayUpload,
  trashed: false,

  async prepare(transaction, _actor, parsedInput) {
    const refusal = await checkFolder(transaction, parsedInput)
    if (refusal !== null) throw new NotFoundError(refusal.message, parsedInput.folderId)
    return parsedInput
  },

  precondition: (transaction, parsedInput) => checkFolder(transaction, parsedInput),

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
    const entries = movedMedia.map((row) => ({
      action: 'media.updated' as const,
      nodeType: 'Media' as const,
      nodeId: row.id,
      mediaId: row.id,
      data: {
        folderId: {
          from: row.folderId === null ? null : globalId('Folder', row.folderId),
          to: to === null ? null : globalId('Folder', to),
        },
      },
    }))
    await record(transaction, actor, entries)
  },
}

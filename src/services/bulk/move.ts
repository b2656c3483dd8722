import { z } from 'zod'
import { NotFoundError } from '../errors.ts'
import { record } from '../events.ts'
import { globalId, parseId } from '../ids.ts'
import { mayChangeMedia, mayUpload } from '../policies.ts'
import type { BulkAction } from './action.ts'

const input = z.object({
  /** Null: out of every folder. */
  folderId: z.string().nullish(),
})

/** Files all in one folder. */
export const moveMedia: BulkAction<typeof input> = {
  kind: 'media.move',
  input,
  policy: mayUpload,
  trashed: false,

  async prepare(transaction, _actor, { folderId }) {
    if (folderId == null) return
    const id = parseId('Folder', folderId, 'folderId')
    if ((await transaction.folder.count({ where: { id } })) === 0)
      throw new NotFoundError('There is no such folder.', folderId)
  },

  judge(actor, media) {
    const forbidden = mayChangeMedia(actor, media)
    return forbidden === null ? null : { code: 'FORBIDDEN', message: forbidden }
  },

  async apply(transaction, actor, media, { folderId }) {
    const to = folderId == null ? null : parseId('Folder', folderId, 'folderId')
    await transaction.media.updateMany({ where: { id: { in: media.map(({ id }) => id) } }, data: { folderId: to } })
    const entries = media.map((row) => ({
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
    await record(transaction, actor, ...entries)
  },
}

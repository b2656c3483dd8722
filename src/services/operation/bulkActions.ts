import { linkMedia } from './link.ts'
import { moveMedia } from './move.ts'
import { tagMedia } from './tag.ts'
import { deleteMedia, purgeAll, restoreAll } from './trash.ts'

/** Every kind of bulk work, by the name that its operations carry. */
export const bulkActions = {
  'media.delete': deleteMedia,
  'media.link': linkMedia,
  'media.move': moveMedia,
  'media.purge': purgeAll,
  'media.restore': restoreAll,
  'media.tag': tagMedia,
} as const

export type BulkKind = keyof typeof bulkActions

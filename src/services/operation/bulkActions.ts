import { linkMediaAction } from './link.ts'
import { moveMediaAction } from './move.ts'
import { tagMediaAction } from './tag.ts'
import { deleteMediaAction, purgeMediaAction, restoreMediaAction } from './trash.ts'

/** Every kind of bulk work, by the name that its operations carry. */
export const bulkActions = {
  'media.delete': deleteMediaAction,
  'media.link': linkMediaAction,
  'media.move': moveMediaAction,
  'media.purge': purgeMediaAction,
  'media.restore': restoreMediaAction,
  'media.tag': tagMediaAction,
} as const

export type BulkKind = keyof typeof bulkActions

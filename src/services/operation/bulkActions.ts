import { linkMediaAction } from './linkMedia.ts'
import { moveMediaAction } from './moveMedia.ts'
import { tagMediaAction } from './tagMedia.ts'
import { deleteMediaAction, purgeMediaAction, restoreMediaAction } from './trashMedia.ts'

/** All kinds of bulk work, by the `kind` of their operations. */
export const bulkActions = {
  'media.delete': deleteMediaAction,
  'media.link': linkMediaAction,
  'media.move': moveMediaAction,
  'media.purge': purgeMediaAction,
  'media.restore': restoreMediaAction,
  'media.tag': tagMediaAction,
} as const

export type BulkKind = keyof typeof bulkActions

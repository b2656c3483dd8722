import { linkMediaAction } from './linkAction.ts'
import { moveMediaAction } from './moveAction.ts'
import { tagMediaAction } from './tagAction.ts'
import { deleteMediaAction, purgeMediaAction, restoreMediaAction } from './trashActions.ts'

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

import { moveMedia } from './move.ts'
import { tagMedia } from './tag.ts'

/** Every kind of bulk work, by the name that its operations carry. */
export const bulkActions = {
  'media.tag': tagMedia,
  'media.move': moveMedia,
} as const

export type BulkKind = keyof typeof bulkActions

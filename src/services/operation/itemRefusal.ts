import type { Actor } from '../kernel/actor.ts'
import { notFoundMessage } from '../kernel/notFound.ts'
import { mayChangeMedia } from '../kernel/policies.ts'
import type { BulkAction, ItemRefusal, ItemState } from './bulkAction.ts'

export const missingMedia: ItemRefusal = { code: 'NOT_FOUND', message: notFoundMessage('Media') }

/**
 * Decides about an item, whatever the input is: null if it can be processed. Operations and previews both ask it, so that
 * they agree. `sharedRefusal` is that of all items which are where the action looks for them.
 */
export const refuseItem = (
  action: BulkAction,
  actor: Actor,
  media: ItemState,
  sharedRefusal: ItemRefusal | null = null,
): ItemRefusal | null => {
  if ((media.deletedAt !== null) !== action.requiresTrashed) return missingMedia
  return sharedRefusal ?? action.validate(actor, media)
}

/** Refuses media that the actor may not change. */
export const validateOwnership = (actor: Actor, media: ItemState): ItemRefusal | null => {
  const reason = mayChangeMedia(actor, media)
  return reason === null ? null : { code: 'FORBIDDEN', message: reason }
}

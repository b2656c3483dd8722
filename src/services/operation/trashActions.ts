import { z } from 'zod'
import { lockMediaAndAssignees } from '../assignment/locks.ts'
import type { Actor } from '../kernel/actor.ts'
import { inUseMessage, isUsed } from '../kernel/errors.ts'
import { globalId } from '../kernel/ids.ts'
import { mayChangeMedia, mayPurge, mayUpload } from '../kernel/policies.ts'
import type { MediaState } from '../locking/rowLocks.ts'
import { type LostLink, purgeMedia, restoreMedia, trashMedia } from '../trash/transitions.ts'
import type { BulkAction, ItemRefusal } from './bulkAction.ts'

const input = z.object({})

const validateOwnership = (actor: Actor, media: MediaState): ItemRefusal | null => {
  const reason = mayChangeMedia(actor, media)
  return reason === null ? null : { code: 'FORBIDDEN', message: reason }
}

/** Moves media to the trash; refuses those in use. */
export const deleteMediaAction: BulkAction<typeof input> = {
  kind: 'media.delete',
  input,
  policy: mayUpload,
  requiresTrashed: false,
  validate(actor, media) {
    const inUse: ItemRefusal = { code: 'IN_USE', message: inUseMessage(media) }
    return validateOwnership(actor, media) ?? (isUsed(media) ? inUse : null)
  },
  async apply(transaction, actor, media, _input, context) {
    await trashMedia(transaction, actor, media, { ...context, force: false })
  },
}

const describeLostLink = ({ resourceId, userId, reason }: LostLink): string => {
  const resource = resourceId === null ? [] : [globalId('Resource', resourceId)]
  const user = userId === null ? [] : [globalId('User', userId)]
  return `${[...resource, ...user].join(' ')}: ${reason}`
}

/** Restores media from the trash; notes the usages and assignments that could not be restored. */
export const restoreMediaAction: BulkAction<typeof input> = {
  kind: 'media.restore',
  input,
  policy: mayUpload,
  requiresTrashed: true,
  treeLock: 'resources',
  lock: (transaction, ids) => lockMediaAndAssignees(transaction, ids, 'returning'),
  validate: validateOwnership,
  async apply(transaction, actor, media, _input, { now, addAssignmentChanges, addWarning }) {
    const { changes, lost } = await restoreMedia(transaction, actor, media, now)
    addAssignmentChanges(changes)
    for (const [mediaId, links] of Map.groupBy(lost, (link) => link.mediaId))
      addWarning(mediaId, `Not everything was restored. ${links.map(describeLostLink).join(' ')}`)
  },
}

/** Purges media from the trash. */
export const purgeMediaAction: BulkAction<typeof input> = {
  kind: 'media.purge',
  input,
  policy: mayPurge,
  requiresTrashed: true,
  validate: () => null,
  apply: (transaction, actor, media, _input, { now }) => purgeMedia(transaction, actor, media, now),
}

import { z } from 'zod'
import { lockMediaAndAssignees } from '../assignment/locks.ts'
import { inUseMessage, isUsed } from '../kernel/errors.ts'
import { globalId } from '../kernel/ids.ts'
import { mayPurge, mayUpload } from '../kernel/policies.ts'
import { type LostLink, purgeMedia, restoreMedia, trashMedia } from '../trash/transitions.ts'
import type { BulkAction, ItemRefusal } from './bulkAction.ts'
import { validateOwnership } from './itemRefusal.ts'

const input = z.object({})

/** Moves media to the trash; refuses those in use. */
export const deleteMediaAction: BulkAction<typeof input> = {
  kind: 'media.delete',
  input,
  policy: mayUpload,
  requiresTrashed: false,
  validate(actor, media) {
    const inUse: ItemRefusal = {
      code: 'IN_USE',
      message: inUseMessage(media),
      groupMessage: 'These media are linked or assigned. Remove these uses first.',
    }
    return validateOwnership(actor, media) ?? (isUsed(media) ? inUse : null)
  },
  async apply(transaction, actor, media, _input, context) {
    await trashMedia(transaction, actor, media, { ...context, force: false })
  },
  summarize: (_input, media) => `Delete ${media}`,
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
  summarize: (_input, media) => `Restore ${media} from the trash`,
}

/** Purges media from the trash. */
export const purgeMediaAction: BulkAction<typeof input> = {
  kind: 'media.purge',
  input,
  policy: mayPurge,
  requiresTrashed: true,
  validate: () => null,
  apply: (transaction, actor, media, _input, { now }) => purgeMedia(transaction, actor, media, now),
  summarize: (_input, media) => `Purge ${media} from the trash`,
}

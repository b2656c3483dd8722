import { z } from 'zod'
import type { Media } from '../../../prisma/generated/client/client.ts'
import { lockMediaAndAssignees } from '../assignment/locks.ts'
import type { Actor } from '../kernel/actor.ts'
import { describeUses, isUsed } from '../kernel/errors.ts'
import { globalId } from '../kernel/ids.ts'
import { mayChangeMedia, mayPurge, mayUpload } from '../kernel/policies.ts'
import { type LostLink, purgeMedia, restoreMedia, trashMedia } from '../trash/transitions.ts'
import type { BulkAction, ItemRefusal } from './bulkAction.ts'

const input = z.object({})

const validateOwnership = (actor: Actor, media: Media): ItemRefusal | null => {
  const reason = mayChangeMedia(actor, media)
  return reason === null ? null : { code: 'FORBIDDEN', message: reason }
}

/** Into the trash; what is in use stays, and is listed. */
export const deleteMediaAction: BulkAction<typeof input> = {
  kind: 'media.delete',
  input,
  policy: mayUpload,
  trashed: false,
  validate(actor, media) {
    const inUse: ItemRefusal = { code: 'IN_USE', message: `It is in use: ${describeUses(media)}.` }
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

/** Out of the trash, to the former state; what cannot come back with a media is noted beside it. */
export const restoreMediaAction: BulkAction<typeof input> = {
  kind: 'media.restore',
  input,
  policy: mayUpload,
  trashed: true,
  treeLock: 'resources',
  lock: (transaction, ids) => lockMediaAndAssignees(transaction, ids, 'returning'),
  validate: validateOwnership,
  async apply(transaction, actor, media, _input, { now, addAssignmentChanges: noteAssignments, addWarning: noteItem }) {
    const { changes, lost } = await restoreMedia(transaction, actor, media, now)
    noteAssignments(changes)
    for (const [mediaId, links] of Map.groupBy(lost, (link) => link.mediaId))
      noteItem(mediaId, `Not all came back. ${links.map(describeLostLink).join(' ')}`)
  },
}

/** Out of the trash for good. */
export const purgeMediaAction: BulkAction<typeof input> = {
  kind: 'media.purge',
  input,
  policy: mayPurge,
  trashed: true,
  validate: () => null,
  apply: (transaction, actor, media, _input, { now }) => purgeMedia(transaction, actor, media, now),
}

import type { Media } from '../../../prisma/generated/client/client.ts'
import { lockMediaAndAssignees } from '../assignment/locks.ts'
import { moveAssignments } from '../assignment/transitions.ts'
import { record, recordAll } from '../event/record.ts'
import type { Actor } from '../kernel/actor.ts'
import type { AssignmentChange } from '../kernel/assignmentMessages.ts'
import { StateConflictError } from '../kernel/errors.ts'
import { globalId } from '../kernel/ids.ts'
import { notFound } from '../kernel/notFound.ts'
import { enforce, mayChangeMedia } from '../kernel/policies.ts'
import type { Transaction } from '../kernel/ports.ts'
import { maxTags, tagKey, withTagKeys } from '../kernel/tagKeys.ts'
import type { MediaState } from '../locking/rowLocks.ts'
import { updateUseCounts } from '../media/useCounts.ts'
import { trashMedia } from '../trash/transitions.ts'

/** Merges tags, those of the kept media first; tags beyond the limit are left out. */
export const mergeTags = (targetTags: readonly string[], otherTags: readonly string[][]): string[] => {
  const byKey = new Map<string, string>()
  for (const tag of [targetTags, ...otherTags].flat()) if (!byKey.has(tagKey(tag))) byKey.set(tagKey(tag), tag)
  return [...byKey.values()].slice(0, Math.max(maxTags, targetTags.length))
}

/** Returns media in the order of the ids; refuses missing or trashed ones, and those that the actor may not change. */
export const authorizeAll = (actor: Actor, ids: readonly string[], rows: readonly MediaState[]): MediaState[] => {
  const mediaById = new Map(rows.map((media) => [media.id, media]))
  return ids.map((id) => {
    const media = mediaById.get(id)
    if (media === undefined || media.deletedAt !== null) throw notFound('Media', id)
    enforce(mayChangeMedia(actor, media))
    return media
  })
}

/**
 * Moves usages to the kept media. If a resource uses several of the media, one usage remains: that of the kept media,
 * or the oldest. Done in the database, since there may be very many.
 */
const moveUsages = async (
  transaction: Transaction,
  actor: Actor,
  target: MediaState,
  duplicateIds: string[],
): Promise<number> => {
  const movedUsages = await transaction.$queryRaw<{ id: string; fromMediaId: string; resourceId: string }[]>`
    WITH moving AS (
      SELECT DISTINCT ON ("resourceId") "id", "mediaId" FROM "MediaUsage" AS usage
      WHERE "mediaId" = ANY(${duplicateIds}::uuid[]) AND NOT EXISTS (
        SELECT FROM "MediaUsage" AS own WHERE own."mediaId" = ${target.id}::uuid AND own."resourceId" = usage."resourceId"
      )
      ORDER BY "resourceId", "linkedAt", "id"
    )
    UPDATE "MediaUsage" AS usage SET "mediaId" = ${target.id}::uuid FROM moving WHERE usage."id" = moving."id"
    RETURNING usage."id"::text, moving."mediaId"::text AS "fromMediaId", usage."resourceId"::text`
  const droppedUsages = await transaction.$queryRaw<{ fromMediaId: string; resourceId: string }[]>`
    DELETE FROM "MediaUsage" WHERE "mediaId" = ANY(${duplicateIds}::uuid[])
    RETURNING "mediaId"::text AS "fromMediaId", "resourceId"::text`
  const unlinked = [...movedUsages, ...droppedUsages].map(({ fromMediaId: id, resourceId }) => {
    return { id, data: { resourceId } }
  })
  const linked = movedUsages.map(({ id: usageId, resourceId }) => ({ id: target.id, data: { resourceId, usageId } }))
  await recordAll(transaction, actor, 'media.unlinked', unlinked)
  await recordAll(transaction, actor, 'media.linked', linked)
  return movedUsages.length
}

const refuseUnready = (target: MediaState, duplicates: readonly MediaState[]): void => {
  if (target.status !== 'READY' && duplicates.some(({ assignmentCount }) => assignmentCount > 0))
    throw new StateConflictError(
      `"${target.title}" is ${target.status}, not READY: it cannot take over assignments. Keep a READY media.`,
    )
}

/**
 * Replaces media by one of equal content, also for the users who have them now. A media that is restored from the trash
 * later returns without its usages and assignments: they were moved, not lost. The caller holds the tree lock of the
 * resources.
 */
export const mergeMedia = async (
  transaction: Transaction,
  actor: Actor,
  { keepId, removeIds }: { keepId: string; removeIds: string[] },
  { now, purgeAt }: { now: Date; purgeAt: Date },
): Promise<{ mergedMedia: Media; changes: AssignmentChange[] }> => {
  const ids = [keepId, ...removeIds]
  const [target, ...duplicates] = authorizeAll(
    actor,
    ids,
    await lockMediaAndAssignees(transaction, ids, 'reassignable'),
  )
  if (target === undefined) throw new Error('`authorizeAll` returns one media for each id')
  const mismatch = duplicates.find(({ sha256 }) => sha256 !== target.sha256)
  if (mismatch !== undefined)
    throw new StateConflictError(
      `"${mismatch.title}" (${globalId('Media', mismatch.id)}) has different content. Merge only equal content.`,
    )
  refuseUnready(target, duplicates)
  const linksMoved = await moveUsages(transaction, actor, target, removeIds)
  // A kept media that is not READY takes over no replaced assignments either, since they could become current again:
  // they stay with the removed media, and the assignments after them cannot be undone.
  const changes = target.status === 'READY' ? await moveAssignments(transaction, actor, target, removeIds) : []
  await updateUseCounts(transaction, [keepId, ...removeIds], now)
  const tags = mergeTags(
    target.tags,
    duplicates.map((media) => media.tags),
  )
  const mergedMedia = await transaction.media.update({ where: { id: keepId }, data: withTagKeys(tags) })
  const unlinkedMedia = await transaction.media.findMany({ where: { id: { in: removeIds } }, orderBy: { id: 'asc' } })
  await trashMedia(transaction, actor, unlinkedMedia, { now, purgeAt, force: false })
  await record(transaction, actor, 'media.merged', mergedMedia, {
    removedIds: removeIds,
    linksMoved,
    assignmentsMoved: changes.length,
    tagsAdded: tags.slice(target.tags.length),
  })
  return { mergedMedia, changes }
}

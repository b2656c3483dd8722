import type { Media } from '../../../prisma/generated/client/client.ts'
import { lockMediaAndAssignees } from '../assignment/locks.ts'
import { moveAssignments } from '../assignment/transitions.ts'
import { type EventEntry, record } from '../event/actions.ts'
import type { Actor } from '../kernel/actor.ts'
import type { AssignmentChange } from '../kernel/assignmentMessages.ts'
import { NotFoundError, StateConflictError } from '../kernel/errors.ts'
import { globalId } from '../kernel/ids.ts'
import { enforce, mayChangeMedia } from '../kernel/policies.ts'
import type { Transaction } from '../kernel/ports.ts'
import { maxTags, tagKey, withTagKeys } from '../kernel/tagKeys.ts'
import { updateUseCounts } from '../media/useCounts.ts'
import { trashMedia } from '../trash/transitions.ts'

/** The kept one's own first; what does not fit any more is left out. */
export const mergeTags = (targetTags: readonly string[], otherTags: readonly string[][]): string[] => {
  const byKey = new Map<string, string>()
  for (const tag of [targetTags, ...otherTags].flat()) if (!byKey.has(tagKey(tag))) byKey.set(tagKey(tag), tag)
  return [...byKey.values()].slice(0, Math.max(maxTags, targetTags.length))
}

/** In the order of the ids; refuses what is not there, and what the actor may not change. */
export const authorizeAll = (actor: Actor, ids: readonly string[], rows: readonly Media[]): Media[] => {
  const mediaById = new Map(rows.map((media) => [media.id, media]))
  return ids.map((id) => {
    const media = mediaById.get(id)
    if (media === undefined || media.deletedAt !== null)
      throw new NotFoundError('There is no such media.', globalId('Media', id))
    enforce(mayChangeMedia(actor, media))
    return media
  })
}

/** Links of a resource that shows several of them become one: the kept media's own, or the oldest. In the database, since there may be very many. */
const moveUsages = async (
  transaction: Transaction,
  actor: Actor,
  target: Media,
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
  const nodeFields = { nodeType: 'Media' } as const
  await record(transaction, actor, [
    ...[...movedUsages, ...droppedUsages].map(
      ({ fromMediaId: mediaId, resourceId }): EventEntry<'media.unlinked'> => ({
        ...nodeFields,
        action: 'media.unlinked',
        nodeId: mediaId,
        mediaId,
        data: { resourceId },
      }),
    ),
    ...movedUsages.map(
      ({ id: usageId, resourceId }): EventEntry<'media.linked'> => ({
        ...nodeFields,
        action: 'media.linked',
        nodeId: target.id,
        mediaId: target.id,
        data: { resourceId, usageId },
      }),
    ),
  ])
  return movedUsages.length
}

const refuseUnready = (target: Media, duplicates: readonly Media[]): void => {
  if (target.status !== 'READY' && duplicates.some(({ assignmentCount }) => assignmentCount > 0))
    throw new StateConflictError(`"${target.title}" is ${target.status}, not READY: it cannot be assigned to anybody.`)
}

/**
 * One media takes the place of others with equal content: also for the users who have them now. What comes back out of the trash later comes without its links
 * and assignments: they were not lost but moved. The caller holds the lock of the resources.
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
  if (target === undefined) throw new Error('the lock answers for every id')
  const mismatch = duplicates.find(({ sha256 }) => sha256 !== target.sha256)
  if (mismatch !== undefined)
    throw new StateConflictError(
      `"${mismatch.title}" (${globalId('Media', mismatch.id)}) does not hold the same content.`,
    )
  refuseUnready(target, duplicates)
  const linksMoved = await moveUsages(transaction, actor, target, removeIds)
  // One that is not READY takes the place of nothing that may be current again: it stays, and cannot be taken back.
  const changes = target.status === 'READY' ? await moveAssignments(transaction, actor, target, removeIds) : []
  await updateUseCounts(transaction, [keepId, ...removeIds], now)
  const tags = mergeTags(
    target.tags,
    duplicates.map((media) => media.tags),
  )
  const mergedMedia = await transaction.media.update({ where: { id: keepId }, data: withTagKeys(tags) })
  const unlinkedMedia = await transaction.media.findMany({ where: { id: { in: removeIds } }, orderBy: { id: 'asc' } })
  await trashMedia(transaction, actor, unlinkedMedia, { now, purgeAt, force: false })
  await record(transaction, actor, {
    action: 'media.merged',
    nodeType: 'Media',
    nodeId: keepId,
    mediaId: keepId,
    data: {
      removedIds: removeIds,
      linksMoved,
      assignmentsMoved: changes.length,
      tagsAdded: tags.slice(target.tags.length),
    },
  })
  return { mergedMedia, changes }
}

import type { Media } from '../../../prisma/generated/client/client.ts'
import { lockMediaAndAssignees } from '../assignment/locks.ts'
import { moveAssignments } from '../assignment/transitions.ts'
import { type Entry, record } from '../event/actions.ts'
import type { Actor } from '../kernel/actor.ts'
import type { AssignmentChange } from '../kernel/assignmentMessages.ts'
import { NotFoundError, StateConflictError } from '../kernel/errors.ts'
import { globalId } from '../kernel/ids.ts'
import { enforce, mayChangeMedia } from '../kernel/policies.ts'
import type { Transaction } from '../kernel/ports.ts'
import { mostTags, tagKey, withKeys } from '../kernel/tagKeys.ts'
import { countUses } from '../media/useCounts.ts'
import { trashMedia } from '../trash/transitions.ts'

/** The kept one's own first; what does not fit any more is left out. */
export const unitedTags = (keep: readonly string[], removed: readonly string[][]): string[] => {
  const byKey = new Map<string, string>()
  for (const tag of [keep, ...removed].flat()) if (!byKey.has(tagKey(tag))) byKey.set(tagKey(tag), tag)
  return [...byKey.values()].slice(0, Math.max(mostTags, keep.length))
}

/** In the order of the ids; refuses what is not there, and what the actor may not change. */
export const judgeAll = (actor: Actor, ids: readonly string[], rows: readonly Media[]): Media[] => {
  const found = new Map(rows.map((media) => [media.id, media]))
  return ids.map((id) => {
    const media = found.get(id)
    if (media === undefined || media.deletedAt !== null)
      throw new NotFoundError('There is no such media.', globalId('Media', id))
    enforce(mayChangeMedia(actor, media))
    return media
  })
}

/** Links of a resource that shows several of them become one: the kept media's own, or the oldest. In the database, since there may be very many. */
const moveUsages = async (transaction: Transaction, actor: Actor, keep: Media, removed: string[]): Promise<number> => {
  const moved = await transaction.$queryRaw<{ id: string; fromMediaId: string; resourceId: string }[]>`
    WITH moving AS (
      SELECT DISTINCT ON ("resourceId") "id", "mediaId" FROM "MediaUsage" AS usage
      WHERE "mediaId" = ANY(${removed}::uuid[]) AND NOT EXISTS (
        SELECT FROM "MediaUsage" AS own WHERE own."mediaId" = ${keep.id}::uuid AND own."resourceId" = usage."resourceId"
      )
      ORDER BY "resourceId", "linkedAt", "id"
    )
    UPDATE "MediaUsage" AS usage SET "mediaId" = ${keep.id}::uuid FROM moving WHERE usage."id" = moving."id"
    RETURNING usage."id"::text, moving."mediaId"::text AS "fromMediaId", usage."resourceId"::text`
  const dropped = await transaction.$queryRaw<{ fromMediaId: string; resourceId: string }[]>`
    DELETE FROM "MediaUsage" WHERE "mediaId" = ANY(${removed}::uuid[])
    RETURNING "mediaId"::text AS "fromMediaId", "resourceId"::text`
  const entry = { nodeType: 'Media' } as const
  await record(transaction, actor, [
    ...[...moved, ...dropped].map(
      ({ fromMediaId: mediaId, resourceId }): Entry<'media.unlinked'> => ({
        ...entry,
        action: 'media.unlinked',
        nodeId: mediaId,
        mediaId,
        data: { resourceId },
      }),
    ),
    ...moved.map(
      ({ id: usageId, resourceId }): Entry<'media.linked'> => ({
        ...entry,
        action: 'media.linked',
        nodeId: keep.id,
        mediaId: keep.id,
        data: { resourceId, usageId },
      }),
    ),
  ])
  return moved.length
}

const refuseUnready = (keep: Media, removed: readonly Media[]): void => {
  if (keep.status !== 'READY' && removed.some(({ assignmentCount }) => assignmentCount > 0))
    throw new StateConflictError(`"${keep.title}" is ${keep.status}, not READY: it cannot be assigned to anybody.`)
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
): Promise<{ kept: Media; changes: AssignmentChange[] }> => {
  const ids = [keepId, ...removeIds]
  const [keep, ...removed] = judgeAll(actor, ids, await lockMediaAndAssignees(transaction, ids, 'moving'))
  if (keep === undefined) throw new Error('the lock answers for every id')
  const other = removed.find(({ sha256 }) => sha256 !== keep.sha256)
  if (other !== undefined)
    throw new StateConflictError(`"${other.title}" (${globalId('Media', other.id)}) does not hold the same content.`)
  refuseUnready(keep, removed)
  const linksMoved = await moveUsages(transaction, actor, keep, removeIds)
  // One that is not READY takes the place of nothing that may be current again: it stays, and cannot be taken back.
  const changes = keep.status === 'READY' ? await moveAssignments(transaction, actor, keep, removeIds) : []
  await countUses(transaction, [keepId, ...removeIds], now)
  const tags = unitedTags(
    keep.tags,
    removed.map((media) => media.tags),
  )
  const kept = await transaction.media.update({ where: { id: keepId }, data: withKeys(tags) })
  const unlinked = await transaction.media.findMany({ where: { id: { in: removeIds } }, orderBy: { id: 'asc' } })
  await trashMedia(transaction, actor, unlinked, { now, purgeAt, force: false })
  await record(transaction, actor, {
    action: 'media.merged',
    nodeType: 'Media',
    nodeId: keepId,
    mediaId: keepId,
    data: {
      removedIds: removeIds,
      linksMoved,
      assignmentsMoved: changes.length,
      tagsAdded: tags.slice(keep.tags.length),
    },
  })
  return { kept, changes }
}

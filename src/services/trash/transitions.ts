import { endAssignments, restoreAssignments } from '../assignment/transitions.ts'
import { recordAll } from '../event/record.ts'
import { type Actor, actorId } from '../kernel/actor.ts'
import type { AssignmentChange } from '../kernel/assignmentMessages.ts'
import { isUsed } from '../kernel/errors.ts'
import type { Transaction } from '../kernel/ports.ts'
import type { MediaState } from '../locking/rowLocks.ts'
import { updateUseCounts } from '../media/useCounts.ts'
import { deleteReferences } from '../storage/blobReferences.ts'
import { releaseBlobs } from '../storage/blobs.ts'

// Transitions into the trash, out of it, and to permanent removal. The caller has locked the rows of the media, and has
// checked that their state and the actor's rights allow the transition. Each takes one or many media, always in the
// caller's transaction.

const idsOf = (media: readonly MediaState[]): string[] => media.map(({ id }) => id)

/** Removes the usages of media and remembers them. Done in the database, since there may be very many. */
const rememberUsages = async (transaction: Transaction, actor: Actor, media: readonly MediaState[]): Promise<void> => {
  const usages = await transaction.$queryRaw<{ mediaId: string; resourceId: string }[]>`
    WITH gone AS (DELETE FROM "MediaUsage" WHERE "mediaId" = ANY(${idsOf(media)}::uuid[]) RETURNING *)
    INSERT INTO "RememberedUsage" ("id", "mediaId", "resourceId", "linkedAt", "linkedById")
    SELECT "id", "mediaId", "resourceId", "linkedAt", "linkedById" FROM gone
    RETURNING "mediaId"::text, "resourceId"::text`
  const entries = usages.map(({ mediaId: id, resourceId }) => ({ id, data: { resourceId } }))
  await recordAll(transaction, actor, 'media.unlinked', entries)
}

/**
 * Moves media to the trash. `force` includes media in use: the caller has then locked their assignees too
 * (`lockMediaAndAssignees`).
 */
export const trashMedia = async (
  transaction: Transaction,
  actor: Actor,
  media: readonly MediaState[],
  { now, purgeAt, force }: { now: Date; purgeAt: Date; force: boolean },
): Promise<AssignmentChange[]> => {
  const usedIds = force ? idsOf(media.filter(isUsed)) : []
  if (usedIds.length > 0) await rememberUsages(transaction, actor, media)
  const changes = usedIds.length > 0 ? await endAssignments(transaction, actor, usedIds) : []
  if (usedIds.length > 0) await updateUseCounts(transaction, usedIds, now)
  // Plain SQL, which keeps `updatedAt`: a restored media has exactly its former state.
  await transaction.$executeRaw`
    UPDATE "Media" SET "deletedAt" = ${now}, "deletedById" = ${actorId(actor)}::uuid, "purgeAt" = ${purgeAt}
    WHERE "id" = ANY(${idsOf(media)}::uuid[])`
  const entries = media.map(({ id, usageCount, assignmentCount }) => {
    return { id, data: { forced: force, usageCount, assignmentCount, purgeAt: purgeAt.toISOString() } }
  })
  await recordAll(transaction, actor, 'media.deleted', entries)
  return changes
}

/** Usage or assignment that could not be restored. */
export interface LostLink {
  mediaId: string
  resourceId: string | null
  userId: string | null
  reason: string
}

interface RememberedRow {
  id: string
  mediaId: string
  resourceId: string
  /** True if its resource is not deleted. */
  returns: boolean
}

/** Restores the usages whose resource is not deleted; returns the others. */
const restoreUsages = async (transaction: Transaction, actor: Actor, mediaIds: string[]): Promise<LostLink[]> => {
  const rememberedUsages = await transaction.$queryRaw<RememberedRow[]>`
    WITH remembered AS (
      DELETE FROM "RememberedUsage" AS row USING "Resource" AS resource
      WHERE row."mediaId" = ANY(${mediaIds}::uuid[]) AND resource."id" = row."resourceId"
      RETURNING row.*, resource."deletedAt" IS NULL AS "returns"
    ), returned AS (
      INSERT INTO "MediaUsage" ("id", "mediaId", "resourceId", "linkedAt", "linkedById")
      SELECT "id", "mediaId", "resourceId", "linkedAt", "linkedById" FROM remembered WHERE "returns"
    )
    SELECT "id"::text, "mediaId"::text, "resourceId"::text, "returns" FROM remembered ORDER BY "id"`
  const restorable = rememberedUsages.filter(({ returns }) => returns)
  const lost = rememberedUsages.filter(({ returns }) => !returns)
  const entries = restorable.map(({ id: usageId, mediaId: id, resourceId }) => ({ id, data: { resourceId, usageId } }))
  await recordAll(transaction, actor, 'media.linked', entries)
  const reason = 'The resource was deleted in the meantime.'
  return lost.map(({ mediaId, resourceId }) => ({ mediaId, resourceId, userId: null, reason }))
}

/** Restores the assignments of users who have no other one; the others are in `lost`. */
const restoreMediaAssignments = async (transaction: Transaction, actor: Actor, mediaIds: string[]) => {
  const { changes, lost } = await restoreAssignments(transaction, actor, mediaIds)
  const reason = 'The user now has another assignment.'
  return { changes, lost: lost.map(({ mediaId, userId }) => ({ mediaId, resourceId: null, userId, reason })) }
}

/**
 * Restores media from the trash. The caller also shares the tree lock of the resources, taken before all other locks,
 * and has locked the assignees of the media (`lockMediaAndAssignees`).
 */
export const restoreMedia = async (
  transaction: Transaction,
  actor: Actor,
  media: readonly MediaState[],
  now: Date,
): Promise<{ lost: LostLink[]; changes: AssignmentChange[] }> => {
  const ids = idsOf(media)
  await transaction.$executeRaw`
    UPDATE "Media" SET "deletedAt" = NULL, "deletedById" = NULL, "purgeAt" = NULL WHERE "id" = ANY(${ids}::uuid[])`
  const lostUsages = await restoreUsages(transaction, actor, ids)
  const { changes, lost: lostAssignments } = await restoreMediaAssignments(transaction, actor, ids)
  await updateUseCounts(transaction, ids, now)
  const lost = [...lostUsages, ...lostAssignments]
  const lostByMediaId = Map.groupBy(lost, ({ mediaId }) => mediaId)
  const entries = ids.map((id) => {
    const lostOfMedia = lostByMediaId.get(id) ?? []
    const lostResourceIds = lostOfMedia.flatMap(({ resourceId }) => resourceId ?? [])
    const lostUserIds = lostOfMedia.flatMap(({ userId }) => userId ?? [])
    return { id, data: { lostResourceIds, lostUserIds } }
  })
  await recordAll(transaction, actor, 'media.restored', entries)
  return { lost, changes }
}

/** Deletes media permanently. Their blobs are deleted later, after a grace time without references. */
export const purgeMedia = async (
  transaction: Transaction,
  actor: Actor,
  media: readonly MediaState[],
  now: Date,
): Promise<void> => {
  // Inserting a rendition locks the version that it refers to: while the versions are locked here, none can be added.
  await transaction.$queryRaw`
    SELECT 1 FROM "MediaVersion" WHERE "mediaId" = ANY(${idsOf(media)}::uuid[]) ORDER BY "id" FOR UPDATE`
  // One statement, since a media and its current version refer to each other with ON DELETE RESTRICT, which cannot be
  // deferred, not even by a DEFERRABLE constraint: it is checked at the end of the statement.
  const { deletions, hashes } = deleteReferences(idsOf(media))
  const blobs = await transaction.$queryRaw<{ sha256: string }[]>`
    WITH ${deletions}, "deletedMedia" AS (DELETE FROM "Media" WHERE "id" = ANY(${idsOf(media)}::uuid[])) ${hashes}`
  await releaseBlobs(
    transaction,
    blobs.map(({ sha256 }) => sha256),
    now,
  )
  const entries = media.map(({ id, title, fileName, sha256 }) => ({ id, data: { title, fileName, sha256 } }))
  await recordAll(transaction, actor, 'media.purged', entries)
}

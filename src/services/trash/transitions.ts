import type { Media } from '../../../prisma/generated/client/client.ts'
import { endAssignments, restoreAssignments } from '../assignment/transitions.ts'
import { record } from '../event/actions.ts'
import { type Actor, actorId } from '../kernel/actor.ts'
import type { AssignmentChange } from '../kernel/assignmentMessages.ts'
import { isUsed } from '../kernel/errors.ts'
import type { Transaction } from '../kernel/ports.ts'
import { updateUseCounts } from '../media/useCounts.ts'
import { releaseBlobs } from '../storage/blobs.ts'

/**
 * Into the trash, out of it, and away for good. Each takes media whose rows the caller has locked and found to be in the
 * right state, and that the actor may treat so: one by one or many at once, always in the caller's transaction.
 */
const eventNode = ({ id }: { id: string }) => ({ nodeType: 'Media', nodeId: id, mediaId: id }) as const
const idsOf = (media: readonly Media[]): string[] => media.map(({ id }) => id)

/** What still links them is taken away and remembered. In the database, since there may be very many. */
const rememberUsages = async (transaction: Transaction, actor: Actor, media: readonly Media[]): Promise<void> => {
  const usages = await transaction.$queryRaw<{ mediaId: string; resourceId: string }[]>`
    WITH gone AS (DELETE FROM "MediaUsage" WHERE "mediaId" = ANY(${idsOf(media)}::uuid[]) RETURNING *)
    INSERT INTO "RememberedUsage" ("id", "mediaId", "resourceId", "linkedAt", "linkedById")
    SELECT "id", "mediaId", "resourceId", "linkedAt", "linkedById" FROM gone
    RETURNING "mediaId"::text, "resourceId"::text`
  await record(
    transaction,
    actor,
    usages.map(({ mediaId, resourceId }) => ({
      ...eventNode({ id: mediaId }),
      action: 'media.unlinked' as const,
      data: { resourceId },
    })),
  )
}

/** By force, also those in use: then the caller has locked their assignees too (`lockMediaAndAssignees`). */
export const trashMedia = async (
  transaction: Transaction,
  actor: Actor,
  media: readonly Media[],
  { now, purgeAt, force }: { now: Date; purgeAt: Date; force: boolean },
): Promise<AssignmentChange[]> => {
  const usedIds = force ? idsOf(media.filter(isUsed)) : []
  if (usedIds.length > 0) await rememberUsages(transaction, actor, media)
  const changes = usedIds.length > 0 ? await endAssignments(transaction, actor, usedIds) : []
  if (usedIds.length > 0) await updateUseCounts(transaction, usedIds, now)
  // Plain SQL, since a media that comes back is the one that it was: its `updatedAt` stays.
  await transaction.$executeRaw`
    UPDATE "Media" SET "deletedAt" = ${now}, "deletedById" = ${actorId(actor)}::uuid, "purgeAt" = ${purgeAt}
    WHERE "id" = ANY(${idsOf(media)}::uuid[])`
  await record(
    transaction,
    actor,
    media.map((each) => ({
      ...eventNode(each),
      action: 'media.deleted' as const,
      data: {
        forced: force,
        usageCount: each.usageCount,
        assignmentCount: each.assignmentCount,
        purgeAt: purgeAt.toISOString(),
      },
    })),
  )
  return changes
}

/** A link or an assignment that could not come back. */
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
  /** Its resource is there. */
  returns: boolean
}

/** Links come back where their resource is there. */
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
  await record(
    transaction,
    actor,
    restorable.map(({ id: usageId, mediaId, resourceId }) => ({
      ...eventNode({ id: mediaId }),
      action: 'media.linked' as const,
      data: { resourceId, usageId },
    })),
  )
  const reason = 'The resource was deleted in the meantime.'
  return lost.map(({ mediaId, resourceId }) => ({ mediaId, resourceId, userId: null, reason }))
}

/** Assignments come back where their user has no other one. */
const restoreMediaAssignments = async (transaction: Transaction, actor: Actor, mediaIds: string[]) => {
  const { changes, lost } = await restoreAssignments(transaction, actor, mediaIds)
  const reason = 'The user has another assignment by now.'
  return { changes, lost: lost.map(({ mediaId, userId }) => ({ mediaId, resourceId: null, userId, reason })) }
}

/**
 * The caller also holds the lock of the resources, from before anything else was locked, and has locked their assignees
 * (`lockMediaAndAssignees`).
 */
export const restoreMedia = async (
  transaction: Transaction,
  actor: Actor,
  media: readonly Media[],
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
  await record(
    transaction,
    actor,
    media.map((each) => ({
      ...eventNode(each),
      action: 'media.restored' as const,
      data: {
        lostResourceIds: (lostByMediaId.get(each.id) ?? []).flatMap(({ resourceId }) => resourceId ?? []),
        lostUserIds: (lostByMediaId.get(each.id) ?? []).flatMap(({ userId }) => userId ?? []),
      },
    })),
  )
  return { lost, changes }
}

/** Their bytes go later, once nothing has referred to them for a while. */
export const purgeMedia = async (
  transaction: Transaction,
  actor: Actor,
  media: readonly Media[],
  now: Date,
): Promise<void> => {
  // Whoever adds a rendition refers to its version: while that is locked, none can appear.
  await transaction.$queryRaw`
    SELECT 1 FROM "MediaVersion" WHERE "mediaId" = ANY(${idsOf(media)}::uuid[]) ORDER BY "id" FOR UPDATE`
  // One statement, since a media and its current version refer to each other: such keys are checked at its end.
  const blobs = await transaction.$queryRaw<{ sha256: string }[]>`
    WITH made AS (
      DELETE FROM "Rendition" USING "MediaVersion"
      WHERE "Rendition"."versionId" = "MediaVersion"."id" AND "MediaVersion"."mediaId" = ANY(${idsOf(media)}::uuid[])
      RETURNING "Rendition"."sha256"
    ), originals AS (
      DELETE FROM "MediaVersion" WHERE "mediaId" = ANY(${idsOf(media)}::uuid[]) RETURNING "sha256"
    ), gone AS (
      DELETE FROM "Media" WHERE "id" = ANY(${idsOf(media)}::uuid[])
    )
    SELECT "sha256" FROM made WHERE "sha256" IS NOT NULL UNION SELECT "sha256" FROM originals`
  await releaseBlobs(
    transaction,
    blobs.map(({ sha256 }) => sha256),
    now,
  )
  await record(
    transaction,
    actor,
    media.map((each) => ({
      ...eventNode(each),
      action: 'media.purged' as const,
      data: { title: each.title, fileName: each.fileName, sha256: each.sha256 },
    })),
  )
}

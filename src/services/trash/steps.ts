import type { Media } from '../../../prisma/generated/client/client.ts'
import { type Actor, actorId } from '../actor.ts'
import { releaseBlobs } from '../blobs.ts'
import { record } from '../events.ts'
import type { Transaction } from '../ports.ts'
import { countUsages } from '../usages/counts.ts'

/**
 * Into the trash, out of it, and away for good. Each takes media whose rows the caller has locked and found to be in the
 * right state, and that the actor may treat so: one by one or many at once, always in the caller's transaction.
 */
const node = ({ id }: { id: string }) => ({ nodeType: 'Media', nodeId: id, mediaId: id }) as const
const idsOf = (media: readonly Media[]): string[] => media.map(({ id }) => id)

/** What still links them is taken away and remembered. */
const forgetUsages = async (transaction: Transaction, actor: Actor, media: readonly Media[], now: Date) => {
  const usages = await transaction.mediaUsage.findMany({ where: { mediaId: { in: idsOf(media) } } })
  if (usages.length === 0) return
  await transaction.rememberedUsage.createMany({ data: usages })
  await transaction.mediaUsage.deleteMany({ where: { mediaId: { in: idsOf(media) } } })
  await countUsages(transaction, idsOf(media), now)
  await record(
    transaction,
    actor,
    ...usages.map(({ mediaId, resourceId }) => ({
      ...node({ id: mediaId }),
      action: 'media.unlinked' as const,
      data: { resourceId },
    })),
  )
}

export const trashMedia = async (
  transaction: Transaction,
  actor: Actor,
  media: readonly Media[],
  { now, purgeAt, force }: { now: Date; purgeAt: Date; force: boolean },
): Promise<void> => {
  if (force) await forgetUsages(transaction, actor, media, now)
  // Plain SQL, since a media that comes back is the one that it was: its `updatedAt` stays.
  await transaction.$executeRaw`
    UPDATE "Media" SET "deletedAt" = ${now}, "deletedById" = ${actorId(actor)}::uuid, "purgeAt" = ${purgeAt}
    WHERE "id" = ANY(${idsOf(media)}::uuid[])`
  await record(
    transaction,
    actor,
    ...media.map((each) => ({
      ...node(each),
      action: 'media.deleted' as const,
      data: { forced: force, usageCount: each.usageCount, purgeAt: purgeAt.toISOString() },
    })),
  )
}

/** A link that could not come back. */
export interface LostLink {
  mediaId: string
  resourceId: string
  reason: string
}

/** The caller also holds the lock of the resources, from before the media were locked. */
export const restoreMedia = async (
  transaction: Transaction,
  actor: Actor,
  media: readonly Media[],
  now: Date,
): Promise<LostLink[]> => {
  const remembered = await transaction.rememberedUsage.findMany({
    where: { mediaId: { in: idsOf(media) } },
    include: { resource: { select: { deletedAt: true } } },
    orderBy: { id: 'asc' },
  })
  const returning = remembered.filter(({ resource }) => resource.deletedAt === null)
  const lost = remembered.filter(({ resource }) => resource.deletedAt !== null)
  await transaction.mediaUsage.createMany({ data: returning.map(({ resource: _resource, ...usage }) => usage) })
  await transaction.rememberedUsage.deleteMany({ where: { mediaId: { in: idsOf(media) } } })
  await transaction.$executeRaw`
    UPDATE "Media" SET "deletedAt" = NULL, "deletedById" = NULL, "purgeAt" = NULL
    WHERE "id" = ANY(${idsOf(media)}::uuid[])`
  await countUsages(transaction, idsOf(media), now)
  const lostOf = Map.groupBy(lost, ({ mediaId }) => mediaId)
  await record(
    transaction,
    actor,
    ...media.map((each) => ({
      ...node(each),
      action: 'media.restored' as const,
      data: { lostResourceIds: (lostOf.get(each.id) ?? []).map(({ resourceId }) => resourceId) },
    })),
    ...returning.map(({ id: usageId, mediaId, resourceId }) => ({
      ...node({ id: mediaId }),
      action: 'media.linked' as const,
      data: { resourceId, usageId },
    })),
  )
  return lost.map(({ mediaId, resourceId }) => ({
    mediaId,
    resourceId,
    reason: 'The resource was deleted in the meantime.',
  }))
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
  const freed = await transaction.$queryRaw<{ sha256: string }[]>`
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
    freed.map(({ sha256 }) => sha256),
    now,
  )
  await record(
    transaction,
    actor,
    ...media.map((each) => ({
      ...node(each),
      action: 'media.purged' as const,
      data: { title: each.title, fileName: each.fileName, sha256: each.sha256 },
    })),
  )
}

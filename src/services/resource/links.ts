import { record } from '../event/actions.ts'
import { type Actor, actorId } from '../kernel/actor.ts'
import type { Transaction } from '../kernel/ports.ts'
import { updateUseCounts } from '../media/useCounts.ts'

const entry = (mediaId: string) => ({ nodeType: 'Media', nodeId: mediaId, mediaId }) as const

/**
 * Links media to a resource; what is linked already stays as it is. The caller holds the structure lock `resources` and,
 * taken after it, the locks of these media, and has seen that none of them lies in the trash.
 */
export const linkAll = async (
  transaction: Transaction,
  actor: Actor,
  { resourceId, mediaIds }: { resourceId: string; mediaIds: readonly string[] },
  now: Date,
): Promise<void> => {
  const createdUsages = await transaction.mediaUsage.createManyAndReturn({
    data: [...new Set(mediaIds)].map((mediaId) => ({ mediaId, resourceId, linkedAt: now, linkedById: actorId(actor) })),
    skipDuplicates: true,
  })
  if (createdUsages.length === 0) return
  await updateUseCounts(
    transaction,
    createdUsages.map(({ mediaId }) => mediaId),
    now,
  )
  await record(
    transaction,
    actor,
    createdUsages.map(({ id: usageId, mediaId }) => ({
      ...entry(mediaId),
      action: 'media.linked' as const,
      data: { resourceId, usageId },
    })),
  )
}

/** Takes links away, those that are there. The caller holds the locks of these media. */
export const unlinkAll = async (
  transaction: Transaction,
  actor: Actor,
  { resourceIds, mediaIds }: { resourceIds: readonly string[]; mediaIds: readonly string[] },
  now: Date,
): Promise<void> => {
  const deletedUsages = await transaction.$queryRaw<{ mediaId: string; resourceId: string }[]>`
    DELETE FROM "MediaUsage"
    WHERE "resourceId" = ANY(${[...resourceIds]}::uuid[]) AND "mediaId" = ANY(${[...mediaIds]}::uuid[])
    RETURNING "mediaId", "resourceId"`
  if (deletedUsages.length === 0) return
  await updateUseCounts(
    transaction,
    deletedUsages.map(({ mediaId }) => mediaId),
    now,
  )
  await record(
    transaction,
    actor,
    deletedUsages.map(({ mediaId, resourceId }) => ({
      ...entry(mediaId),
      action: 'media.unlinked' as const,
      data: { resourceId },
    })),
  )
}

import type { MediaUsage } from '../../../prisma/generated/client/client.ts'
import { recordAll } from '../event/record.ts'
import { type Actor, actorId } from '../kernel/actor.ts'
import type { Transaction } from '../kernel/ports.ts'
import { updateUseCounts } from '../media/useCounts.ts'

/**
 * Links media to a resource; existing links stay unchanged. Resolves to the new ones. The caller at least shares the tree
 * lock `resources`, holds the row locks of these media, acquired after it, and has checked that none is in the trash.
 */
export const linkAll = async (
  transaction: Transaction,
  actor: Actor,
  { resourceId, mediaIds }: { resourceId: string; mediaIds: readonly string[] },
  now: Date,
): Promise<MediaUsage[]> => {
  const createdUsages = await transaction.mediaUsage.createManyAndReturn({
    data: [...new Set(mediaIds)].map((mediaId) => ({ mediaId, resourceId, linkedAt: now, linkedById: actorId(actor) })),
    skipDuplicates: true,
  })
  if (createdUsages.length === 0) return []
  await updateUseCounts(
    transaction,
    createdUsages.map(({ mediaId }) => mediaId),
    now,
  )
  const entries = createdUsages.map(({ id: usageId, mediaId: id }) => ({ id, data: { resourceId, usageId } }))
  await recordAll(transaction, actor, 'media.linked', entries)
  return createdUsages
}

/** Deletes the existing links between these resources and media. The caller holds the row locks of these media. */
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
  const entries = deletedUsages.map(({ mediaId: id, resourceId }) => ({ id, data: { resourceId } }))
  await recordAll(transaction, actor, 'media.unlinked', entries)
}

import { v7 as uuid } from 'uuid'
import { type MediaUsage, Prisma } from '../../../prisma/generated/client/client.ts'
import { eventInsert, lostLease, recordAll } from '../event/record.ts'
import { type Actor, actorId } from '../kernel/actor.ts'
import type { Transaction } from '../kernel/ports.ts'
import { useCountsUpdate } from '../media/useCounts.ts'

/**
 * Links media to a resource; existing links stay unchanged. Resolves to the new ones. The caller at least shares the tree
 * lock `resources`, holds the row locks of these media, acquired after it, and has checked that none is in the trash.
 * One statement, which counts the links that existed when it began: the locks have to be acquired by an earlier one.
 */
export const linkAll = async (
  transaction: Transaction,
  actor: Actor,
  { resourceId, mediaIds }: { resourceId: string; mediaIds: readonly string[] },
  now: Date,
): Promise<MediaUsage[]> => {
  const rows = [...new Set(mediaIds)].map((mediaId) => ({ mediaId, usageId: uuid(), eventId: uuid() }))
  const newLinks = Prisma.sql`SELECT "mediaId" AS "id", 1 AS "links" FROM created`
  const entries = Prisma.sql`(
    SELECT "eventId" AS "id", wanted."mediaId" AS "nodeId", wanted."mediaId",
      jsonb_build_object('resourceId', created."resourceId", 'usageId', created."id") AS "data"
    FROM created JOIN wanted ON wanted."usageId" = created."id" ORDER BY "eventId"
  ) AS entry`
  const createdUsages = await transaction.$queryRaw<(MediaUsage & { loggedCount: number })[]>`
    WITH wanted AS (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
        AS row("mediaId" uuid, "usageId" uuid, "eventId" uuid)
    ), created AS (
      INSERT INTO "MediaUsage" ("id", "mediaId", "resourceId", "linkedAt", "linkedById")
      SELECT "usageId", "mediaId", ${resourceId}::uuid, ${now}::timestamptz, ${actorId(actor)}::uuid FROM wanted
      ON CONFLICT DO NOTHING RETURNING *
    ), counted AS (${useCountsUpdate(newLinks, now)}
    ), logged AS (${eventInsert(actor, 'media.linked', entries)} RETURNING 1)
    SELECT created.*, (SELECT count(*)::int FROM logged) AS "loggedCount" FROM created`
  if (createdUsages.some(({ loggedCount }) => loggedCount === 0)) throw lostLease()
  return createdUsages
}

/** Deletes the existing links between these resources and media. The caller holds the row locks of these media. */
export const unlinkAll = async (
  transaction: Transaction,
  actor: Actor,
  { resourceIds, mediaIds }: { resourceIds: readonly string[]; mediaIds: readonly string[] },
  now: Date,
): Promise<void> => {
  const lostLinks = Prisma.sql`SELECT "mediaId" AS "id", -count(*)::int AS "links" FROM deleted GROUP BY "mediaId"`
  const deletedUsages = await transaction.$queryRaw<{ mediaId: string; resourceId: string }[]>`
    WITH deleted AS (
      DELETE FROM "MediaUsage"
      WHERE "resourceId" = ANY(${[...resourceIds]}::uuid[]) AND "mediaId" = ANY(${[...mediaIds]}::uuid[])
      RETURNING "mediaId", "resourceId"
    ), counted AS (${useCountsUpdate(lostLinks, now)})
    SELECT "mediaId", "resourceId" FROM deleted`
  if (deletedUsages.length === 0) return
  const entries = deletedUsages.map(({ mediaId: id, resourceId }) => ({ id, data: { resourceId } }))
  await recordAll(transaction, actor, 'media.unlinked', entries)
}

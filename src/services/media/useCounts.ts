import { Prisma } from '../../../prisma/generated/client/client.ts'
import type { Transaction } from '../kernel/ports.ts'

/**
 * Recomputes `usageCount`, `assignmentCount` and `unusedSince` from the rows of links and current assignments. Call it
 * after adding or removing such rows, in the same transaction and with the locks of these media (`lockMedia`) held:
 * otherwise another transaction could add or remove rows during the count.
 */
export const updateUseCounts = async (
  transaction: Transaction,
  mediaIds: readonly string[],
  now: Date,
): Promise<void> => {
  const rows = Prisma.sql`SELECT "id", 0 AS "links" FROM unnest(${[...new Set(mediaIds)]}::uuid[]) AS wanted("id")`
  await transaction.$executeRaw(useCountsUpdate(rows, now))
}

/**
 * Statement of `updateUseCounts`, also as part of the statement that adds or removes links: `rows` yields the `id` of each
 * media and the number of `links` that it gains, since the statement counts those that existed when it began. OFFSET makes
 * PostgreSQL count once, not for each use of a count.
 */
export const useCountsUpdate = (rows: Prisma.Sql, now: Date): Prisma.Sql => Prisma.sql`
  UPDATE "Media" SET
    "usageCount" = counted."links",
    "assignmentCount" = counted."users",
    "unusedSince" = CASE WHEN counted."links" + counted."users" = 0 THEN coalesce("Media"."unusedSince", ${now}) END
  FROM (
    SELECT wanted."id",
      (SELECT count(*)::int FROM "MediaUsage" WHERE "mediaId" = wanted."id") + wanted."links" AS "links",
      (SELECT count(*)::int FROM "Assignment" WHERE "heldMediaId" = wanted."id" AND "status" = 'CURRENT') AS "users"
    FROM (${rows}) AS wanted
    OFFSET 0
  ) AS counted
  WHERE "Media"."id" = counted."id"
    AND ("Media"."usageCount", "Media"."assignmentCount") IS DISTINCT FROM (counted."links", counted."users")`

import type { Transaction } from '../ports.ts'

/**
 * Makes `usageCount` and `unusedSince` say what the rows say. Called by whoever has just added or removed links, in the
 * same transaction, holding the locks of these media (`lockMedia`), so that nobody counts while somebody else links.
 */
export const countUsages = async (transaction: Transaction, mediaIds: readonly string[], now: Date): Promise<void> => {
  await transaction.$executeRaw`
    UPDATE "Media" SET
      "usageCount" = counted."count",
      "unusedSince" = CASE WHEN counted."count" = 0 THEN coalesce("Media"."unusedSince", ${now}) END
    FROM (
      SELECT wanted."id", count("MediaUsage"."id")::int AS "count"
      FROM unnest(${[...new Set(mediaIds)]}::uuid[]) AS wanted("id")
      LEFT JOIN "MediaUsage" ON "MediaUsage"."mediaId" = wanted."id"
      GROUP BY wanted."id"
    ) AS counted
    WHERE "Media"."id" = counted."id" AND "Media"."usageCount" <> counted."count"`
}

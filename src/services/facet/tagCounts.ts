import { Prisma } from '../../../prisma/generated/client/client.ts'
import { inNameOrder } from '../kernel/nameOrder.ts'
import { withoutPreparedPlan } from '../kernel/planHint.ts'
import type { Database } from '../kernel/ports.ts'
import { allConditions, allOf, type WhereClause } from '../media/filter.ts'
import { mediaTally } from '../media/tally.ts'
import { maxValues } from './columnCounts.ts'

const { sql } = Prisma

const carriedBy = (conditions: Prisma.Sql): Prisma.Sql =>
  sql`SELECT "key", count(*) AS "count" FROM (SELECT unnest("tagKeys") AS "key" FROM "Media" WHERE ${conditions}) AS "carried" GROUP BY "key"`

/** The media outside the trash that do not match. The array makes PostgreSQL find them in an index: it would read all rows. */
const othersOf = ({ covered }: WhereClause): Prisma.Sql => sql`
  "id" = ANY(ARRAY(SELECT "id" FROM "Media" WHERE "deletedAt" IS NULL AND (${allOf(covered)}) IS NOT TRUE))`

/** Tags of the media outside the trash that match: those of all, without those of the media that do not match. */
const carriedByMost = (where: WhereClause): Prisma.Sql => sql`
  SELECT "key", sum("count") AS "count" FROM (
    SELECT "key", "count" FROM "TagTally"
    UNION ALL SELECT "key", "change" FROM "TagDelta"
    UNION ALL SELECT "key", - "count" FROM (${carriedBy(othersOf(where))}) AS "others"
  ) AS "changes" GROUP BY "key" HAVING sum("count") > 0`

/** Whether a filter that the tally of media answers matches three quarters of the media outside the trash, and none in it. */
const matchesMost = async (database: Database, tally: Prisma.Sql): Promise<boolean> => {
  const [row] = await database.$queryRaw<[{ matches: bigint; all: bigint; trashed: bigint }]>`
    SELECT (${mediaTally(tally)}) AS "matches", (${mediaTally(sql`NOT "trashed"`)}) AS "all",
      (${mediaTally(sql`"trashed" AND ${tally}`)}) AS "trashed"`
  return row.trashed === 0n && row.matches * 4n > row.all * 3n
}

/**
 * Returns the statement that counts the tags of the media that match the conditions, the most frequent first, as `tags` does.
 * Spellings come from the tally; tags that only media in the trash carry are not in it, and have the spelling of the oldest
 * of these. `tally` are the same conditions for the tally of media; null if it cannot answer them.
 */
export const tagCounts = async (
  database: Database,
  where: WhereClause,
  tally: Prisma.Sql | null,
): Promise<Prisma.Sql> => {
  const isMost = tally !== null && (await matchesMost(database, tally))
  const order = sql`ORDER BY "count" DESC, ${Prisma.raw(inNameOrder('"key"'))}, "key"`
  return sql`${withoutPreparedPlan}
    WITH "top" AS MATERIALIZED (
      SELECT "key", "count"::int AS "count" FROM (${isMost ? carriedByMost(where) : carriedBy(allConditions(where))}) AS "all"
      ${order} LIMIT ${maxValues}::int
    )
    SELECT "count", coalesce(
      (SELECT "name" FROM "TagTally" WHERE "TagTally"."key" = "top"."key"),
      (SELECT "name" FROM "TagDelta" WHERE "TagDelta"."key" = "top"."key" ORDER BY "id" LIMIT 1),
      (SELECT (array_agg("tag"."name" ORDER BY "Media"."id"))[1]
       FROM "Media" CROSS JOIN LATERAL unnest("tagKeys", "tags") AS "tag"("key", "name")
       WHERE "tagKeys" @> ARRAY["top"."key"] AND "tag"."key" = "top"."key")
    ) AS "name"
    FROM "top" ${order}`
}

import { Prisma } from '../../../prisma/generated/client/client.ts'
import { inNameOrder } from '../kernel/nameOrder.ts'
import { withoutPreparedPlan } from '../kernel/planHint.ts'
import { allConditions, type WhereClause } from '../media/filter.ts'
import { maxValues } from './columnCounts.ts'
import { othersOf } from './mostMedia.ts'

const { sql } = Prisma

const carriedBy = (conditions: Prisma.Sql): Prisma.Sql =>
  sql`SELECT "key", count(*) AS "count" FROM (SELECT unnest("tagKeys") AS "key" FROM "Media" WHERE ${conditions}) AS "carried" GROUP BY "key"`

/** The array makes PostgreSQL find the ids in an index first: otherwise it reads all rows. */
const carriedByOthers = (where: WhereClause): Prisma.Sql =>
  carriedBy(sql`"id" = ANY(ARRAY(SELECT "id" FROM "Media" WHERE ${othersOf(where)}))`)

/** Tags of the media outside the trash that match: those of all, without those of the media that do not match. */
const carriedByMost = (where: WhereClause): Prisma.Sql => sql`
  SELECT "key", sum("count") AS "count" FROM (
    SELECT "key", "count" FROM "TagTally"
    UNION ALL SELECT "key", "change" FROM "TagDelta"
    UNION ALL SELECT "key", - "count" FROM (${carriedByOthers(where)}) AS "others"
  ) AS "changes" GROUP BY "key" HAVING sum("count") > 0`

/**
 * Returns the statement that counts the tags of the media that match the conditions, the most frequent first, as `tags` does.
 * Spellings come from the tally; tags that only media in the trash carry are not in it, and have the spelling of the oldest
 * of these. `isMost` as `matchesMost` says.
 */
export const tagCounts = (where: WhereClause, isMost: boolean): Prisma.Sql => {
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

import { Prisma } from '../../../prisma/generated/client/client.ts'
import { inNameOrder } from '../kernel/nameOrder.ts'
import { withoutPreparedPlan } from '../kernel/planHint.ts'
import { maxValues } from './columnCounts.ts'

/**
 * Counts the tags of the media that match the conditions, the most frequent first, as `tags` does. Spellings come from the
 * tally; tags that only media in the trash carry are not in it, and have the spelling of the oldest of these.
 */
export const tagCounts = (conditions: Prisma.Sql): Prisma.Sql => {
  const order = Prisma.sql`ORDER BY "count" DESC, ${Prisma.raw(inNameOrder('"key"'))}, "key"`
  return Prisma.sql`${withoutPreparedPlan}
    WITH "top" AS MATERIALIZED (
      SELECT "key", count(*)::int AS "count" FROM (
        SELECT unnest("tagKeys") AS "key" FROM "Media" WHERE ${conditions}
      ) AS "carried"
      GROUP BY "key" ${order} LIMIT ${maxValues}::int
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

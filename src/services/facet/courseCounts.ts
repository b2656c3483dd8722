import { Prisma } from '../../../prisma/generated/client/client.ts'
import { withoutPreparedPlan } from '../kernel/planHint.ts'
import { maxValues } from './columnCounts.ts'

/**
 * Counts, for each course, the distinct media that it and the resources below it show: as many as the filter `usedIn` finds.
 * Without conditions it counts all links, since media in the trash have none.
 */
export const courseCounts = (conditions: Prisma.Sql | null): Prisma.Sql => {
  const matches =
    conditions === null
      ? Prisma.empty
      : Prisma.sql`JOIN (SELECT "id" AS "mediaId" FROM "Media" WHERE ${conditions}) AS "matching" USING ("mediaId")`
  return Prisma.sql`${withoutPreparedPlan}
    WITH RECURSIVE "branch" AS (
      SELECT "id" AS "course", "id" FROM "Resource" WHERE "type" = 'course' AND "deletedAt" IS NULL
      UNION ALL
      SELECT "branch"."course", "below"."id" FROM "branch" JOIN "Resource" AS "below" ON "below"."parentId" = "branch"."id"
    )
    SELECT "course" AS "key", count(*)::int AS "count" FROM (
      SELECT DISTINCT "course", "mediaId"
      FROM "branch" JOIN "MediaUsage" ON "MediaUsage"."resourceId" = "branch"."id" ${matches}
    ) AS "shown"
    GROUP BY "course" ORDER BY "count" DESC, "key" LIMIT ${maxValues}::int`
}

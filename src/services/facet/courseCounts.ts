import { Prisma } from '../../../prisma/generated/client/client.ts'
import { withoutPreparedPlan } from '../kernel/planHint.ts'
import { allConditions, type WhereClause } from '../media/filter.ts'
import { maxValues } from './columnCounts.ts'
import { othersOf } from './mostMedia.ts'

const { sql } = Prisma

/** Only used media are shown. An index that answers the other conditions tells which are; it would take longer to read rows. */
const matchesOf = (where: WhereClause): Prisma.Sql => {
  const isCovered = where.search.length + where.fetched.length === 0
  const conditions = isCovered ? sql`${allConditions(where)} AND "unusedSince" IS NULL` : allConditions(where)
  return sql`JOIN (SELECT "id" AS "mediaId" FROM "Media" WHERE ${conditions}) AS "matching" USING ("mediaId")`
}

/** All but the others: fewer media are hashed. */
const mostMatchesOf = (where: WhereClause): Prisma.Sql => sql`
  WHERE NOT EXISTS (SELECT FROM "Media" WHERE "id" = "mediaId" AND ${othersOf(where)} AND "unusedSince" IS NULL)`

const restrictionOf = (where: WhereClause | null, isMost: boolean): Prisma.Sql => {
  if (where === null) return Prisma.empty
  return isMost ? mostMatchesOf(where) : matchesOf(where)
}

/**
 * Counts, for each course, the distinct media that it and the resources below it show: as many as the filter `usedIn` finds.
 * Without conditions it counts all, since media in the trash are shown nowhere. `isMost` as `matchesMost` says.
 */
export const courseCounts = (where: WhereClause | null, isMost: boolean): Prisma.Sql => sql`${withoutPreparedPlan}
  SELECT "courseId" AS "key", "count" FROM (
    SELECT "courseId", count(*)::int AS "count" FROM "CourseMedia" ${restrictionOf(where, isMost)} GROUP BY "courseId"
  ) AS "shown" JOIN "Resource" ON "id" = "courseId" AND "deletedAt" IS NULL
  ORDER BY "count" DESC, "key" LIMIT ${maxValues}::int`

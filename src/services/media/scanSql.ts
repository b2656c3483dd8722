import { Prisma } from '../../../prisma/generated/client/client.ts'
import { withoutPreparedPlan } from '../kernel/planHint.ts'
import { allConditions, allOf, type ResolvedFilter } from './filter.ts'
import type { ParsedOrder } from './order.ts'

/** Limits of a scan in order; each takes about 10 ms. */
export interface ScanLimits {
  /** Rows read from the index alone. */
  scanned: number
  /** Rows fetched from the table. */
  fetched: number
}
export const scanLimits: ScanLimits = { scanned: 20_000, fetched: 3000 }

/** More than any page, so that the planner does not expect few rows and choose to scan the order. */
const plannerRowLimit = 10_000

export interface PageQuery {
  filter: ResolvedFilter
  order: ParsedOrder
  /** Rows after and before the cursors; true without cursors. */
  cursorConditions: Prisma.Sql
  size: number
  orderAndLimit(limit: number): Prisma.Sql
}

/**
 * Common media are found fastest by scanning the order, rare ones by looking them up and sorting them. The planner
 * estimates which of the two applies as if columns were independent, and scans every media where they are not: large text
 * files, or the tag of one semester in order of upload. So a limited number of rows is scanned first ("near"); if they do
 * not fill the page, all matches are looked up and sorted ("found"). A materialised part is planned for the row count in
 * its own LIMIT, is read in its own order, and only as far as needed. Renditions that most media have are checked on the
 * first media with the covered conditions before all matches are looked up ("sorted").
 */
export const scanSql = (
  { filter: { where, plan }, order: { by, key }, cursorConditions, size, orderAndLimit }: PageQuery,
  limits: ScanLimits,
): Prisma.Sql => {
  const rowConditions = [...where.search, ...where.fetched]
  const scan = Prisma.sql`
    SELECT "id", "key" FROM (
      SELECT *, ${key} AS "key" FROM "Media" WHERE ${allOf([...where.trash, cursorConditions, ...plan.rangesOf(by)])} ${orderAndLimit(limits.scanned)}
    ) AS "walked" WHERE ${allOf(plan.coveredChecks)}`
  const candidates = Prisma.sql`
    SELECT "id", ${key} AS "key" FROM "Media" WHERE ${allOf([...where.trash, ...where.covered, cursorConditions])}`
  const fetch = (rows: Prisma.Sql) =>
    rowConditions.length === 0
      ? rows
      : Prisma.sql`
        SELECT "id", "key" FROM (${rows} ${orderAndLimit(limits.fetched)}) AS "near" JOIN "Media" USING ("id")
        WHERE ${allOf(rowConditions)}`
  const isFull = (part: Prisma.Sql) => Prisma.sql`(SELECT count(*) FROM ${part}) = ${size}`
  const [near, sorted] = [Prisma.sql`"near"`, Prisma.sql`"sorted"`]
  return Prisma.sql`${withoutPreparedPlan}
    WITH "near" AS MATERIALIZED (${fetch(scan)} ${orderAndLimit(size)}),
    ${plan.checksFirst ? Prisma.sql`"sorted" AS MATERIALIZED (${fetch(candidates)} ${orderAndLimit(size)}),` : Prisma.empty}
    "found" AS MATERIALIZED (
      SELECT "id", ${key} AS "key" FROM "Media"
      WHERE ${allConditions(where)} AND ${cursorConditions} ${orderAndLimit(plannerRowLimit)}
    )
    (SELECT "id", "key" FROM "near" WHERE ${isFull(near)})
    ${
      plan.checksFirst
        ? Prisma.sql`UNION ALL (SELECT "id", "key" FROM "sorted" WHERE NOT ${isFull(near)} AND ${isFull(sorted)})`
        : Prisma.empty
    }
    UNION ALL (
      SELECT "id", "key" FROM "found"
      WHERE NOT ${isFull(near)} ${plan.checksFirst ? Prisma.sql`AND NOT ${isFull(sorted)}` : Prisma.empty} LIMIT ${size}
    )`
}

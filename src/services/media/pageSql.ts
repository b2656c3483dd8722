import { Prisma } from '../../../prisma/generated/client/client.ts'
import type { Page } from '../kernel/paging.ts'
import { withoutPreparedPlan } from '../kernel/planHint.ts'
import { allOf, type Selection } from './filter.ts'
import type { CursorKey, ParsedOrder } from './order.ts'
import { cappedCountSql, rankedMediaSql, type Search } from './search.ts'

export interface PageRow {
  id: string
  key: Date | bigint | number | string
}

/** So many rows of an order are walked at most, in its index alone; and so many of them looked up: each some 10 ms. */
const maxScannedRows = 20_000
const maxHeapFetches = 3000
/** More than any page, so that what is planned for so many rows does not bet on walking an order. */
const plannerRowLimit = 10_000

interface PageQuery {
  selection: Selection
  order: ParsedOrder
  /** On which side of the cursors; true where there are none. */
  cursorConditions: Prisma.Sql
  size: number
  orderAndLimit(limit: number): Prisma.Sql
}

/** Rows on the wanted side of the cursors, one more than the page holds. */
export const pageSql = (selection: Selection, order: ParsedOrder, page: Page<CursorKey>): Prisma.Sql => {
  const [afterSign, beforeSign] = order.direction === 'ASC' ? ['>', '<'] : ['<', '>']
  const cursorCondition = (sign: string, [key, id]: CursorKey) =>
    Prisma.sql`(${order.key}, "id") ${Prisma.raw(sign)} (${order.value(key)}, ${id}::uuid)`
  const cursorConditions = allOf([
    ...(page.after ? [cursorCondition(afterSign, page.after)] : []),
    ...(page.before ? [cursorCondition(beforeSign, page.before)] : []),
  ])
  const direction = Prisma.raw((order.direction === 'ASC') !== page.backward ? 'ASC' : 'DESC')
  const orderAndLimit = (limit: number) => Prisma.sql`ORDER BY "key" ${direction}, "id" ${direction} LIMIT ${limit}`
  const pageQuery = { selection, order, cursorConditions, size: page.limit + 1, orderAndLimit }
  const { search, rare } = selection
  if (order.by === 'RELEVANCE' && search !== null) return rankedSql(pageQuery, search)
  return rare ? lookupSql(pageQuery) : scanSql(pageQuery)
}

const rankedSql = (
  { selection: { others, searched }, cursorConditions, size, orderAndLimit }: PageQuery,
  search: Search,
) => Prisma.sql`${withoutPreparedPlan}
  WITH ${rankedMediaSql(others, searched, search)}
  SELECT "id", "relevance" AS "key" FROM "ranked" WHERE ${cursorConditions} ${orderAndLimit(size)}`

const lookupSql = ({
  selection,
  order,
  cursorConditions,
  size,
  orderAndLimit,
}: PageQuery): Prisma.Sql => Prisma.sql`${withoutPreparedPlan}
  SELECT "id", ${order.key} AS "key" FROM "Media" WHERE ${selection.conditions} AND ${cursorConditions} ${orderAndLimit(size)}`

/**
 * What is common is found by walking the order, what is rare by looking it up. The planner guesses which it is as if
 * columns were independent, and walks every media where they are not: texts that are large, a semester's tag in the order
 * of upload. So a stretch is walked first; where it does not fill the page, all that match are looked up and sorted. What
 * is materialised is planned for as many rows as it says, read in its order, and no further than needed.
 */
const scanSql = ({ selection, order: { by, key }, cursorConditions, size, orderAndLimit }: PageQuery): Prisma.Sql => {
  const { conditions, present, ranges, covered, looked } = selection
  const scan = Prisma.sql`
    SELECT "id", "key" FROM (
      SELECT *, ${key} AS "key" FROM "Media" WHERE ${allOf([present, cursorConditions, ...(ranges[by] ?? [])])} ${orderAndLimit(maxScannedRows)}
    ) AS "walked" WHERE ${allOf(covered)}`
  return Prisma.sql`${withoutPreparedPlan}
    WITH "near" AS MATERIALIZED (
      ${
        looked.length === 0
          ? scan
          : Prisma.sql`
            SELECT "id", "key" FROM (${scan} ${orderAndLimit(maxHeapFetches)}) AS "near" JOIN "Media" USING ("id")
            WHERE ${allOf(looked)}`
      } ${orderAndLimit(size)}
    ), "found" AS MATERIALIZED (
      SELECT "id", ${key} AS "key" FROM "Media"
      WHERE ${conditions} AND ${cursorConditions} ${orderAndLimit(plannerRowLimit)}
    )
    (SELECT "id", "key" FROM "near" WHERE (SELECT count(*) FROM "near") = ${size})
    UNION ALL (SELECT "id", "key" FROM "found" WHERE (SELECT count(*) FROM "near") < ${size} LIMIT ${size})`
}

/** What tallies know is not counted anew: reading a million rows takes 100 ms and more. */
export const countSql = ({ conditions, tally }: Selection, { by }: ParsedOrder): Prisma.Sql =>
  by === 'RELEVANCE'
    ? cappedCountSql(conditions)
    : (tally ?? Prisma.sql`${withoutPreparedPlan} SELECT count(*) FROM "Media" WHERE ${conditions}`)

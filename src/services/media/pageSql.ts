import { Prisma } from '../../../prisma/generated/client/client.ts'
import type { Page } from '../kernel/paging.ts'
import { withoutPreparedPlan } from '../kernel/planHint.ts'
import { allConditions, allOf, type ResolvedFilter } from './filter.ts'
import type { CursorKey, ParsedOrder } from './order.ts'
import { rankedMediaSql } from './ranking.ts'
import { type PageQuery, scanLimits, scanSql } from './scanSql.ts'
import type { Search } from './search.ts'

export interface PageRow {
  id: string
  key: Date | bigint | number | string
}

/** Rows of a page between its cursors, and one more if there are any. */
export const pageSql = (
  filter: ResolvedFilter,
  givenOrder: ParsedOrder,
  page: Page<CursorKey>,
  limits = scanLimits,
): Prisma.Sql => {
  // Where all keys are equal, naming them would keep PostgreSQL from using the index of the ids.
  const equalKey = filter.plan.trashed ? null : givenOrder.liveKey
  const order = equalKey === null ? givenOrder : { ...givenOrder, key: equalKey }
  const [afterSign, beforeSign] = order.direction === 'ASC' ? ['>', '<'] : ['<', '>']
  const cursorCondition = (sign: string, [key, id]: CursorKey) =>
    equalKey === null
      ? Prisma.sql`(${order.key}, "id") ${Prisma.raw(sign)} (${order.value(key)}, ${id}::uuid)`
      : Prisma.sql`"id" ${Prisma.raw(sign)} ${id}::uuid`
  const cursorConditions = allOf([
    ...(page.after ? [cursorCondition(afterSign, page.after)] : []),
    ...(page.before ? [cursorCondition(beforeSign, page.before)] : []),
  ])
  const direction = Prisma.raw((order.direction === 'ASC') !== page.backward ? 'ASC' : 'DESC')
  const keyOrder = equalKey === null ? Prisma.sql`"key" ${direction},` : Prisma.empty
  const orderAndLimit = (limit: number) => Prisma.sql`ORDER BY ${keyOrder} "id" ${direction} LIMIT ${limit}`
  const pageQuery = { filter, order, cursorConditions, size: page.limit + 1, orderAndLimit }
  const { search, lookup } = filter.plan
  if (order.by === 'RELEVANCE' && search !== null) return rankedSql(pageQuery, search)
  return lookup ? lookupSql(pageQuery) : scanSql(pageQuery, limits)
}

const rankedSql = (
  { filter, cursorConditions, size, orderAndLimit }: PageQuery,
  search: Search,
) => Prisma.sql`${withoutPreparedPlan}
  WITH ${rankedMediaSql(filter, search)}
  SELECT "id", "relevance" AS "key" FROM "ranked" WHERE ${cursorConditions} ${orderAndLimit(size)}`

const lookupSql = ({
  filter: { where },
  order,
  cursorConditions,
  size,
  orderAndLimit,
}: PageQuery): Prisma.Sql => Prisma.sql`${withoutPreparedPlan}
  SELECT "id", ${order.key} AS "key" FROM "Media" WHERE ${allConditions(where)} AND ${cursorConditions} ${orderAndLimit(size)}`

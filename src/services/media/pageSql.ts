import { Prisma } from '../../../prisma/generated/client/client.ts'
import type { Page } from '../kernel/paging.ts'
import { planAnew } from '../kernel/planHint.ts'
import { all, type Selection } from './filter.ts'
import type { Key, Order } from './order.ts'
import { countAtMost, rankedMedia, type Search } from './search.ts'

export interface Row {
  id: string
  key: Date | bigint | number | string
}

/** So many rows of an order are walked at most, in its index alone; and so many of them looked up: each some 10 ms. */
const stretch = 20_000
const lookups = 3000
/** More than any page, so that what is planned for so many rows does not bet on walking an order. */
const many = 10_000

interface Wanted {
  selection: Selection
  order: Order
  /** On which side of the cursors; true where there are none. */
  sides: Prisma.Sql
  size: number
  ordered(limit: number): Prisma.Sql
}

/** Rows on the wanted side of the cursors, one more than the page holds. */
export const pageSql = (selection: Selection, order: Order, page: Page<Key>): Prisma.Sql => {
  const [beyond, within] = order.direction === 'ASC' ? ['>', '<'] : ['<', '>']
  const side = (sign: string, [key, id]: Key) =>
    Prisma.sql`(${order.key}, "id") ${Prisma.raw(sign)} (${order.value(key)}, ${id}::uuid)`
  const sides = all([
    ...(page.after ? [side(beyond, page.after)] : []),
    ...(page.before ? [side(within, page.before)] : []),
  ])
  const direction = Prisma.raw((order.direction === 'ASC') !== page.backward ? 'ASC' : 'DESC')
  const ordered = (limit: number) => Prisma.sql`ORDER BY "key" ${direction}, "id" ${direction} LIMIT ${limit}`
  const wanted = { selection, order, sides, size: page.limit + 1, ordered }
  const { search, rare } = selection
  if (order.by === 'RELEVANCE' && search !== null) return ranked(wanted, search)
  return rare ? lookedUp(wanted) : walked(wanted)
}

const ranked = (
  { selection: { others, searched }, sides, size, ordered }: Wanted,
  search: Search,
) => Prisma.sql`${planAnew}
  WITH ${rankedMedia(others, searched, search)}
  SELECT "id", "relevance" AS "key" FROM "ranked" WHERE ${sides} ${ordered(size)}`

const lookedUp = ({ selection, order, sides, size, ordered }: Wanted): Prisma.Sql => Prisma.sql`${planAnew}
  SELECT "id", ${order.key} AS "key" FROM "Media" WHERE ${selection.conditions} AND ${sides} ${ordered(size)}`

/**
 * What is common is found by walking the order, what is rare by looking it up. The planner guesses which it is as if
 * columns were independent, and walks every media where they are not: texts that are large, a semester's tag in the order
 * of upload. So a stretch is walked first; where it does not fill the page, all that match are looked up and sorted. What
 * is materialised is planned for as many rows as it says, read in its order, and no further than needed.
 */
const walked = ({ selection, order: { by, key }, sides, size, ordered }: Wanted): Prisma.Sql => {
  const { conditions, present, ranges, covered, looked } = selection
  const near = Prisma.sql`
    SELECT "id", "key" FROM (
      SELECT *, ${key} AS "key" FROM "Media" WHERE ${all([present, sides, ...(ranges[by] ?? [])])} ${ordered(stretch)}
    ) AS "walked" WHERE ${all(covered)}`
  return Prisma.sql`${planAnew}
    WITH "near" AS MATERIALIZED (
      ${
        looked.length === 0
          ? near
          : Prisma.sql`
            SELECT "id", "key" FROM (${near} ${ordered(lookups)}) AS "near" JOIN "Media" USING ("id")
            WHERE ${all(looked)}`
      } ${ordered(size)}
    ), "found" AS MATERIALIZED (
      SELECT "id", ${key} AS "key" FROM "Media"
      WHERE ${conditions} AND ${sides} ${ordered(many)}
    )
    (SELECT "id", "key" FROM "near" WHERE (SELECT count(*) FROM "near") = ${size})
    UNION ALL (SELECT "id", "key" FROM "found" WHERE (SELECT count(*) FROM "near") < ${size} LIMIT ${size})`
}

/** What tallies know is not counted anew: reading a million rows takes 100 ms and more. */
export const countSql = ({ conditions, tally }: Selection, { by }: Order): Prisma.Sql =>
  by === 'RELEVANCE'
    ? countAtMost(conditions)
    : (tally ?? Prisma.sql`${planAnew} SELECT count(*) FROM "Media" WHERE ${conditions}`)

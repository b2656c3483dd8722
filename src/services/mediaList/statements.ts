import { Prisma } from '../../../prisma/generated/client/client.ts'
import type { Page } from '../paging.ts'
import { planAnew } from '../planning.ts'
import type { Selection } from './filter.ts'
import type { Key, Order } from './order.ts'
import { countAtMost, rankedMedia } from './search.ts'

export interface Row {
  id: string
  key: Date | bigint | number | string
}

/** Rows on the wanted side of the cursors, one more than the page holds. */
export const pageSql = ({ conditions, search }: Selection, order: Order, page: Page<Key>): Prisma.Sql => {
  const ranks = order.by === 'RELEVANCE' && search !== null
  const [beyond, within] = order.direction === 'ASC' ? ['>', '<'] : ['<', '>']
  const side = (sign: string, [key, id]: Key) =>
    Prisma.sql`(${order.key}, "id") ${Prisma.raw(sign)} (${order.value(key)}, ${id}::uuid)`
  const wanted = [
    ...(ranks ? [] : [conditions]),
    ...(page.after ? [side(beyond, page.after)] : []),
    ...(page.before ? [side(within, page.before)] : []),
  ]
  const direction = Prisma.raw((order.direction === 'ASC') !== page.backward ? 'ASC' : 'DESC')
  return Prisma.sql`${planAnew}
    ${ranks ? Prisma.sql`WITH ${rankedMedia(conditions, search)}` : Prisma.empty}
    SELECT "id", ${order.key} AS "key" FROM ${ranks ? Prisma.sql`"ranked"` : Prisma.sql`"Media"`}
    ${wanted.length > 0 ? Prisma.sql`WHERE ${Prisma.join(wanted, ' AND ')}` : Prisma.empty}
    ORDER BY ${order.key} ${direction}, "id" ${direction} LIMIT ${page.limit + 1}`
}

export const countSql = ({ conditions }: Selection, { by }: Order): Prisma.Sql =>
  by === 'RELEVANCE'
    ? countAtMost(conditions)
    : Prisma.sql`${planAnew} SELECT count(*) FROM "Media" WHERE ${conditions}`

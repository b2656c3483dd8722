import { type Media, Prisma } from '../../prisma/generated/client/client.ts'
import type { Actor } from './actor.ts'
import { type MediaFilter, parseFilter, type Selection, select } from './mediaList/filter.ts'
import { type Key, type MediaOrder, type Order, parseOrder, textOf } from './mediaList/order.ts'
import { countAtMost, rankedMedia } from './mediaList/search.ts'
import { type Connection, connectionOf, type Page, type PageArguments, parsePage } from './paging.ts'
import { planAnew } from './planning.ts'
import type { Database } from './ports.ts'

export interface MediaListArguments extends PageArguments {
  filter?: MediaFilter | null
  order?: MediaOrder | null
}

export interface MediaList {
  list(actor: Actor, args: MediaListArguments, query: object): Promise<Connection<Media>>
}

interface Row {
  id: string
  key: Date | bigint | number | string
}

/** Rows on the wanted side of the cursors, one more than the page holds. */
const pageSql = ({ conditions, search }: Selection, order: Order, page: Page<Key>): Prisma.Sql => {
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

const countSql = ({ conditions }: Selection, { by }: Order): Prisma.Sql =>
  by === 'RELEVANCE'
    ? countAtMost(conditions)
    : Prisma.sql`${planAnew} SELECT count(*) FROM "Media" WHERE ${conditions}`

export const createMediaList = (database: Database): MediaList => ({
  async list(_actor, args, query) {
    const filter = parseFilter(args.filter)
    const order = parseOrder(args.order, Boolean(filter.search))
    const page = parsePage(args, order.cursor)
    const selection = await select(database, filter)
    const rows = await database.$queryRaw<Row[]>(pageSql(selection, order, page))
    // The keys decide the page; a row that vanishes before it is projected simply drops out.
    const found = await database.media.findMany({
      ...query,
      where: {
        id: { in: rows.map(({ id }) => id) },
        deletedAt: selection.trashed ? { not: null } : null,
      },
    })
    const byId = new Map(found.map((media) => [media.id, media]))
    const count = async (): Promise<number> => {
      const [counted] = await database.$queryRaw<[{ count: bigint }]>(countSql(selection, order))
      return Number(counted.count)
    }
    const connection = connectionOf(page, rows, ({ key, id }) => order.cursor.encode([textOf(key), id]), count)
    const edges = connection.edges.flatMap(({ cursor, node }) => {
      const media = byId.get(node.id)
      return media === undefined ? [] : [{ cursor, node: media }]
    })
    return { ...connection, edges }
  },
})

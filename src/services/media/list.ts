import type { Media } from '../../../prisma/generated/client/client.ts'
import type { Actor } from '../kernel/actor.ts'
import { type Connection, connectionOf, type PageArguments, parsePage } from '../kernel/paging.ts'
import type { Database } from '../kernel/ports.ts'
import { type MediaFilter, parseFilter, resolveFilter } from './filter.ts'
import { type MediaOrder, parseOrder, sortKeyText } from './order.ts'
import { countSql, type PageRow, pageSql } from './pageSql.ts'

export interface MediaListArguments extends PageArguments {
  filter?: MediaFilter | null
  order?: MediaOrder | null
}

export interface MediaList {
  list(actor: Actor, args: MediaListArguments, query: object): Promise<Connection<Media>>
}

export const createMediaList = (database: Database): MediaList => ({
  async list(_actor, args, query) {
    const filter = parseFilter(args.filter)
    const order = parseOrder(args.order, Boolean(filter.search))
    const page = parsePage(args, order.cursor)
    const selection = await resolveFilter(database, filter)
    const rows = await database.$queryRaw<PageRow[]>(pageSql(selection, order, page))
    // The keys decide the page; a row that vanishes before it is projected simply drops out.
    const mediaRows = await database.media.findMany({
      ...query,
      where: {
        id: { in: rows.map(({ id }) => id) },
        deletedAt: selection.trashed ? { not: null } : null,
      },
    })
    const byId = new Map(mediaRows.map((media) => [media.id, media]))
    const count = async (): Promise<number> => {
      const [row] = await database.$queryRaw<[{ count: bigint }]>(countSql(selection, order))
      return Number(row.count)
    }
    const connection = connectionOf(page, rows, ({ key, id }) => order.cursor.encode([sortKeyText(key), id]), count)
    const edges = connection.edges.flatMap(({ cursor, node }) => {
      const media = byId.get(node.id)
      return media === undefined ? [] : [{ cursor, node: media }]
    })
    return { ...connection, edges }
  },
})

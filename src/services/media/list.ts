import type { Media } from '../../../prisma/generated/client/client.ts'
import type { Actor } from '../kernel/actor.ts'
import { alsoSelect } from '../kernel/alsoSelect.ts'
import { type Connection, connectionOf, type PageArguments, parsePage, withRows } from '../kernel/paging.ts'
import type { Database } from '../kernel/ports.ts'
import { countMedia } from './count.ts'
import { type MediaFilter, parseCallersFilter, resolveFilter } from './filter.ts'
import { libraryPage } from './libraryPage.ts'
import { type MediaOrder, parseOrder } from './order.ts'
import { type PageRow, pageSql } from './pageSql.ts'
import { sortKeyText } from './sortKeys.ts'

interface MediaListArguments extends PageArguments {
  filter?: MediaFilter | null
  order?: MediaOrder | null
}

export interface MediaList {
  list(actor: Actor, args: MediaListArguments, query: object): Promise<Connection<Media>>
}

export const createMediaList = (database: Database): MediaList => ({
  async list(actor, args, query) {
    const filter = parseCallersFilter(actor, args.filter)
    const order = parseOrder(args.order, Boolean(filter.search))
    const page = parsePage(args, order.cursor)
    const isRanked = order.by === 'RELEVANCE'
    const resolvedFilter = await resolveFilter(database, filter, isRanked)
    const resolveForCount = () =>
      isRanked ? resolveFilter(database, filter, false, {}, resolvedFilter.plan.search) : resolvedFilter
    const count = async () => countMedia(database, await resolveForCount())
    const whole = libraryPage(filter, order, page)
    if (whole !== null) {
      const mediaRows = await database.media.findMany({ ...alsoSelect(query, whole.columns), ...whole.args })
      return connectionOf(page, mediaRows, (media) => order.cursor.encode([whole.keyOf(media), media.id]), count)
    }
    const rows = await database.$queryRaw<PageRow[]>(pageSql(resolvedFilter, order, page))
    // The keys decide the page; a row that is deleted before the second statement is left out of it.
    const mediaRows = await database.media.findMany({
      ...query,
      where: {
        id: { in: rows.map(({ id }) => id) },
        deletedAt: filter.trashed ? { not: null } : null,
      },
    })
    const connection = connectionOf(page, rows, ({ key, id }) => order.cursor.encode([sortKeyText(key), id]), count)
    return withRows(connection, mediaRows)
  },
})

import { z } from 'zod'
import { type Event, Prisma } from '../../../prisma/generated/client/client.ts'
import type { Actor } from '../kernel/actor.ts'
import { keyset, keysetSql } from '../kernel/keyset.ts'
import { type Connection, connectionOf, createCursorCodec, type PageArguments, parsePage } from '../kernel/paging.ts'
import { enforce, mayReadHistory } from '../kernel/policies.ts'
import type { Database } from '../kernel/ports.ts'
import { timestampText } from '../kernel/scalars.ts'

interface NestedPage {
  orderBy: Record<string, 'asc' | 'desc'>[]
  take: number
}

export interface History {
  /** Returns the log rows of each media, newest first, with one statement for all media. */
  listByMedia(actor: Actor, mediaIds: readonly string[], args: PageArguments): Promise<Connection<Event>[]>
  /**
   * Returns how the statement that loads a media loads its newest or oldest log rows as well. Null for other pages and for
   * callers who may not read them: `listByMedia` reads or refuses those.
   */
  nestedPage(actor: Actor, args: PageArguments): NestedPage | null
  /** Shapes rows that were loaded by such a page. */
  connection(args: PageArguments, rows: Event[], totalCount: () => Promise<number>): Connection<Event>
  /** Returns the number of log rows of each media, counted by one statement. */
  counts(mediaIds: readonly string[]): Promise<number[]>
}

const cursor = createCursorCodec('events:AT', z.tuple([timestampText, z.uuid()]))

const encodeCursor = (event: Event): string => cursor.encode([event.at.toISOString(), event.id])

const isPage = ({ first, last }: PageArguments): boolean => {
  try {
    parsePage({ first, last }, cursor)
    return true
  } catch {
    return false // refused where the list is resolved
  }
}

export const createHistory = ({ database }: { database: Database }): History => {
  const countByMedia = async (mediaIds: readonly string[]): Promise<Map<string | null, number>> => {
    const counts = await database.event.groupBy({
      by: 'mediaId',
      where: { mediaId: { in: [...mediaIds] } },
      _count: true,
    })
    return new Map(counts.map(({ mediaId, _count }) => [mediaId, _count]))
  }

  return {
    nestedPage(actor, args) {
      if (mayReadHistory(actor) !== null || args.after != null || args.before != null || !isPage(args)) return null
      const { orderBy, take } = keyset(parsePage(args, cursor), 'desc', 'at', 'id')
      return { orderBy, take }
    },

    connection: (args, rows, totalCount) => connectionOf(parsePage(args, cursor), rows, encodeCursor, totalCount),

    async counts(mediaIds) {
      const counts = await countByMedia(mediaIds)
      return mediaIds.map((mediaId) => counts.get(mediaId) ?? 0)
    },

    async listByMedia(actor, mediaIds, args) {
      enforce(mayReadHistory(actor))
      const page = parsePage(args, cursor)
      const { bounds, orderAndLimit } = keysetSql(page, 'desc', { '"at"': 'timestamptz', '"id"': 'uuid' })
      const conditions = [Prisma.sql`"Event"."mediaId" = media."mediaId"`, ...bounds]
      const rows = await database.$queryRaw<Event[]>`
      SELECT event.* FROM unnest(${mediaIds}::uuid[]) AS media("mediaId") CROSS JOIN LATERAL (
        SELECT * FROM public."Event" WHERE ${Prisma.join(conditions, ' AND ')} ${orderAndLimit}
      ) AS event`
      const groups = Map.groupBy(rows, ({ mediaId }) => mediaId)
      // Either all lists ask for their count or none does: one statement counts for all of them.
      let countsPromise: Promise<Map<string | null, number>> | null = null
      const readCounts = () => {
        countsPromise ??= countByMedia(mediaIds)
        return countsPromise
      }
      return mediaIds.map((mediaId) =>
        connectionOf(page, groups.get(mediaId) ?? [], encodeCursor, async () => (await readCounts()).get(mediaId) ?? 0),
      )
    },
  }
}

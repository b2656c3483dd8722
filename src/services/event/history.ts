import { z } from 'zod'
import { type Event, Prisma } from '../../../prisma/generated/client/client.ts'
import type { Actor } from '../kernel/actor.ts'
import { keysetSql } from '../kernel/keyset.ts'
import { type Connection, connectionOf, createCursorCodec, type PageArguments, parsePage } from '../kernel/paging.ts'
import { enforce, mayReadHistory } from '../kernel/policies.ts'
import type { Database } from '../kernel/ports.ts'
import { timestampText } from '../kernel/scalars.ts'

export interface History {
  /** Returns the log rows of each media, newest first, with one statement for all media. */
  listByMedia(actor: Actor, mediaIds: readonly string[], args: PageArguments): Promise<Connection<Event>[]>
}

const cursor = createCursorCodec('events:AT', z.tuple([timestampText, z.uuid()]))

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
        connectionOf(
          page,
          groups.get(mediaId) ?? [],
          (event) => cursor.encode([event.at.toISOString(), event.id]),
          async () => (await readCounts()).get(mediaId) ?? 0,
        ),
      )
    },
  }
}

import { z } from 'zod'
import { type Event, Prisma } from '../../../prisma/generated/client/client.ts'
import type { Actor } from '../kernel/actor.ts'
import { type Connection, connectionOf, createCursorCodec, type PageArguments, parsePage } from '../kernel/paging.ts'
import { enforce, mayReadHistory } from '../kernel/policies.ts'
import type { Database } from '../kernel/ports.ts'
import { timestampText } from '../kernel/scalars.ts'

export interface History {
  /** What happened to each media, newest first: one statement for all of them. */
  ofMedia(actor: Actor, mediaIds: readonly string[], args: PageArguments): Promise<Connection<Event>[]>
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
    async ofMedia(actor, mediaIds, args) {
      enforce(mayReadHistory(actor))
      const page = parsePage(args, cursor)
      const after = page.after
        ? Prisma.sql`AND ("at", "id") < (${page.after[0]}::timestamptz, ${page.after[1]}::uuid)`
        : Prisma.empty
      const before = page.before
        ? Prisma.sql`AND ("at", "id") > (${page.before[0]}::timestamptz, ${page.before[1]}::uuid)`
        : Prisma.empty
      const order = page.backward ? Prisma.sql`"at" ASC, "id" ASC` : Prisma.sql`"at" DESC, "id" DESC`
      const rows = await database.$queryRaw<Event[]>`
      SELECT event.* FROM unnest(${mediaIds}::uuid[]) AS media("mediaId") CROSS JOIN LATERAL (
        SELECT * FROM "Event" WHERE "Event"."mediaId" = media."mediaId" ${after} ${before}
        ORDER BY ${order} LIMIT ${page.limit + 1}
      ) AS event`
      const groups = Map.groupBy(rows, ({ mediaId }) => mediaId)
      // Asked for by none of the lists, or by all: one statement for all of them.
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

import { v7 as uuid } from 'uuid'
import { type MediaUsage, Prisma } from '../../../prisma/generated/client/client.ts'
import { eventInsert, eventInsertForCalls, lostLease, recordAll } from '../event/record.ts'
import { type Actor, actorId } from '../kernel/actor.ts'
import type { Transaction } from '../kernel/ports.ts'
import { useCountsUpdate } from '../media/useCounts.ts'

/** Link to be made, and the call that asked for it. */
export interface NewLink {
  mediaId: string
  resourceId: string
  actor: Actor
}

/** Statement that makes links, counts them and logs them by `insertEvents`, from rows with the columns of a log row. */
const linksInsert = (links: readonly NewLink[], insertEvents: (source: Prisma.Sql) => Prisma.Sql, now: Date) => {
  const rows = links.map(({ actor, ...link }) => {
    return { ...link, usageId: uuid(), eventId: uuid(), actorId: actorId(actor), requestId: actor.requestId }
  })
  const newLinks = Prisma.sql`SELECT "mediaId" AS "id", count(*)::int AS "links" FROM created GROUP BY "mediaId"`
  const entries = Prisma.sql`(
    SELECT "eventId" AS "id", wanted."mediaId" AS "nodeId", wanted."mediaId", wanted."actorId", wanted."requestId",
      jsonb_build_object('resourceId', created."resourceId", 'usageId', created."id") AS "data"
    FROM created JOIN wanted ON wanted."usageId" = created."id" ORDER BY "eventId"
  ) AS entry`
  return Prisma.sql`
    WITH wanted AS (
      SELECT * FROM jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) AS row("mediaId" uuid, "resourceId" uuid,
        "usageId" uuid, "eventId" uuid, "actorId" uuid, "requestId" text)
    ), created AS (
      INSERT INTO "MediaUsage" ("id", "mediaId", "resourceId", "linkedAt", "linkedById")
      SELECT "usageId", "mediaId", "resourceId", ${now}::timestamptz, "actorId" FROM wanted
      ON CONFLICT DO NOTHING RETURNING *
    ), counted AS (${useCountsUpdate(newLinks, now)}
    ), logged AS (${insertEvents(entries)} RETURNING 1)
    SELECT created.*, (SELECT count(*)::int FROM logged) AS "loggedCount" FROM created`
}

/**
 * Links media to a resource; existing links stay unchanged. Resolves to the new ones. The caller at least shares the tree
 * lock `resources`, holds the row locks of these media, acquired after it, and has checked that none is in the trash.
 * One statement, which counts the links that existed when it began: the locks have to be acquired by an earlier one.
 */
export const linkAll = async (
  transaction: Transaction,
  actor: Actor,
  { resourceId, mediaIds }: { resourceId: string; mediaIds: readonly string[] },
  now: Date,
): Promise<MediaUsage[]> => {
  const links = [...new Set(mediaIds)].map((mediaId) => ({ mediaId, resourceId, actor }))
  const insertEvents = (entries: Prisma.Sql) => eventInsert(actor, 'media.linked', entries)
  const createdUsages = await transaction.$queryRaw<(MediaUsage & { loggedCount: number })[]>(
    linksInsert(links, insertEvents, now),
  )
  if (createdUsages.some(({ loggedCount }) => loggedCount === 0)) throw lostLease()
  return createdUsages
}

/** Makes the links of several calls without idempotency keys, like `linkAll`. */
export const linkForCalls = (transaction: Transaction, links: readonly NewLink[], now: Date): Promise<MediaUsage[]> =>
  transaction.$queryRaw<MediaUsage[]>(
    linksInsert(links, (entries) => eventInsertForCalls('media.linked', entries), now),
  )

/** Deletes the link between a resource and a media, if there is one, like `unlinkAll`, by one statement. */
export const unlink = async (
  transaction: Transaction,
  actor: Actor,
  { resourceId, mediaId }: { resourceId: string; mediaId: string },
  now: Date,
): Promise<void> => {
  const lostLinks = Prisma.sql`SELECT "mediaId" AS "id", -1 AS "links" FROM deleted`
  const entry = Prisma.sql`(
    SELECT ${uuid()}::uuid AS "id", "mediaId" AS "nodeId", "mediaId",
      jsonb_build_object('resourceId', "resourceId") AS "data"
    FROM deleted
  ) AS entry`
  const [deletedUsage] = await transaction.$queryRaw<{ loggedCount: number }[]>`
    WITH deleted AS (
      DELETE FROM "MediaUsage" WHERE "resourceId" = ${resourceId}::uuid AND "mediaId" = ${mediaId}::uuid
      RETURNING "mediaId", "resourceId"
    ), counted AS (${useCountsUpdate(lostLinks, now)}
    ), logged AS (${eventInsert(actor, 'media.unlinked', entry)} RETURNING 1)
    SELECT (SELECT count(*)::int FROM logged) AS "loggedCount" FROM deleted`
  if (deletedUsage?.loggedCount === 0) throw lostLease()
}

/** Deletes the existing links between these resources and media. The caller holds the row locks of these media. */
export const unlinkAll = async (
  transaction: Transaction,
  actor: Actor,
  { resourceIds, mediaIds }: { resourceIds: readonly string[]; mediaIds: readonly string[] },
  now: Date,
): Promise<void> => {
  const lostLinks = Prisma.sql`SELECT "mediaId" AS "id", -count(*)::int AS "links" FROM deleted GROUP BY "mediaId"`
  const deletedUsages = await transaction.$queryRaw<{ mediaId: string; resourceId: string }[]>`
    WITH deleted AS (
      DELETE FROM "MediaUsage"
      WHERE "resourceId" = ANY(${[...resourceIds]}::uuid[]) AND "mediaId" = ANY(${[...mediaIds]}::uuid[])
      RETURNING "mediaId", "resourceId"
    ), counted AS (${useCountsUpdate(lostLinks, now)})
    SELECT "mediaId", "resourceId" FROM deleted`
  if (deletedUsages.length === 0) return
  const entries = deletedUsages.map(({ mediaId: id, resourceId }) => ({ id, data: { resourceId } }))
  await recordAll(transaction, actor, 'media.unlinked', entries)
}

import { Prisma } from '../../../prisma/generated/client/client.ts'
import type { MediaKind, RenditionStatus } from '../../../prisma/generated/client/enums.ts'
import type { Database, Transaction } from '../kernel/ports.ts'

/** Renditions with one of the statuses, of media of the given kinds; null means of any kind. */
export const renditionsSql = (
  statuses: readonly RenditionStatus[],
  kinds: readonly MediaKind[] | null,
): Prisma.Sql => Prisma.sql`"Rendition"
  WHERE "status" = ANY(${statuses}::"RenditionStatus"[])
  ${kinds === null ? Prisma.empty : Prisma.sql`AND "kind" = ANY(${kinds}::"MediaKind"[])`}`

/** Kinds of the media that the tallies count for the conditions: media of other kinds do not match them. */
export const readTalliedKinds = async (
  database: Database | Transaction,
  conditions: Prisma.Sql,
): Promise<readonly MediaKind[]> => {
  const rows = await database.$queryRaw<{ kind: MediaKind }[]>`
    SELECT "kind" FROM "MediaTally" WHERE ${conditions} UNION SELECT "kind" FROM "MediaDelta" WHERE ${conditions}`
  return rows.map(({ kind }) => kind)
}

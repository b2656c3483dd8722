import type { Media } from '../../../prisma/generated/client/client.ts'
import type { Database } from '../kernel/ports.ts'

/** Limit for each media: people read this list, and merge some of the duplicates to see further ones. */
const maxDuplicates = 100

/** Finds the media outside the trash with the same bytes as each of these. Runs two statements, however many media. */
export const findDuplicates = async (
  database: Database,
  media: readonly { id: string; sha256: string }[],
): Promise<Media[][]> => {
  const hashes = [...new Set(media.map(({ sha256 }) => sha256))]
  // One more than the limit, because each media is among the copies of its own content.
  const copies = await database.$queryRaw<{ id: string }[]>`
    SELECT copy."id" FROM unnest(${hashes}::bpchar[]) AS content("sha256") CROSS JOIN LATERAL (
      SELECT "id" FROM "Media" WHERE "Media"."sha256" = content."sha256" AND "deletedAt" IS NULL
      ORDER BY "uploadedAt", "id" LIMIT ${maxDuplicates + 1}
    ) AS copy`
  const rows = await database.media.findMany({
    where: { id: { in: copies.map(({ id }) => id) }, deletedAt: null },
    orderBy: [{ uploadedAt: 'asc' }, { id: 'asc' }],
  })
  const groups = Map.groupBy(rows, ({ sha256 }) => sha256)
  return media.map(({ id, sha256 }) =>
    (groups.get(sha256) ?? []).filter((other) => other.id !== id).slice(0, maxDuplicates),
  )
}

import { Prisma } from '../../../prisma/generated/client/client.ts'

/** Table whose rows refer to a blob by `sha256` and repeat its size as `sizeBytes`. */
interface BlobReference {
  table: string
  /** Condition for the rows that belong to these media. */
  ofMedia(mediaIds: readonly string[]): Prisma.Sql
}

const ofVersionsOfMedia: BlobReference['ofMedia'] = (mediaIds) =>
  Prisma.sql`"versionId" IN (SELECT "id" FROM "MediaVersion" WHERE "mediaId" = ANY(${mediaIds}::uuid[]))`

/** All tables that refer to blobs. A test compares them with the foreign keys to "Blob". */
export const blobReferences: readonly BlobReference[] = [
  { table: 'MediaVersion', ofMedia: (mediaIds) => Prisma.sql`"mediaId" = ANY(${mediaIds}::uuid[])` },
  { table: 'Rendition', ofMedia: ofVersionsOfMedia },
  { table: 'Thumbnail', ofMedia: ofVersionsOfMedia },
]

const joinAll = (toSql: (reference: BlobReference) => Prisma.Sql, separator: string): Prisma.Sql =>
  Prisma.join(blobReferences.map(toSql), separator)

const quoted = (name: string): Prisma.Sql => Prisma.raw(`"${name}"`)

/** Condition in a statement on "Blob": no row refers to the blob. */
export const isUnreferenced = joinAll(
  ({ table }) => Prisma.sql`NOT EXISTS (SELECT 1 FROM ${quoted(table)} AS row WHERE row."sha256" = "Blob"."sha256")`,
  ' AND ',
)

/** Sum of the sizes of all references: a shared blob counts once per row. */
export const referencedBytes = joinAll(
  ({ table }) =>
    Prisma.sql`(SELECT coalesce(sum("sizeBytes"), 0)::bigint FROM ${quoted(table)} WHERE "sha256" IS NOT NULL)`,
  ' + ',
)

/** Parts of a statement that deletes all references of media: its WITH queries, and the query of the blobs' hashes. */
export const deleteReferences = (mediaIds: readonly string[]): { deletions: Prisma.Sql; hashes: Prisma.Sql } => ({
  deletions: joinAll(
    ({ table, ofMedia }) => Prisma.sql`
      ${quoted(`deleted${table}`)} AS (DELETE FROM ${quoted(table)} WHERE ${ofMedia(mediaIds)} RETURNING "sha256")`,
    ', ',
  ),
  hashes: joinAll(
    ({ table }) => Prisma.sql`SELECT "sha256" FROM ${quoted(`deleted${table}`)} WHERE "sha256" IS NOT NULL`,
    ' UNION ',
  ),
})

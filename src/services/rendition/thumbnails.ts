import type { Clock, Database, Transaction } from '../kernel/ports.ts'
import { referenceBlobs, releaseBlobs } from '../storage/blobs.ts'

/** Small pictures of one THUMBNAIL rendition, whose bytes are stored. */
interface ThumbnailSet {
  files: { width: number; sha256: string; sizeBytes: number }[]
  /** ThumbHash in Base64. */
  placeholder: string
}

interface PendingThumbnail {
  versionId: string
  /** Digest of the THUMBNAIL rendition. */
  sha256: string
}

/** Thumbnails in several widths. They are made from the THUMBNAIL rendition, so that no original is read again. */
export interface Thumbnails {
  /** Saves the thumbnails of a version; null notes that they cannot be made. False if the version was purged. */
  save(versionId: string, thumbnails: ThumbnailSet | null): Promise<boolean>
  /**
   * Notes that an attempt failed: the version is listed again after a delay that grows. Resolves to true if it was the
   * last attempt.
   */
  postpone(versionId: string): Promise<boolean>
  /** Lists versions whose THUMBNAIL rendition is READY and intact, but whose thumbnails are missing, newest first. */
  listPending(limit: number): Promise<PendingThumbnail[]>
  /** Marks thumbnails whose bytes are missing or damaged as pending. Resolves to the number of their versions. */
  requeueFaulty(): Promise<number>
}

/** Maximum number of versions that one run marks; the next run continues. */
const maxRequeued = 1000
/** Attempts within 5.7 hours: the delay is one minute, then four times the one before. */
const maxAttempts = 6

const writeFiles = async (
  transaction: Transaction,
  versionId: string,
  { files, placeholder }: ThumbnailSet,
  now: Date,
): Promise<void> => {
  const former = await transaction.$queryRaw<{ sha256: string }[]>`
    SELECT "sha256" FROM "Thumbnail" WHERE "versionId" = ${versionId}::uuid`
  const hashes = files.map(({ sha256 }) => sha256)
  await referenceBlobs(transaction, hashes)
  // Ids stay, so that URLs that were given out keep opening the picture.
  await transaction.$executeRaw`
    INSERT INTO "Thumbnail" ("id", "versionId", "width", "sha256", "sizeBytes")
    SELECT gen_random_uuid(), ${versionId}::uuid, file.*
    FROM unnest(${files.map(({ width }) => width)}::int[], ${hashes}::text[],
      ${files.map(({ sizeBytes }) => sizeBytes)}::bigint[]) AS file
    ON CONFLICT ("versionId", "width") DO UPDATE SET "sha256" = excluded."sha256", "sizeBytes" = excluded."sizeBytes"`
  await transaction.$executeRaw`
    UPDATE "MediaVersion" SET "placeholder" = ${placeholder} WHERE "id" = ${versionId}::uuid`
  const released = former.map(({ sha256 }) => sha256).filter((sha256) => !hashes.includes(sha256))
  if (released.length > 0) await releaseBlobs(transaction, released, now)
}

export const createThumbnails = ({ database, clock }: { database: Database; clock: Clock }): Thumbnails => ({
  save: (versionId, thumbnails) =>
    database.$transaction(async (transaction) => {
      // Before the rendition, as a purge locks them.
      const versions = await transaction.$queryRaw`
        SELECT 1 FROM "MediaVersion" WHERE "id" = ${versionId}::uuid FOR NO KEY UPDATE`
      if ((versions as unknown[]).length === 0) return false // as: rows
      if (thumbnails !== null) await writeFiles(transaction, versionId, thumbnails, clock.now())
      await transaction.$executeRaw`
        UPDATE "Rendition" SET "hasThumbnails" = true WHERE "versionId" = ${versionId}::uuid AND "profile" = 'THUMBNAIL'`
      return true
    }),

  async postpone(versionId) {
    const rows = await database.$queryRaw<{ isLast: boolean }[]>`
      UPDATE "Rendition" SET "thumbnailAttempts" = "thumbnailAttempts" + 1,
        "thumbnailsDueAt" = ${clock.now()}::timestamptz + interval '1 minute' * 4 ^ "thumbnailAttempts",
        "hasThumbnails" = "hasThumbnails" OR "thumbnailAttempts" + 1 >= ${maxAttempts}
      WHERE "versionId" = ${versionId}::uuid AND "profile" = 'THUMBNAIL' RETURNING "hasThumbnails" AS "isLast"`
    return rows.some(({ isLast }) => isLast)
  },

  // With constants, since the partial index is used for no parameters.
  listPending: (limit) => database.$queryRaw<PendingThumbnail[]>`
    SELECT "versionId"::text, "Rendition"."sha256" FROM "Rendition" JOIN "Blob" ON "Blob"."sha256" = "Rendition"."sha256"
    WHERE "profile" = 'THUMBNAIL' AND "status" = 'READY' AND NOT "hasThumbnails" AND "fault" IS NULL
      AND ("thumbnailsDueAt" IS NULL OR "thumbnailsDueAt" <= ${clock.now()})
    ORDER BY "id" DESC LIMIT ${limit}`,

  requeueFaulty: () => database.$executeRaw`
    UPDATE "Rendition" SET "hasThumbnails" = false, "thumbnailAttempts" = 0, "thumbnailsDueAt" = NULL WHERE "id" IN (
      SELECT "id" FROM "Rendition"
      WHERE "profile" = 'THUMBNAIL' AND "hasThumbnails" AND "versionId" IN (
        SELECT "versionId" FROM "Thumbnail" JOIN "Blob" ON "Blob"."sha256" = "Thumbnail"."sha256"
        WHERE "fault" IS NOT NULL
      )
      ORDER BY "id" LIMIT ${maxRequeued} FOR UPDATE SKIP LOCKED
    )`,
})

import type { MediaKind } from '../../../prisma/generated/client/enums.ts'
import type { Database } from '../ports.ts'

/** Sums over the whole library, as few statements find them; what the graph shows is cut from them without another one. */
export interface StorageTotals {
  computedAt: Date
  /** Of present media, by day of upload, kind, and so on: each list holds every one of them once. */
  byKind: Sum<MediaKind>[]
  /** Index of the bucket. */
  bySize: Sum<number>[]
  /** `2026-11-21`, in UTC. */
  byDay: Sum<string>[]
  /** Of those that nothing uses: for how many whole days. */
  unused: (Sum<number> & { neverUsed: boolean })[]
  trashedBytes: number
  storedBytes: number
  /** What all versions and renditions would take if each had bytes of its own, less what theirs take. */
  deduplicatedBytes: number
}

export interface Sum<Key> {
  key: Key
  files: number
  bytes: number
}

const kib = 1024
/** Where size buckets begin: 0, 100 KiB, then by tens up to 10 GiB. */
export const bucketStarts = [0, 100 * kib, 1024 * kib, 10 * kib ** 2, 100 * kib ** 2, kib ** 3, 10 * kib ** 3]

interface Row {
  kind: MediaKind | null
  bucket: number | null
  day: string | null
  unusedDays: number | null
  neverUsed: boolean | null
  grouping: number
  files: bigint
  bytes: bigint
}

const sum = <Key>(key: Key, { files, bytes }: Pick<Row, 'files' | 'bytes'>): Sum<Key> => ({
  key,
  files: Number(files),
  bytes: Number(bytes),
})

/** Reads every present media once: all groupings come from the same look at the table. */
const sumPresent = (database: Database, now: Date): Promise<Row[]> =>
  database.$queryRaw<Row[]>`
    SELECT "kind", bucket, day::text, "unusedDays", "neverUsed", count(*) AS files, sum("sizeBytes")::bigint AS bytes,
      grouping("kind", bucket, day, "unusedDays") AS "grouping"
    FROM (
      SELECT "kind", width_bucket("sizeBytes", ${bucketStarts.slice(1)}::bigint[]) AS bucket,
        ("uploadedAt" AT TIME ZONE 'UTC')::date AS day,
        floor(extract(epoch FROM ${now}::timestamptz - "unusedSince") / 86400)::int AS "unusedDays",
        "unusedSince" <= "uploadedAt" AS "neverUsed", "sizeBytes"
      FROM "Media" WHERE "deletedAt" IS NULL
    ) AS present
    GROUP BY GROUPING SETS (("kind"), (bucket), (day), ("unusedDays", "neverUsed"))`

/** The grouping that keeps a column has all other bits set: kind 8, bucket 4, day 2, unused days 1. */
const of = { kind: 7, bucket: 11, day: 13, unused: 14 }

export const computeTotals = async (database: Database, now: Date): Promise<StorageTotals> => {
  const [rows, [bytes]] = await Promise.all([
    sumPresent(database, now),
    database.$queryRaw<[{ trashed: bigint; stored: bigint; referred: bigint; needed: bigint }]>`
      SELECT (SELECT coalesce(sum("sizeBytes"), 0)::bigint FROM "Media" WHERE "deletedAt" IS NOT NULL) AS trashed,
        stored, referred,
        (SELECT coalesce(sum("sizeBytes"), 0)::bigint FROM "MediaVersion")
          + (SELECT coalesce(sum("sizeBytes"), 0)::bigint FROM "Rendition" WHERE "sha256" IS NOT NULL) AS needed
      FROM (
        SELECT coalesce(sum("sizeBytes"), 0)::bigint AS stored,
          coalesce(sum("sizeBytes") FILTER (WHERE "orphanedAt" IS NULL), 0)::bigint AS referred
        FROM "Blob"
      ) AS blobs`,
  ])
  const grouped = (grouping: number) => rows.filter((row) => row.grouping === grouping)
  return {
    computedAt: now,
    byKind: grouped(of.kind).flatMap((row) => (row.kind === null ? [] : [sum(row.kind, row)])),
    bySize: grouped(of.bucket).map((row) => sum(row.bucket ?? 0, row)),
    byDay: grouped(of.day).flatMap((row) => (row.day === null ? [] : [sum(row.day, row)])),
    unused: grouped(of.unused).flatMap((row) =>
      row.unusedDays === null ? [] : [{ ...sum(row.unusedDays, row), neverUsed: row.neverUsed ?? false }],
    ),
    trashedBytes: Number(bytes.trashed),
    storedBytes: Number(bytes.stored),
    deduplicatedBytes: Math.max(0, Number(bytes.needed - bytes.referred)),
  }
}

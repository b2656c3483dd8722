import type { MediaKind } from '../../../prisma/generated/client/enums.ts'
import type { Database } from '../kernel/ports.ts'

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

interface CountRow {
  files: bigint
  bytes: bigint
}

type UploadedRow = CountRow & { kind: MediaKind; bucket: number; day: string }
type UnusedRow = CountRow & { days: number; neverUsed: boolean }

/** Adds up the rows that share a key. */
const sumBy = <Row extends CountRow, Key>(rows: readonly Row[], keyOf: (row: Row) => Key): Sum<Key>[] => {
  const sums = new Map<Key, Sum<Key>>()
  for (const row of rows) {
    const key = keyOf(row)
    const sum = sums.get(key) ?? { key, files: 0, bytes: 0 }
    sums.set(key, { key, files: sum.files + Number(row.files), bytes: sum.bytes + Number(row.bytes) })
  }
  return [...sums.values()]
}

const sumUploaded = (database: Database): Promise<UploadedRow[]> =>
  database.$queryRaw<UploadedRow[]>`
    SELECT "kind", width_bucket("sizeBytes", ${bucketStarts.slice(1)}::bigint[]) AS bucket,
      ("uploadedAt" AT TIME ZONE 'UTC')::date::text AS day, count(*) AS files, sum("sizeBytes")::bigint AS bytes
    FROM "Media" WHERE "deletedAt" IS NULL
    GROUP BY "kind", 2, ("uploadedAt" AT TIME ZONE 'UTC')::date`

const sumUnused = (database: Database, now: Date): Promise<UnusedRow[]> =>
  database.$queryRaw<UnusedRow[]>`
    SELECT floor(extract(epoch FROM ${now}::timestamptz - "unusedSince")::float8 / 86400)::int AS days,
      "unusedSince" <= "uploadedAt" AS "neverUsed", count(*) AS files, sum("sizeBytes")::bigint AS bytes
    FROM "Media" WHERE "deletedAt" IS NULL AND "unusedSince" IS NOT NULL GROUP BY 1, 2`

export const computeTotals = async (database: Database, now: Date): Promise<StorageTotals> => {
  const [uploadedRows, unused, [bytes]] = await Promise.all([
    sumUploaded(database),
    sumUnused(database, now),
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
  return {
    computedAt: now,
    byKind: sumBy(uploadedRows, ({ kind }) => kind),
    bySize: sumBy(uploadedRows, ({ bucket }) => bucket),
    byDay: sumBy(uploadedRows, ({ day }) => day),
    unused: unused.map(({ days, neverUsed, files, bytes }) => ({
      key: days,
      neverUsed,
      files: Number(files),
      bytes: Number(bytes),
    })),
    trashedBytes: Number(bytes.trashed),
    storedBytes: Number(bytes.stored),
    deduplicatedBytes: Math.max(0, Number(bytes.needed - bytes.referred)),
  }
}

import type { MediaKind } from '../../../prisma/generated/client/enums.ts'
import type { Transaction } from '../kernel/ports.ts'
import { referencedBytes } from '../storage/blobReferences.ts'

/** Sums over the whole library, read with three statements; all fields of the API are computed from them. */
export interface StorageTotals {
  computedAt: Date
  /** Sums over media outside the trash; each list (by kind, size or day of upload) counts every media once. */
  byKind: Sum<MediaKind>[]
  /** By the index of the size bucket. */
  bySize: Sum<number>[]
  /** By the day of upload in UTC, such as `2026-11-21`. */
  byDay: Sum<string>[]
  /** Unused media, by the number of whole days without use. */
  unused: (Sum<number> & { neverUsed: boolean })[]
  trashedBytes: number
  storedBytes: number
  /** Bytes saved by sharing: the sizes of all versions and renditions, minus those of the blobs that they refer to. */
  deduplicatedBytes: number
}

export interface Sum<Key> {
  key: Key
  files: number
  bytes: number
}

const kib = 1024
/** Lower bounds of the size buckets in bytes: 0, 100 KiB, 1 MiB, then by factors of about ten up to 10 GiB. */
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

const sumUploaded = (transaction: Transaction): Promise<UploadedRow[]> =>
  transaction.$queryRaw<UploadedRow[]>`
    SELECT "kind", width_bucket("sizeBytes", ${bucketStarts.slice(1)}::bigint[]) AS bucket,
      ("uploadedAt" AT TIME ZONE 'UTC')::date::text AS day, count(*) AS files, sum("sizeBytes")::bigint AS bytes
    FROM "Media" WHERE "deletedAt" IS NULL
    GROUP BY "kind", 2, ("uploadedAt" AT TIME ZONE 'UTC')::date`

const sumUnused = (transaction: Transaction, now: Date): Promise<UnusedRow[]> =>
  transaction.$queryRaw<UnusedRow[]>`
    SELECT floor(extract(epoch FROM ${now}::timestamptz - "unusedSince")::float8 / 86400)::int AS days,
      "unusedSince" <= "uploadedAt" AS "neverUsed", count(*) AS files, sum("sizeBytes")::bigint AS bytes
    FROM "Media" WHERE "deletedAt" IS NULL AND "unusedSince" IS NOT NULL GROUP BY 1, 2`

export const computeTotals = async (transaction: Transaction, now: Date): Promise<StorageTotals> => {
  const uploadedRows = await sumUploaded(transaction)
  const unused = await sumUnused(transaction, now)
  const [bytes] = await transaction.$queryRaw<[{ trashed: bigint; stored: bigint; referred: bigint; needed: bigint }]>`
    SELECT (SELECT coalesce(sum("sizeBytes"), 0)::bigint FROM "Media" WHERE "deletedAt" IS NOT NULL) AS trashed,
      stored, referred,
      ${referencedBytes} AS needed
    FROM (
      SELECT coalesce(sum("sizeBytes"), 0)::bigint AS stored,
        coalesce(sum("sizeBytes") FILTER (WHERE "orphanedAt" IS NULL), 0)::bigint AS referred
      FROM "Blob"
    ) AS blobs`
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

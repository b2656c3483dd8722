import { randomUUID } from 'node:crypto'
import { createBatches } from '../kernel/batching.ts'
import { RateLimitedError } from '../kernel/errors.ts'
import type { Database } from '../kernel/ports.ts'

/**
 * The right of one process to write to an upload. Taking it raises the fence in the upload's row, and every write names
 * the fence: a process that was frozen beyond its lease changes nothing more.
 */
export interface UploadLease {
  uploadId: string
  fence: number
  fileNumber: number
  /**
   * True if the last holder did not release the lease: it may still write to the file, so copy the file first. Not once
   * the digest is stored, since all bytes were written before.
   */
  hasStaleWriter: boolean
}

type LeaseState = 'held' | 'contended' | 'lost'

export interface UploadLeases {
  /** Null while another process holds the lease, which is then told that someone waits. */
  take(uploadId: string): Promise<UploadLease | null>
  /** Extends the lease. `lost` if another process has taken it or the upload has ended. */
  renew(lease: UploadLease): Promise<LeaseState>
  /** Makes file number `fence`, a copy that only this process knows, the file of the upload. */
  adoptCopy(lease: UploadLease): Promise<void>
  /** Called once the holder writes no more. */
  release(lease: UploadLease): Promise<void>
}

/** How long a holder that no longer renews its lease keeps it. */
const leaseMs = 5000

/** Interval at which a holder renews its lease and learns that another process waits. */
export const leaseRenewalIntervalMs = 1000

export const uploadLockedError = (): RateLimitedError =>
  new RateLimitedError('Another request is writing to this upload. Try again.', 1)

/** Leases of one process, by the database's clock. */
export const createUploadLeases = ({ database }: { database: Database }): UploadLeases => {
  const holderId = randomUUID()

  const renewOne = async ({ uploadId, fence }: UploadLease): Promise<LeaseState> => {
    const [row] = await database.$queryRaw<{ isContended: boolean }[]>`
        UPDATE "Upload" SET "heldUntil" = clock_timestamp() + ${leaseMs} * interval '1 ms'
        WHERE "id" = ${uploadId}::uuid AND "fence" = ${fence} AND "status" IN ('WAITING', 'RECEIVING')
        RETURNING "isContended"`
    if (row === undefined) return 'lost'
    return row.isContended ? 'contended' : 'held'
  }

  /** Never waits for a row: one upload that is locked must not let the leases of the others expire. */
  const renewUnlocked = async (leases: UploadLease[]): Promise<Map<string, LeaseState>> => {
    const rows = await database.$queryRaw<{ id: string; fence: number; isContended: boolean }[]>`
      WITH free AS (
        SELECT u."id" FROM "Upload" u
          JOIN unnest(${leases.map(({ uploadId }) => uploadId)}::uuid[], ${leases.map(({ fence }) => fence)}::int[])
            AS lease("id", "fence") ON lease."id" = u."id" AND lease."fence" = u."fence"
        WHERE u."status" IN ('WAITING', 'RECEIVING')
        FOR NO KEY UPDATE OF u SKIP LOCKED
      )
      UPDATE "Upload" u SET "heldUntil" = clock_timestamp() + ${leaseMs} * interval '1 ms'
      FROM free WHERE u."id" = free."id"
      RETURNING u."id", u."fence", u."isContended"`
    return new Map(rows.map(({ id, fence, isContended }) => [`${id} ${fence}`, isContended ? 'contended' : 'held']))
  }

  const renewAll = createBatches(async (leases: UploadLease[]): Promise<(LeaseState | undefined)[]> => {
    const states = await renewUnlocked(leases)
    return leases.map(({ uploadId, fence }) => states.get(`${uploadId} ${fence}`))
  })

  return {
    async take(uploadId) {
      // The fence stays if this process was the last holder: what it remembers about the file is still true.
      const [lease] = await database.$queryRaw<Omit<UploadLease, 'uploadId'>[]>`
        UPDATE "Upload" SET
          "fence" = "fence" + CASE WHEN "holderId" = ${holderId}::uuid THEN 0 ELSE 1 END,
          "hasStaleWriter" = "hasStaleWriter" OR ("heldUntil" IS NOT NULL AND "holderId" <> ${holderId}::uuid),
          "holderId" = ${holderId}::uuid,
          "heldUntil" = clock_timestamp() + ${leaseMs} * interval '1 ms',
          "isContended" = false
        WHERE "id" = ${uploadId}::uuid
          AND ("heldUntil" IS NULL OR "heldUntil" <= clock_timestamp() OR "holderId" = ${holderId}::uuid)
        RETURNING "fence", "fileNumber", "hasStaleWriter" AND "sha256" IS NULL AS "hasStaleWriter"`
      if (lease !== undefined) return { uploadId, ...lease }
      await database.upload.updateMany({
        where: { id: uploadId, isContended: false, heldUntil: { not: null } },
        data: { isContended: true },
      })
      return null
    },

    // Without a state it is lost or its row is locked: a statement of its own, which may wait, tells which.
    renew: async (lease) => (await renewAll(lease)) ?? renewOne(lease),

    async adoptCopy({ uploadId: id, fence }) {
      const { count } = await database.upload.updateMany({
        where: { id, fence },
        data: { fileNumber: fence, hasStaleWriter: false },
      })
      if (count === 0) throw uploadLockedError()
    },

    async release({ uploadId: id, fence }) {
      await database.upload.updateMany({ where: { id, fence }, data: { heldUntil: null } })
    },
  }
}

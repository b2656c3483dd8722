import type { Clock, Database, Logger, ReceivedFile, Storage, Transaction } from '../kernel/ports.ts'
import { isUnreferenced } from './blobReferences.ts'

/** Returns the storage key: bytes are addressed by their content, and shared by all versions and renditions with it. */
export const blobKey = (sha256: string): string => `blobs/${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${sha256}`

/** Time that unreferenced bytes are kept: longer than it takes to store them and then to refer to them. */
const gracePeriodMs = 60 * 60 * 1000

/**
 * Bytes are neither lost nor leaked, because a blob's row is inserted before its bytes and deleted after them:
 * 1. `store` inserts the row with `orphanedAt = now`, then stores the bytes.
 * 2. The transaction that refers to the blob clears `orphanedAt`. Removing the last reference sets it again.
 * 3. An hour later `collectGarbage` removes bytes and row.
 *
 * The row lock is the lock per content: a caller that stores bytes while they are being removed waits for the removal,
 * then stores them again. A delete request that timed out may still be applied later, so `store` also waits
 * `maxRemovalDelayMs` before it writes such bytes again.
 */
export interface Blobs {
  /** Takes over a finished local file. The caller has an hour to refer to its bytes. */
  store(file: ReceivedFile): Promise<void>
  /** Removes blobs unreferenced for an hour, until `signal` aborts. Resolves to their number; keeps those that fail. */
  collectGarbage(signal?: AbortSignal): Promise<number>
}

interface BlobsOptions {
  database: Database
  storage: Storage
  clock: Clock
  log: Logger
  /** Interval of renewing `orphanedAt` while bytes are stored: a network may take longer than the grace period. */
  renewIntervalMs?: number
}

/** Marks a blob as referenced. Call it in the transaction that refers to the blob. */
export const referenceBlob = async (transaction: Transaction, { sha256 }: { sha256: string }): Promise<void> => {
  const { count } = await transaction.blob.updateMany({ where: { sha256 }, data: { orphanedAt: null } })
  if (count === 0) throw new Error(`Blob ${sha256} is not stored.`)
}

/** Marks blobs without references as orphaned. Call it in the transaction that has removed references. */
export const releaseBlobs = async (transaction: Transaction, sha256s: readonly string[], now: Date): Promise<void> => {
  // Locked in one order, since two purges may share several blobs. References are checked after the locks are held.
  await transaction.$queryRaw`
    SELECT 1 FROM "Blob" WHERE "sha256" = ANY(${[...new Set(sha256s)]}::bpchar[]) ORDER BY "sha256" FOR UPDATE`
  await transaction.$executeRaw`
    UPDATE "Blob" SET "orphanedAt" = ${now}
    WHERE "sha256" = ANY(${[...new Set(sha256s)]}::bpchar[]) AND ${isUnreferenced}`
}

/** Failure to delete one blob. Does not stop the run; database errors do. */
class RemovalError extends Error {}

export const createBlobs = ({
  database,
  storage,
  clock,
  log,
  renewIntervalMs = gracePeriodMs / 6,
}: BlobsOptions): Blobs => {
  const computeCutoff = () => new Date(clock.now().getTime() - gracePeriodMs)

  /** Checks again under the row lock: the bytes may have been stored or referred to since the search. */
  const deleteUnreferenced = (sha256: string): Promise<number> =>
    database.$transaction(async (transaction) => {
      const [blob] = await transaction.$queryRaw<{ orphanedAt: Date | null }[]>`
        SELECT "orphanedAt" FROM "Blob" WHERE "sha256" = ${sha256} FOR UPDATE`
      if (blob === undefined || blob.orphanedAt === null || blob.orphanedAt > computeCutoff()) return 0
      const deletedCount = await transaction.$executeRaw`
        DELETE FROM "Blob" WHERE "sha256" = ${sha256} AND ${isUnreferenced}`
      if (deletedCount === 0) {
        await referenceBlob(transaction, { sha256 })
        return 0
      }
      // Before the commit: a crash in between leaves a row without bytes (removed by the next run), never the opposite.
      await storage.remove(blobKey(sha256)).catch((cause: unknown) => {
        throw new RemovalError(`Failed to remove the bytes of blob ${sha256}.`, { cause })
      })
      return 1
    })

  /** Sets `orphanedAt = now`, unless the blob is referenced. Resolves to true if a removal may have begun before. */
  const markOrphaned = ({ sha256, sizeBytes }: ReceivedFile): Promise<boolean> =>
    database.$transaction(async (transaction) => {
      const [existing] = await transaction.$queryRaw<{ orphanedAt: Date | null }[]>`
        SELECT "orphanedAt" FROM "Blob" WHERE "sha256" = ${sha256} FOR UPDATE`
      await transaction.$executeRaw`
        INSERT INTO "Blob" ("sha256", "sizeBytes", "orphanedAt") VALUES (${sha256}, ${sizeBytes}, ${clock.now()})
        ON CONFLICT ("sha256") DO UPDATE SET "orphanedAt" = excluded."orphanedAt"
        WHERE "Blob"."orphanedAt" IS NOT NULL`
      return existing != null && existing.orphanedAt !== null && existing.orphanedAt <= computeCutoff()
    })

  return {
    async store(file) {
      if (await markOrphaned(file)) await new Promise((resolve) => setTimeout(resolve, storage.maxRemovalDelayMs))
      const renew = () => {
        markOrphaned(file).catch((error: unknown) =>
          log.warn(
            { err: error, sha256: file.sha256 },
            'Failed to extend the grace period of a blob being stored; retrying.',
          ),
        )
      }
      const renewTimer = setInterval(renew, renewIntervalMs)
      try {
        await storage.putFile(blobKey(file.sha256), file.path)
      } finally {
        clearInterval(renewTimer)
      }
    },

    async collectGarbage(signal) {
      let removedCount = 0
      const failedHashes: string[] = []
      for (;;) {
        const orphans = await database.blob.findMany({
          where: { orphanedAt: { lte: computeCutoff() }, sha256: { notIn: failedHashes } },
          select: { sha256: true },
          orderBy: { orphanedAt: 'asc' },
          take: 1000,
        })
        for (const { sha256 } of orphans) {
          if (signal?.aborted) return removedCount
          removedCount += await deleteUnreferenced(sha256).catch((error: unknown) => {
            if (!(error instanceof RemovalError)) throw error
            log.warn({ err: error, sha256 }, 'Failed to remove an unreferenced blob; retrying at the next run.')
            failedHashes.push(sha256)
            return 0
          })
        }
        if (orphans.length < 1000) return removedCount
      }
    },
  }
}

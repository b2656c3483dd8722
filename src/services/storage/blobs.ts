import { Prisma } from '../../../prisma/generated/client/client.ts'
import type { IntegrityFault } from '../../../prisma/generated/client/enums.ts'
import type { Clock, Database, Logger, ReceivedFile, Storage, Transaction } from '../kernel/ports.ts'
import { isUnreferenced } from './blobReferences.ts'
import type { ReportFault } from './faultReports.ts'
import { BlobFaultError, findFault, findKnownFault, findSizeFault } from './integrity.ts'

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
 *
 * The bytes of the file are known to match its digest, so `store` also repairs: it replaces stored bytes that have
 * another size or are marked with a fault, and clears the mark afterwards. After a crash in between, the blob stays
 * marked until the next call or the next check verifies it.
 */
export interface Blobs {
  /**
   * Takes over a finished local file. The caller has an hour to refer to its bytes. Rejects with BlobFaultError if the
   * file was taken over before and its stored bytes have been damaged since.
   */
  store(file: ReceivedFile): Promise<void>
  /** Returns a local, read-only path of the bytes, like `Storage`. Rejects with BlobFaultError if a fault is known. */
  localFile(sha256: string, workspacePath: string, signal?: AbortSignal): Promise<string>
  /**
   * Marks blobs that lost their last reference without `releaseBlobs`: a process of an older version purges media without
   * knowing all tables. Resolves to their number.
   */
  markUnreferenced(): Promise<number>
  /** Removes blobs unreferenced for an hour, until `signal` aborts. Resolves to their number; keeps those that fail. */
  collectGarbage(signal?: AbortSignal): Promise<number>
}

interface BlobsOptions {
  database: Database
  storage: Storage
  clock: Clock
  log: Logger
  reportFault: ReportFault
  /** Interval of renewing `orphanedAt` while bytes are stored: a network may take longer than the grace period. */
  renewIntervalMs?: number
}

/** Maximum number of blobs that one transaction marks as orphaned. */
const maxMarked = 1000

/** UPDATE that marks a blob as referenced. It has to be part of the transaction that refers to the blob. */
export const blobReference = (sha256: string): Prisma.Sql => Prisma.sql`
  UPDATE "Blob" SET "orphanedAt" = NULL WHERE "sha256" = ${sha256}`

export const blobNotStored = (sha256: string): Error => new Error(`Blob ${sha256} is not stored.`)

/** Marks a blob as referenced. Call it in the transaction that refers to the blob. */
export const referenceBlob = async (transaction: Transaction, { sha256 }: { sha256: string }): Promise<void> => {
  if ((await transaction.$executeRaw(blobReference(sha256))) === 0) throw blobNotStored(sha256)
}

/** Marks several blobs as referenced, like `referenceBlob`. They are locked in one order, as by `releaseBlobs`. */
export const referenceBlobs = async (transaction: Transaction, sha256s: readonly string[]): Promise<void> => {
  const blobs = await transaction.$queryRaw<{ sha256: string }[]>`
    SELECT "sha256" FROM "Blob" WHERE "sha256" = ANY(${[...new Set(sha256s)]}::bpchar[]) ORDER BY "sha256" FOR UPDATE`
  const missing = sha256s.find((hash) => !blobs.some(({ sha256 }) => sha256 === hash))
  if (missing !== undefined) throw blobNotStored(missing)
  await transaction.$executeRaw`
    UPDATE "Blob" SET "orphanedAt" = NULL WHERE "sha256" = ANY(${[...new Set(sha256s)]}::bpchar[])`
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

interface FormerState {
  isNew: boolean
  fault: IntegrityFault | null
  /** True if a removal of the bytes may have begun. */
  mayBeRemoved: boolean
}

const newBlob: FormerState = { isNew: true, fault: null, mayBeRemoved: false }

/** Failure to delete one blob. Does not stop the run; database errors do. */
class RemovalError extends Error {}

export const createBlobs = ({
  database,
  storage,
  clock,
  log,
  reportFault,
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

  /** Inserts the row of a new blob; false if there is one already. */
  const insertOrphaned = async ({ sha256, sizeBytes }: ReceivedFile): Promise<boolean> => {
    const insertedCount = await database.$executeRaw`
      INSERT INTO "Blob" ("sha256", "sizeBytes", "orphanedAt") VALUES (${sha256}, ${sizeBytes}, ${clock.now()})
      ON CONFLICT ("sha256") DO NOTHING`
    return insertedCount === 1
  }

  /** Sets `orphanedAt = now`, unless the blob is referenced. Resolves to what was known of it before. */
  const markOrphaned = ({ sha256, sizeBytes }: ReceivedFile): Promise<FormerState> =>
    database.$transaction(async (transaction) => {
      const [existing] = await transaction.$queryRaw<{ orphanedAt: Date | null; fault: IntegrityFault | null }[]>`
        SELECT "orphanedAt", "fault" FROM "Blob" WHERE "sha256" = ${sha256} FOR UPDATE`
      await transaction.$executeRaw`
        INSERT INTO "Blob" ("sha256", "sizeBytes", "orphanedAt") VALUES (${sha256}, ${sizeBytes}, ${clock.now()})
        ON CONFLICT ("sha256") DO UPDATE SET "orphanedAt" = excluded."orphanedAt"
        WHERE "Blob"."orphanedAt" IS NOT NULL`
      const { orphanedAt = null, fault = null } = existing ?? {}
      return { isNew: false, fault, mayBeRemoved: orphanedAt !== null && orphanedAt <= computeCutoff() }
    })

  /** Puts the file, or keeps sound bytes that are stored already. */
  const put = async (file: ReceivedFile, { isNew, fault }: FormerState): Promise<void> => {
    const blob = { ...file, key: blobKey(file.sha256) }
    const isPut = await storage.putFile(blob.key, file.path, { replace: fault !== null })
    if (!isPut) {
      const remainingFault = await (fault === null ? findSizeFault : findFault)(storage, blob)
      if (remainingFault !== null) throw new BlobFaultError(file.sha256, remainingFault)
    }
    // A check that has read the former bytes must not mark the new ones, so the time changes even without a fault. A blob
    // that is new has no former bytes, and is not checked before it is referenced.
    if ((isPut && !isNew) || fault !== null)
      await database.blob.updateMany({
        where: { sha256: file.sha256 },
        data: { storedAt: clock.now(), fault: null, faultSeenAt: null },
      })
  }

  return {
    async store(file) {
      const formerState = (await insertOrphaned(file)) ? newBlob : await markOrphaned(file)
      if (formerState.mayBeRemoved) await new Promise((resolve) => setTimeout(resolve, storage.maxRemovalDelayMs))
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
        await put(file, formerState)
      } finally {
        clearInterval(renewTimer)
      }
    },

    async localFile(sha256, workspacePath, signal) {
      const row = await database.blob.findUniqueOrThrow({ where: { sha256 } })
      const blob = { ...row, key: blobKey(sha256) }
      const fault = await findKnownFault(storage, blob)
      if (fault === null) return storage.localFile(blob.key, workspacePath, signal)
      await reportFault(blob, fault)
      throw new BlobFaultError(sha256, fault)
    },

    async markUnreferenced() {
      let markedCount = 0
      for (;;) {
        const found = await database.$queryRaw<{ sha256: string }[]>`
          SELECT "sha256" FROM "Blob" WHERE "orphanedAt" IS NULL AND ${isUnreferenced} LIMIT ${maxMarked}`
        if (found.length === 0) return markedCount
        const hashes = found.map(({ sha256 }) => sha256)
        await database.$transaction((transaction) => releaseBlobs(transaction, hashes, clock.now()))
        markedCount += found.length
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

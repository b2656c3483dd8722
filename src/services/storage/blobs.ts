import type { Clock, Database, Logger, ReceivedFile, Storage, Transaction } from '../kernel/ports.ts'

/** Stored bytes are addressed by their content, shared by every version and rendition that holds the same. */
export const blobKey = (sha256: string): string => `blobs/${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${sha256}`

/** How long bytes stay although nothing refers to them: longer than it takes to store them and then to refer to them. */
const gracePeriodMs = 60 * 60 * 1000

/**
 * Bytes never get lost and never leak, because a blob's row is there before its bytes and goes after them:
 * stored → the row exists, as an orphan of this moment → the transaction that refers to it takes that mark off → the one
 * that removes the last reference puts it on again → an hour later `reclaim` removes row and bytes.
 * The row's own lock is the lock per content: who stores the same bytes again while they are being removed waits for the
 * end of that, and then stores them anew. Where nothing was heard of a removal, it may still happen: that is waited for too.
 */
export interface Blobs {
  /** Takes over a finished local file; whoever refers to its bytes has an hour to do so. */
  store(file: ReceivedFile): Promise<void>
  /** Removes what nothing has referred to for an hour, until `signal` says stop. Returns how many; what cannot be removed stays. */
  collectGarbage(signal?: AbortSignal): Promise<number>
}

interface BlobsOptions {
  database: Database
  storage: Storage
  clock: Clock
  log: Logger
  /** How often bytes that are being stored are marked anew: over a network that may take longer than their grace time. */
  renewIntervalMs?: number
}

/** Called in the transaction that refers to stored bytes. */
export const referenceBlob = async (transaction: Transaction, { sha256 }: { sha256: string }): Promise<void> => {
  const { count } = await transaction.blob.updateMany({ where: { sha256 }, data: { orphanedAt: null } })
  if (count === 0) throw new Error(`The bytes ${sha256} are not stored.`)
}

/** Called in the transaction that has removed references; those that others still hold stay. */
export const releaseBlobs = async (transaction: Transaction, sha256s: readonly string[], now: Date): Promise<void> => {
  // In one order, since two purges may share several; and a look at the references comes after the locks.
  await transaction.$queryRaw`
    SELECT 1 FROM "Blob" WHERE "sha256" = ANY(${[...new Set(sha256s)]}::bpchar[]) ORDER BY "sha256" FOR UPDATE`
  await transaction.$executeRaw`
    UPDATE "Blob" SET "orphanedAt" = ${now}
    WHERE "sha256" = ANY(${[...new Set(sha256s)]}::bpchar[])
      AND NOT EXISTS (SELECT 1 FROM "MediaVersion" WHERE "MediaVersion"."sha256" = "Blob"."sha256")
      AND NOT EXISTS (SELECT 1 FROM "Rendition" WHERE "Rendition"."sha256" = "Blob"."sha256")`
}

/** Of one blob, which the others do not wait for; that the database is away concerns all of them. */
class RemovalError extends Error {}

export const createBlobs = ({
  database,
  storage,
  clock,
  log,
  renewIntervalMs = gracePeriodMs / 6,
}: BlobsOptions): Blobs => {
  const computeCutoff = () => new Date(clock.now().getTime() - gracePeriodMs)

  /** Looks again under the row's lock: it may have been stored or referred to since it was found. */
  const deleteUnreferenced = (sha256: string): Promise<number> =>
    database.$transaction(async (transaction) => {
      const [blob] = await transaction.$queryRaw<{ orphanedAt: Date | null }[]>`
        SELECT "orphanedAt" FROM "Blob" WHERE "sha256" = ${sha256} FOR UPDATE`
      if (blob === undefined || blob.orphanedAt === null || blob.orphanedAt > computeCutoff()) return 0
      const references =
        (await transaction.mediaVersion.count({ where: { sha256 } })) +
        (await transaction.rendition.count({ where: { sha256 } }))
      if (references > 0) {
        await transaction.blob.update({ where: { sha256 }, data: { orphanedAt: null } })
        return 0
      }
      await transaction.blob.delete({ where: { sha256 } })
      // Before the commit: a crash in between leaves a row without bytes, which the next run removes, never the reverse.
      await storage.remove(blobKey(sha256)).catch((cause: unknown) => {
        throw new RemovalError(`The bytes ${sha256} could not be removed.`, { cause })
      })
      return 1
    })

  /** As an orphan of this moment, unless something refers to it. True where a removal may have been begun before. */
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
          log.warn({ err: error, sha256: file.sha256 }, 'A file that is being stored could not be noted again.'),
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
            log.warn(
              { err: error, sha256 },
              'A file that nothing refers to could not be removed: it stays until the next time.',
            )
            failedHashes.push(sha256)
            return 0
          })
        }
        if (orphans.length < 1000) return removedCount
      }
    },
  }
}

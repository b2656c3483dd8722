import type { Clock, Database, Logger } from '../kernel/ports.ts'

/** Permission of one process to verify blobs, and the position at which it continues. */
export interface ScrubLease {
  /** Digest after which to continue; null if no pass is unfinished or due. */
  start: string | null
  /** Moves the position, which is saved every few seconds; null ends the pass. */
  advance(position: string | null): void
  /** Saves the position and ends the lease. */
  release(): Promise<void>
}

const passIntervalMs = 7 * 24 * 60 * 60 * 1000
const saveIntervalMs = 5000
/** A process that was killed lets the next one continue after this time. */
const leaseMs = 60_000

/**
 * Takes the lease, by the database's clock; null while another process holds it. A process that has lost it without
 * noticing only verifies some blobs twice.
 */
export const leaseScrub = async (options: {
  database: Database
  clock: Clock
  log: Logger
}): Promise<ScrubLease | null> => {
  const { database, clock, log } = options
  const [row] = await database.$queryRaw<{ position: string | null; passStartedAt: Date | null }[]>`
    INSERT INTO "BlobScrub" ("id", "leasedUntil") VALUES (1, now() + ${leaseMs} * interval '1 ms')
    ON CONFLICT ("id") DO UPDATE SET "leasedUntil" = excluded."leasedUntil"
    WHERE "BlobScrub"."leasedUntil" IS NULL OR "BlobScrub"."leasedUntil" < now()
    RETURNING "position", "passStartedAt"`
  if (row === undefined) return null
  const now = clock.now()
  const isDue = row.passStartedAt === null || now.getTime() - row.passStartedAt.getTime() >= passIntervalMs
  const isNewPass = row.position === null && isDue
  const start = isNewPass ? '' : row.position
  const passStartedAt = isNewPass ? now : row.passStartedAt
  let position = start

  const save = (remainingMs: number | null) => database.$executeRaw`
    UPDATE "BlobScrub" SET "position" = ${position}, "passStartedAt" = ${passStartedAt},
      "leasedUntil" = now() + ${remainingMs}::float8 * interval '1 ms'
    WHERE "id" = 1`
  const timer = setInterval(() => {
    save(leaseMs).catch((error: unknown) =>
      log.warn({ err: error }, 'Failed to save the progress of verifying blobs; retrying.'),
    )
  }, saveIntervalMs)

  return {
    start,
    advance(newPosition) {
      position = newPosition
    },
    async release() {
      clearInterval(timer)
      await save(null)
    },
  }
}

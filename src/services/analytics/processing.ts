import type { RenditionProfile } from '../../../prisma/generated/client/enums.ts'
import type { Database } from '../kernel/ports.ts'

/** Work of the workers, read from the rows that jobs change and not from the queue. */
export interface ProcessingAnalytics {
  queued: number
  running: number
  oldestQueuedSeconds: number | null
  succeededLast24h: number
  failedLast24h: number
  medianSecondsByProfile: ProfileTiming[]
}

export interface ProfileTiming {
  profile: RenditionProfile
  seconds: number
}

interface Row {
  queued: number
  running: number
  oldestQueuedAt: Date | null
  succeeded: number
  failed: number
}

/**
 * Reads the state of all jobs. A queued rendition has waited since its row last changed, a version since it was created
 * or last retried. The rendition's row holds both ends of a conversion: `startedAt` of the newest attempt and, once the
 * attempt has ended, `updatedAt`.
 */
export const readProcessing = async (database: Database, now: Date): Promise<ProcessingAnalytics> => {
  const dayAgo = new Date(now.getTime() - 24 * 60 * 60 * 1000)
  const [[row], medianSecondsByProfile] = await Promise.all([
    database.$queryRaw<[Row]>`
      WITH waiting AS (
        SELECT "updatedAt" AS since FROM "Rendition" WHERE "status" = 'QUEUED'
        UNION ALL
        SELECT coalesce((
          SELECT max("at") FROM "Event" WHERE "Event"."mediaId" = version."mediaId" AND "action" = 'media.retried'
        ), "createdAt")
        FROM "MediaVersion" AS version WHERE "status" = 'PROCESSING'
      )
      SELECT (SELECT count(*)::int FROM waiting) AS queued, (SELECT min(since) FROM waiting) AS "oldestQueuedAt",
        (SELECT count(*)::int FROM "Rendition" WHERE "status" = 'PROCESSING') AS running,
        (SELECT count(*)::int FROM "Rendition" WHERE "status" = 'READY' AND "updatedAt" >= ${dayAgo}) AS succeeded,
        (SELECT count(*)::int FROM "Rendition" WHERE "status" = 'FAILED' AND "updatedAt" >= ${dayAgo}) AS failed`,
    database.$queryRaw<ProfileTiming[]>`
      SELECT "profile", percentile_cont(0.5) WITHIN GROUP (
        ORDER BY greatest(0, extract(epoch FROM "updatedAt" - "startedAt"))
      )::float8 AS seconds
      FROM "Rendition" WHERE "status" = 'READY' AND "updatedAt" >= ${dayAgo} AND "startedAt" IS NOT NULL
      GROUP BY "profile" ORDER BY "profile"`,
  ])
  return {
    queued: row.queued,
    running: row.running,
    oldestQueuedSeconds:
      row.oldestQueuedAt === null ? null : Math.max(0, (now.getTime() - row.oldestQueuedAt.getTime()) / 1000),
    succeededLast24h: row.succeeded,
    failedLast24h: row.failed,
    medianSecondsByProfile,
  }
}

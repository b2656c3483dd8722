import type pg from 'pg'
import type { Pool } from 'pg'
import { seedMediaRows } from '../seed.ts'

const mediaCount = 5000
const lessonCount = 1000
const usagesPerMedia = 3

/** Seeds a library whose media are shown by three lessons each. */
export const seedGraph = async (database: Pool): Promise<void> => {
  await seedMediaRows(database, mediaCount)
  await database.query(
    `INSERT INTO "Resource" (id, source, type, "externalId", title)
       SELECT gen_random_uuid(), 'lms', 'lesson', 'lesson-' || n, 'Lesson ' || n FROM generate_series(1, $1::int) AS n`,
    [lessonCount],
  )
  await database.query(
    `WITH media AS (SELECT id, "uploadedById", row_number() OVER (ORDER BY "uploadedAt") AS n FROM "Media"),
       lesson AS (SELECT id, row_number() OVER (ORDER BY "externalId") AS n FROM "Resource")
     INSERT INTO "MediaUsage" (id, "mediaId", "resourceId", "linkedAt", "linkedById")
       SELECT gen_random_uuid(), media.id, lesson.id, now() - usage * interval '1 hour', media."uploadedById"
       FROM media
         CROSS JOIN generate_series(1, $2::int) AS usage
         JOIN lesson ON lesson.n = 1 + (media.n * $2::int + usage) % $1::int`,
    [lessonCount, usagesPerMedia],
  )
  await database.query('UPDATE "Media" SET "usageCount" = $1, "unusedSince" = NULL', [usagesPerMedia])
  await database.query('VACUUM ANALYZE')
}

/** Returns the ids of the media that are requested in turn. */
export const readRequestedIds = async (database: pg.Pool): Promise<string[]> => {
  const { rows } = await database.query('SELECT id FROM "Media" ORDER BY "uploadedAt" LIMIT 100')
  return rows.map(({ id }) => id)
}

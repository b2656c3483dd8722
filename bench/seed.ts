import type { Pool } from 'pg'

/** Inserts the rows that uploads and conversions write, without bytes: per media 2 versions, 3 renditions each, 6 events. */
export const seedMediaRows = async (database: Pool, count: number): Promise<void> => {
  const connection = await database.connect()
  try {
    await connection.query('BEGIN')
    // Without the trigger the sequencer ignores these events; it would otherwise still number them during measurements.
    await connection.query('ALTER TABLE "Event" DISABLE TRIGGER "Event_pending"')
    await connection.query(`
      INSERT INTO "User" (id, "externalId", name, role) VALUES (gen_random_uuid(), 'seeder', 'Seeder', 'EDITOR')`)
    await connection.query(
      `
      CREATE TEMPORARY TABLE seed ON COMMIT DROP AS
        SELECT n, gen_random_uuid() AS media, gen_random_uuid() AS first, gen_random_uuid() AS second,
               now() - n * interval '1 minute' AS at, (SELECT id FROM "User" WHERE "externalId" = 'seeder') AS owner,
               encode(sha256(('first' || n)::bytea), 'hex') AS "firstHash",
               encode(sha256(('second' || n)::bytea), 'hex') AS "secondHash"
        FROM generate_series(1, $1::int) AS n`,
      [count],
    )
    await connection.query(`
      INSERT INTO "Blob" ("sha256", "sizeBytes")
        SELECT "firstHash", 1000000 + n FROM seed UNION ALL SELECT "secondHash", 2000000 + n FROM seed`)
    await connection.query(`
      INSERT INTO "Media" (id, title, "fileName", "originalFileName", tags, kind, "mimeType", "sizeBytes", "sha256",
                           status, "uploadedAt", "uploadedById", "updatedAt", "currentVersionId")
        SELECT media, 'Lecture ' || n, 'lecture-' || n || '.mp4', 'lecture-' || n || '.mp4', '{algebra,week-2}', 'VIDEO',
               'video/mp4', 2000000 + n, "secondHash", 'READY', at, owner, at, second FROM seed`)
    await connection.query(`
      INSERT INTO "MediaVersion" (id, "mediaId", number, status, revision, "originalFileName", kind, "mimeType",
                                  "sizeBytes", "sha256", "durationSeconds", width, height, "createdAt", "createdById")
        SELECT first, media, 1, 'READY'::"MediaStatus", 1, 'lecture-' || n || '.mp4', 'VIDEO'::"MediaKind", 'video/mp4',
               1000000 + n, "firstHash", 300, 1280, 720, at, owner FROM seed
        UNION ALL
        SELECT second, media, 2, 'READY', 1, 'lecture-' || n || '.mp4', 'VIDEO', 'video/mp4',
               2000000 + n, "secondHash", 310, 1280, 720, at + interval '10 seconds', owner FROM seed`)
    await connection.query(`
      INSERT INTO "Rendition" (id, "versionId", profile, status, percent, attempts, revision, "mimeType", "sizeBytes",
                               width, height, "createdAt", "updatedAt")
        SELECT gen_random_uuid(), version.id, profile, 'READY', 100, 1, 2, 'video/webm', 500000, 1280, 720, at, at
        FROM seed
          JOIN "MediaVersion" AS version ON version."mediaId" = seed.media
          CROSS JOIN unnest(ARRAY['THUMBNAIL', 'GIF', 'WEBM']::"RenditionProfile"[]) AS profile`)
    await connection.query(`
      INSERT INTO "Event" (id, at, action, "actorId", "nodeType", "nodeId", "mediaId", data)
        SELECT gen_random_uuid(), seed.at + step * interval '1 second', 'media.renamed', owner, 'Media', media, media,
               jsonb_build_object('title', 'Lecture ' || n, 'step', step)
        FROM seed CROSS JOIN generate_series(1, 6) AS step`)
    await connection.query('ALTER TABLE "Event" ENABLE TRIGGER "Event_pending"')
    await connection.query('COMMIT')
  } finally {
    connection.release()
  }
  await database.query('VACUUM ANALYZE')
}

import type { ClientBase } from 'pg'
import type { SeedPictures } from './pictures.ts'
import { personNameSql, seedLearners } from './users.ts'
import { aspects, forms, japaneseForms, japaneseTopics, subjects, syllables } from './words.ts'

/**
 * Fills a migrated database that has no media with a realistic library of `count` media, by set-based SQL run as the
 * tables' owner: users, four years of uploads, folders, tags, courses with chapters and lessons that use most media, some
 * trash, failures and duplicates. Inserts the rows that uploads and conversions write, without bytes, in the order of
 * their timestamps, which is also the order of their ids. The same count creates the same library, except for ids and
 * absolute times. With `variedTitles`, every third title also names Node.js, and every tenth is Japanese. With `pictures`,
 * the images and all thumbnails have bytes.
 */
export const seedLibrary = async (
  client: ClientBase,
  count: number,
  { variedTitles = false, pictures }: { variedTitles?: boolean; pictures?: SeedPictures } = {},
): Promise<void> => {
  await client.query('BEGIN')
  try {
    await client.query("SET LOCAL work_mem = '256MB'; SET LOCAL maintenance_work_mem = '512MB'; SET LOCAL jit = off")
    await createTemporaryTables(client)
    // The statements write what the triggers would write once per row.
    for (const { table, trigger } of replacedTriggers)
      await client.query(`ALTER TABLE "${table}" DISABLE TRIGGER "${trigger}"`)
    const foreignKeys = await dropForeignKeys(client)
    const indexes = await dropIndexes(client)
    for (const step of createSteps(count, variedTitles, pictures))
      await (typeof step === 'string' ? client.query(step) : step(client))
    await seedLearners(client, Math.min(20_000, Math.max(100, Math.round(count / 5))))
    for (const statement of [...indexes, ...foreignKeys]) await client.query(statement)
    for (const { table, trigger } of replacedTriggers)
      await client.query(`ALTER TABLE "${table}" ENABLE TRIGGER "${trigger}"`)
    await client.query('COMMIT')
  } catch (error) {
    await client.query('ROLLBACK')
    throw error
  }
  await client.query('VACUUM ANALYZE')
}

const indexedTables = `('Media', 'MediaVersion', 'Rendition', 'Blob', 'MediaUsage', 'Event', 'Resource', 'SearchWord', 'Thumbnail')`

const replacedTriggers = [
  { table: 'Media', trigger: 'Media_search' },
  { table: 'Media', trigger: 'Media_list_keys' },
  { table: 'MediaVersion', trigger: 'MediaVersion_inserted_duration' },
] as const

/**
 * Drops the non-unique indexes and returns the statements that create them again. Building an index at the end is much
 * faster than maintaining it during the inserts.
 */
const dropIndexes = async (client: ClientBase): Promise<string[]> => {
  const { rows } = await client.query<{ name: string; definition: string }>(`
    SELECT indexname AS name, indexdef AS definition
    FROM pg_indexes JOIN pg_index ON indexrelid = format('%I.%I', schemaname, indexname)::regclass
    WHERE schemaname = current_schema() AND NOT indisunique AND tablename IN ${indexedTables}
    ORDER BY indexname`)
  for (const { name } of rows) await client.query(`DROP INDEX "${name}"`)
  return rows.map(({ definition }) => definition)
}

/** Drops the foreign keys and returns the statements that add them again, which check all rows at once at the end. */
const dropForeignKeys = async (client: ClientBase): Promise<string[]> => {
  const { rows } = await client.query<{ name: string; target: string; definition: string }>(`
    SELECT conname AS name, relname AS target, pg_get_constraintdef(pg_constraint.oid) AS definition
    FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid
    WHERE contype = 'f' AND relnamespace = current_schema()::regnamespace AND relname IN ${indexedTables}
    ORDER BY conname`)
  for (const { name, target } of rows) await client.query(`ALTER TABLE "${target}" DROP CONSTRAINT "${name}"`)
  return rows.map(({ name, target, definition }) => `ALTER TABLE "${target}" ADD CONSTRAINT "${name}" ${definition}`)
}

const createTemporaryTables = async (client: ClientBase): Promise<void> => {
  const topics = Object.entries(subjects).flatMap(([subject, list]) => list.map((topic) => [subject, topic]))
  const formRows = Object.entries(forms).flatMap(([kind, list]) => list.map((form) => [kind, ...form]))
  await client.query(`
    CREATE TEMPORARY TABLE topic (n int, subject text, name text) ON COMMIT DROP;
    CREATE TEMPORARY TABLE form (n int, kind "MediaKind", name text, mime text, ending text) ON COMMIT DROP;
    -- Evenly distributed pseudo-random values in [0, 1): draw k for number n.
    CREATE FUNCTION pg_temp.draw(n int, k int) RETURNS float8 LANGUAGE sql IMMUTABLE AS $$
      SELECT (hashint8extended(n, k) & 1073741823) / 1073741824.0
    $$;
    -- UUIDv7 for a timestamp: 48 bits of milliseconds, the version number, then random bits.
    CREATE FUNCTION pg_temp.key_of(at timestamptz) RETURNS uuid LANGUAGE sql VOLATILE AS $$
      SELECT encode(set_byte(overlay(uuid_send(key) placing substring(int8send((extract(epoch FROM at) * 1000)::bigint) FROM 3) FROM 1),
        6, get_byte(uuid_send(key), 6) & 15 | 112), 'hex')::uuid
      FROM gen_random_uuid() AS key
    $$`)
  await client.query(
    `INSERT INTO topic SELECT row_number() OVER () - 1, t->>0, t->>1 FROM jsonb_array_elements($1::jsonb) AS t`,
    [JSON.stringify(topics)],
  )
  await client.query(
    `INSERT INTO form SELECT row_number() OVER (PARTITION BY t->>0) - 1, (t->>0)::"MediaKind", t->>1, t->>2, t->>3
     FROM jsonb_array_elements($1::jsonb) AS t`,
    [JSON.stringify(formRows)],
  )
}

const toArrayLiteral = (list: readonly string[]): string =>
  `ARRAY[${list.map((text) => `'${text.replaceAll("'", "''")}'`).join(', ')}]`

const syllableSql = (draw: number): string =>
  `(${toArrayLiteral(syllables)})[1 + floor(${syllables.length} * pg_temp.draw(seed.n, ${draw}))::int]`

/** A statement, or a step that runs its own ones. */
type Step = string | ((client: ClientBase) => Promise<void>)

const createSteps = (count: number, variedTitles: boolean, pictures?: SeedPictures): Step[] => {
  const users = Math.min(400, Math.max(5, Math.round(count / 500)))
  const folders = Math.min(2000, Math.max(10, Math.round(count / 150)))
  const courses = Math.max(2, Math.round(count / 300))
  const topics = Object.values(subjects).flat().length
  return [
    `CREATE TEMPORARY TABLE person ON COMMIT DROP AS
       SELECT n, gen_random_uuid() AS id FROM generate_series(0, ${users - 1}) AS n`,
    `INSERT INTO "User" (id, "externalId", name, role)
       SELECT id, 'teacher-' || n, ${personNameSql},
              (CASE WHEN n % 10 = 0 THEN 'ADMIN' ELSE 'EDITOR' END)::"Role" FROM person`,
    // The folder tree: the parent of folder n is folder n / 8; folders 1 to 7 are at the root.
    `CREATE TEMPORARY TABLE drawer ON COMMIT DROP AS
       SELECT n, gen_random_uuid() AS id FROM generate_series(1, ${folders}) AS n`,
    `INSERT INTO "Folder" (id, name, "parentId")
       SELECT drawer.id, (SELECT name FROM topic WHERE topic.n = drawer.n % ${topics}) || ' ' || drawer.n, parent.id
       FROM drawer LEFT JOIN drawer AS parent ON parent.n = drawer.n / 8 ORDER BY drawer.n`,
    `CREATE TEMPORARY TABLE seed ON COMMIT DROP AS
       SELECT n, pg_temp.key_of(at) AS media, pg_temp.key_of(at) AS first, pg_temp.key_of(at) AS last,
              CASE WHEN k < 0.40 THEN 'VIDEO' WHEN k < 0.65 THEN 'IMAGE' WHEN k < 0.85 THEN 'DOCUMENT'
                   WHEN k < 0.99 THEN 'AUDIO' ELSE 'OTHER' END::"MediaKind" AS kind,
              floor(3 * pg_temp.draw(n, 2))::int AS form,
              floor(${topics} * pow(pg_temp.draw(n, 3), 1.5))::int AS topic,
              (${toArrayLiteral(aspects)})[1 + floor(${aspects.length} * pg_temp.draw(n, 4))::int] AS aspect,
              1 + floor(14 * pg_temp.draw(n, 5))::int AS week,
              at,
              CASE WHEN s < 0.975 THEN 'READY' WHEN s < 0.995 THEN 'FAILED' ELSE 'PROCESSING' END::"MediaStatus" AS status,
              pg_temp.draw(n, 8) < 0.1 AS replaced,
              pg_temp.draw(n, 9) < 0.02 AS trashed,
              CASE WHEN pg_temp.draw(n, 10) < 0.8 THEN 1 + floor(${folders} * pow(pg_temp.draw(n, 11), 2))::int END AS folder,
              floor(${users} * pow(pg_temp.draw(n, 12), 2))::int AS owner,
              CASE WHEN pg_temp.draw(n, 13) < 0.6 THEN 1 + floor(3 * pow(pg_temp.draw(n, 14), 3))::int ELSE 0 END AS usages,
              round(exp(ln(20000) + pg_temp.draw(n, 15) * CASE WHEN k < 0.40 THEN 11 WHEN k < 0.85 THEN 6 ELSE 8 END))::bigint AS size,
              -- 3 % of the media have the same content as another one.
              encode(sha256(('content ' || CASE WHEN pg_temp.draw(n, 16) < 0.03 THEN n / 2 ELSE n END)::bytea), 'hex') AS hash,
              encode(sha256(('earlier ' || n)::bytea), 'hex') AS "earlierHash",
              pg_temp.draw(n, 17) AS chance, 1280 AS width, 720 AS height
       FROM (SELECT n, pg_temp.draw(n, 1) AS k, pg_temp.draw(n, 7) AS s,
                    -- The upload rate rises linearly towards today.
                    date_trunc('milliseconds', now() - interval '1460 days' * (1 - sqrt(pg_temp.draw(n, 6)))) AS at
             FROM generate_series(1, ${count}) AS n) AS drawn`,
    `CREATE TEMPORARY TABLE described ON COMMIT DROP AS
       SELECT seed.n, topic.subject, form.mime,
              CASE form.n WHEN 0 THEN topic.name || ': ' || seed.aspect
                          WHEN 1 THEN seed.aspect || ' – ' || topic.name
                          ELSE topic.name || ' ' || form.name || ' ' || seed.week END
                || CASE WHEN chance < 0.25 THEN ', with ' || initcap(${[20, 21, 22].map(syllableSql).join(' || ')}) ELSE '' END
                ${variedTitles ? variedTitleSql : ''} AS title,
              lower(regexp_replace(topic.name || '_' || form.name, '[^[:alnum:]]+', '_', 'g')) || '_' || seed.n || '.' || form.ending AS file,
              (ARRAY[topic.subject, 'week-' || seed.week, lower(form.name), topic.name, 'exam', 'SS-' || to_char(seed.at, 'YYYY')])
                [1 + floor(3 * pg_temp.draw(seed.n, 18))::int : floor(7 * pg_temp.draw(seed.n, 19))::int] AS tags
       FROM seed JOIN topic ON topic.n = seed.topic JOIN form ON form.kind = seed.kind AND form.n = seed.form`,
    'CREATE INDEX ON seed (n); CREATE INDEX ON described (n); ANALYZE seed; ANALYZE described',
    ...(pictures ? [pictures.storeOriginals] : []),
    // Each course has 8 chapters of 5 lessons.
    `CREATE TEMPORARY TABLE place ON COMMIT DROP AS
       SELECT gen_random_uuid() AS id, course, chapter, lesson
       FROM generate_series(1, ${courses}) AS course CROSS JOIN generate_series(0, 8) AS chapter CROSS JOIN generate_series(0, 5) AS lesson
       WHERE chapter > 0 OR lesson = 0`,
    `INSERT INTO "Resource" (id, source, type, "externalId", title, url, "parentId")
       SELECT place.id, CASE WHEN place.course % 5 = 0 THEN 'moodle' ELSE 'default' END,
              CASE WHEN place.chapter = 0 THEN 'course' WHEN place.lesson = 0 THEN 'chapter' ELSE 'lesson' END,
              concat_ws('-', place.course, nullif(place.chapter, 0), nullif(place.lesson, 0)),
              topic.name || concat_ws('.', ' ' || place.course, nullif(place.chapter, 0), nullif(place.lesson, 0)),
              'https://lms.example/' || place.course || '/' || place.chapter || '/' || place.lesson, parent.id
       FROM place JOIN topic ON topic.n = place.course % ${topics}
         LEFT JOIN place AS parent ON parent.course = place.course
           AND CASE WHEN place.lesson > 0 THEN parent.chapter = place.chapter AND parent.lesson = 0
                    ELSE place.chapter > 0 AND parent.chapter = 0 AND parent.lesson = 0 END
       ORDER BY place.lesson, place.chapter`,
    `CREATE TEMPORARY TABLE link ON COMMIT DROP AS
       SELECT DISTINCT ON (media, place.id) pg_temp.key_of(seed.at + interval '1 hour' * nth) AS id, media, place.id AS resource,
              person.id AS owner, seed.at + interval '1 hour' * nth AS at
       FROM seed CROSS JOIN LATERAL generate_series(1, usages) AS nth
         JOIN place ON place.course = 1 + floor(${courses} * pow(pg_temp.draw(seed.n, 20 + nth), 1.2))::int
           AND place.chapter = 1 + floor(8 * pg_temp.draw(seed.n, 30 + nth))::int
           AND place.lesson = floor(6 * pg_temp.draw(seed.n, 40 + nth))::int
         JOIN person ON person.n = seed.owner
       WHERE NOT trashed`,
    `INSERT INTO "Blob" ("sha256", "sizeBytes", "createdAt")
       SELECT hash, min(size), min(at) FROM seed GROUP BY hash
       UNION ALL SELECT "earlierHash", size, at FROM seed WHERE replaced`,
    `INSERT INTO "Media" (id, "externalId", title, "fileName", "originalFileName", tags, "tagKeys", "folderId", kind, "mimeType",
                          "sizeBytes", "sha256", status, "uploadedAt", "uploadedById", "updatedAt", "deletedAt", "purgeAt",
                          "deletedById", "altText", "hasAltText", "durationKey", "usageCount", "unusedSince", "currentVersionId", "searchVector")
       SELECT media, CASE WHEN chance < 0.3 THEN 'asset-' || seed.n END, title, file, file, tags, lower(tags::text)::text[],
              drawer.id, kind, mime, size, hash, status, at, person.id, at + chance * (now() - at),
              CASE WHEN trashed THEN now() - chance * interval '29 days' END,
              CASE WHEN trashed THEN now() + (1 - chance) * interval '29 days' END,
              CASE WHEN trashed THEN person.id END, CASE WHEN ${hasAltTextSql} THEN title END, ${hasAltTextSql},
              coalesce(${durationSql}, -1), coalesce(times, 0), CASE WHEN times IS NULL THEN at END,
              CASE WHEN replaced THEN last ELSE first END, "searchVectorOf"(title, tags, file)
       FROM seed JOIN described USING (n) JOIN person ON person.n = seed.owner LEFT JOIN drawer ON drawer.n = seed.folder
         LEFT JOIN (SELECT media, count(*) AS times FROM link GROUP BY media) AS used USING (media)
       ORDER BY seed.at`,
    `INSERT INTO "MediaVersion" (id, "mediaId", number, status, revision, failure, "originalFileName", kind, "mimeType", "sizeBytes",
                                 "sha256", "durationSeconds", width, height, "createdAt", "createdById")
       SELECT first, media, 1, CASE WHEN replaced THEN 'READY' ELSE status END, 1,
              CASE WHEN status = 'FAILED' AND NOT replaced THEN ${failureSql} END, file, kind, mime, size,
              CASE WHEN replaced THEN "earlierHash" ELSE hash END, ${mediaInfoSql}, at, person.id
       FROM seed JOIN described USING (n) JOIN person ON person.n = seed.owner
       UNION ALL
       SELECT last, media, 2, status, 1, CASE WHEN status = 'FAILED' THEN ${failureSql} END, file, kind, mime, size,
              hash, ${mediaInfoSql}, at + interval '1 day' * chance, person.id
       FROM seed JOIN described USING (n) JOIN person ON person.n = seed.owner WHERE replaced
       ORDER BY at`,
    `CREATE TEMPORARY TABLE made ON COMMIT DROP AS
       SELECT seed.n, kind, CASE WHEN replaced THEN last ELSE first END AS version, profile, at, chance,
              CASE WHEN seed.chance < 0.01 THEN 'FAILED' WHEN seed.chance < 0.013 THEN 'PROCESSING'
                   WHEN seed.chance < 0.016 THEN 'QUEUED' WHEN seed.chance < 0.018 THEN 'CANCELLED' ELSE 'READY'
              END::"RenditionStatus" AS state,
              encode(sha256((profile || ' of ' || seed.n)::bytea), 'hex') AS hash, (4000 + 90000 * chance)::bigint AS size,
              CASE profile WHEN 'WEBM' THEN 'video/webm' WHEN 'GIF' THEN 'image/gif' ELSE 'image/webp' END AS mime,
              640 AS width, 360 AS height
       FROM seed CROSS JOIN unnest(enum_range(NULL::"RenditionProfile")) AS profile
       WHERE status = 'READY' AND CASE kind WHEN 'VIDEO' THEN profile <> 'WEBP' WHEN 'AUDIO' THEN profile IN ('THUMBNAIL', 'WEBM') WHEN 'IMAGE' THEN profile = 'THUMBNAIL' ELSE false END`,
    ...(pictures ? [pictures.storeThumbnails] : []),
    // Equal pictures have equal thumbnails.
    `INSERT INTO "Blob" ("sha256", "sizeBytes", "createdAt") SELECT hash, size, at FROM made WHERE state = 'READY'
       ON CONFLICT DO NOTHING`,
    `INSERT INTO "Rendition" (id, "versionId", kind, profile, status, percent, attempts, revision, failure, "mimeType", "sizeBytes", "sha256",
                              width, height, "hasThumbnails", "createdAt", "startedAt", "updatedAt")
       SELECT pg_temp.key_of(at), version, kind, profile, state, CASE state WHEN 'READY' THEN 100 WHEN 'PROCESSING' THEN 40 ELSE 0 END,
              1, 2, CASE WHEN state = 'FAILED' THEN ${failureSql} END,
              CASE WHEN state = 'READY' THEN mime END, CASE WHEN state = 'READY' THEN size END,
              CASE WHEN state = 'READY' THEN hash END, width, height,
              -- Without bytes, the job that makes missing thumbnails would only find the files missing.
              profile = 'THUMBNAIL' AND state = 'READY', at, at + interval '2 seconds', at + interval '10 seconds' FROM made
       ORDER BY at`,
    ...(pictures ? [pictures.insertThumbnails] : []),
    `INSERT INTO "MediaUsage" (id, "mediaId", "resourceId", "linkedAt", "linkedById") SELECT id, media, resource, at, owner FROM link ORDER BY at`,
    `INSERT INTO "Event" (id, at, action, "actorId", "nodeType", "nodeId", "mediaId", data)
       SELECT pg_temp.key_of(seed.at), seed.at AS at, 'media.uploaded', person.id, 'Media', media, media,
              jsonb_build_object('fileName', file, 'sizeBytes', size, 'sha256', hash, 'versionNumber', 1)
       FROM seed JOIN described USING (n) JOIN person ON person.n = seed.owner
       UNION ALL
       SELECT pg_temp.key_of(at), at, 'media.linked', owner, 'Media', media, media,
              jsonb_build_object('resourceId', resource, 'usageId', id)
       FROM link ORDER BY at`,
    `INSERT INTO "SearchWord" (word, shape)
       SELECT word, "searchShape"(word)
       FROM (SELECT word FROM ts_stat('SELECT "searchVector" FROM "Media"') WHERE "searchCorrectable"(word)) AS found
       WHERE NOT EXISTS (SELECT FROM "SearchWord" AS known WHERE known.word = found.word)`,
    `INSERT INTO "SearchCode" (word) SELECT word FROM ts_stat('SELECT "searchVector" FROM "Media"') WHERE "searchIsCode"(word)`,
  ]
}

const variedTitleSql = `|| CASE WHEN seed.n % 3 = 0 THEN ' – Node.js' ELSE '' END
  || CASE WHEN seed.n % 10 = 0 THEN ' ' || (${toArrayLiteral(japaneseTopics)})[1 + topic.n % ${japaneseTopics.length}]
    || (${toArrayLiteral(japaneseForms)})[1 + seed.week % ${japaneseForms.length}] || '第' || seed.week || '回' ELSE '' END`

const failureSql = `jsonb_build_object('code', 'TRUNCATED', 'message', 'The file ends too early.', 'remedy', 'Export it again.',
  'retryable', false, 'at', to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))`

const durationSql = `CASE WHEN kind IN ('VIDEO', 'AUDIO') THEN round((30 + 3600 * chance)::numeric, 1) END`

/** Most images have an alternative text. */
const hasAltTextSql = `(kind = 'IMAGE' AND chance < 0.7)`

const mediaInfoSql = `${durationSql},
  CASE WHEN kind IN ('VIDEO', 'IMAGE') THEN seed.width END, CASE WHEN kind IN ('VIDEO', 'IMAGE') THEN seed.height END`

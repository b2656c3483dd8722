import { AssignmentBatchCreateDocument, AssignmentBatchUndoDocument } from '../client/generated/documents.ts'
import { atMost, type Figure, formatValues, informational, logProgress, median } from './figures.ts'
import { seedMediaRows } from './seed.ts'
import { openWorld, type World } from './world.ts'

export const title = 'assignment: one media for 10,000 users, relative to SQL that writes the same rows and events'

const count = 10_000
const rounds = 5

type Client = Awaited<ReturnType<World['client']>>

const readIds = async ({ database }: World, sql: string): Promise<string[]> =>
  (await database.query(sql)).rows.map(({ id }) => id)

const runMutation = async (client: Client, mediaId: string, userIds: string[]) => {
  const startMs = performance.now()
  const input = { mediaId: `Media:${mediaId}`, userIds: userIds.map((id) => `User:${id}`) }
  const { assignmentBatchCreate: batch } = await client.send(AssignmentBatchCreateDocument, { input, first: 1 })
  if (batch.__typename !== 'AssignmentBatch') throw new Error(`Failed to assign: ${batch.message}`)
  return { id: batch.id, ms: performance.now() - startMs }
}

const measureUndoMs = async (client: Client, id: string): Promise<number> => {
  const startMs = performance.now()
  const { assignmentBatchUndo: result } = await client.send(AssignmentBatchUndoDocument, { id })
  if (result.__typename !== 'AssignmentBatch') throw new Error(`Failed to undo: ${result.message}`)
  return performance.now() - startMs
}

/** Hand-written SQL for the same result: replaces current assignments, creates new ones, updates counters, records events. */
const measureSqlMs = async ({ database }: World, mediaId: string): Promise<number> => {
  const startMs = performance.now()
  const client = await database.connect()
  try {
    await client.query('BEGIN')
    const { rows } = await client.query(
      `WITH batch AS (
         INSERT INTO "AssignmentBatch" (id, "mediaId", count, "assignedAt", "undoableUntil")
         VALUES (gen_random_uuid(), $1, $2, now(), now() + interval '30 seconds') RETURNING id
       ), replaced AS (
         UPDATE "Assignment" SET status = 'REPLACED', change = nextval('"Assignment_change_seq"')
         WHERE status = 'CURRENT' RETURNING id, "userId", "mediaId"
       ), given AS (
         INSERT INTO "Assignment" (id, "mediaId", "heldMediaId", "mediaTitle", "userId", "assignedById", "assignedAt",
           "undoableUntil", "previousId", "batchId")
         SELECT gen_random_uuid(), media.id, media.id, media.title, person.id, person.id, now(),
           now() + interval '30 seconds', replaced.id, batch.id
         FROM "Media" AS media CROSS JOIN batch CROSS JOIN "User" AS person LEFT JOIN replaced ON replaced."userId" = person.id
         WHERE media.id = $1 AND person."externalId" LIKE 'learner-%'
         RETURNING id, "userId", "mediaId", "previousId"
       ), logged AS (
         INSERT INTO "Event" (id, action, "nodeType", "nodeId", "mediaId", data)
         SELECT gen_random_uuid(), 'assignment.created', 'Assignment', given.id, "mediaId",
           jsonb_build_object('userId', "userId", 'mediaId', "mediaId", 'previousId', "previousId", 'batchId', batch.id)
         FROM given CROSS JOIN batch
         UNION ALL
         SELECT gen_random_uuid(), 'assignment.replaced', 'Assignment', id, "mediaId",
           jsonb_build_object('userId', "userId", 'mediaId', "mediaId") FROM replaced
         RETURNING 1
       )
       SELECT (SELECT count(*) FROM given)::int AS given, (SELECT count(*) FROM logged)::int AS logged`,
      [mediaId, count],
    )
    if (rows[0].given !== count || rows[0].logged !== 2 * count)
      throw new Error(`The SQL wrote ${JSON.stringify(rows[0])} rows.`)
    await client.query(
      `UPDATE "Media" SET "unusedSince" = NULL, "assignmentCount" =
         (SELECT count(*) FROM "Assignment" WHERE "heldMediaId" = "Media".id AND status = 'CURRENT')
       WHERE id = $1 OR "assignmentCount" > 0`,
      [mediaId],
    )
    await client.query('COMMIT')
  } finally {
    client.release()
  }
  return performance.now() - startMs
}

export const run = async (): Promise<Figure[]> => {
  await using world = await openWorld()
  await world.serve('scripts/start.ts')
  const client = await world.client()
  logProgress(`Seeding ${count} users …`)
  await seedMediaRows(world.database, 1000)
  await world.database.query(
    `INSERT INTO "User" (id, "externalId", name) SELECT gen_random_uuid(), 'learner-' || n, 'Learner ' || n
     FROM generate_series(1, ${count}) AS n`,
  )
  const media = await readIds(world, `SELECT id FROM "Media" WHERE status = 'READY' AND "deletedAt" IS NULL LIMIT 2`)
  const users = await readIds(world, `SELECT id FROM "User" WHERE "externalId" LIKE 'learner-%'`)
  const [sqlMediaId = '', mutationMediaId = ''] = media
  // Every user has a current assignment first, so the measured calls replace one.
  await runMutation(client, mutationMediaId, users)
  await world.database.query('VACUUM ANALYZE')
  const [ratios, undoRatios, sqlDurationsMs]: [number[], number[], number[]] = [[], [], []]
  for (let round = 0; round < rounds; round++) {
    const sqlMs = await measureSqlMs(world, sqlMediaId)
    const { id, ms } = await runMutation(client, mutationMediaId, users)
    sqlDurationsMs.push(sqlMs)
    ratios.push(ms / sqlMs)
    undoRatios.push((await measureUndoMs(client, id)) / sqlMs)
  }
  return [
    atMost('assignmentBatchCreate', median(ratios), 3, ' ×', ` (${formatValues(ratios)})`),
    informational('assignmentBatchUndo', `${median(undoRatios).toFixed(2)} × (${formatValues(undoRatios)})`),
    informational('hand-written SQL', formatValues(sqlDurationsMs, ' ms')),
  ]
}

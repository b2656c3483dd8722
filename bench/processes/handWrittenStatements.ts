import { randomUUID } from 'node:crypto'
import { link } from './handWrittenLink.ts'

// The statements of the server's mutations, log rows included.

/** One change, of media and resources that no other job of the same request names. */
export interface Job {
  operation: 'link' | 'shortLink' | 'linkByStep' | 'unlink' | 'update' | 'tag' | 'assign' | 'delete' | 'restore'
  mediaId: string
  userId: string
  /** External ids, from the top down: course, chapter, lesson. */
  chain: string[]
}

export type Run = (text: string, ...values: unknown[]) => Promise<Record<string, string>[]>

export const limits = `SELECT set_config('lock_timeout', '250ms', true), set_config('statement_timeout', '60000ms', true)`

const record = (
  run: Run,
  actorId: string,
  action: string,
  nodeType: string,
  nodeId: unknown,
  mediaId: unknown,
  data: object,
) =>
  run(
    `INSERT INTO "Event" ("id", "action", "actorId", "nodeType", "nodeId", "mediaId", "data", "requestId")
     SELECT "id", $1, $2::uuid, $3, "nodeId", "mediaId", "data", $4
     FROM jsonb_to_recordset($5::jsonb) AS entry("id" uuid, "nodeId" uuid, "mediaId" uuid, "data" jsonb)`,
    action,
    actorId,
    nodeType,
    randomUUID(),
    JSON.stringify([{ id: randomUUID(), nodeId, mediaId, data }]),
  )
export const readMedia = (run: Run, id: string) => run('SELECT * FROM "Media" WHERE id = $1', id)
const lockMedia = (run: Run, id: string) =>
  run('SELECT * FROM "Media" WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE', [id])
const lockMediaRow = (run: Run, id: string) =>
  run('SELECT "deletedAt" IS NULL FROM "Media" WHERE id = $1 FOR UPDATE', id)
const countUses = (run: Run, id: string) =>
  run(
    `UPDATE "Media" SET "usageCount" = counted.links, "assignmentCount" = counted.users,
       "unusedSince" = CASE WHEN counted.links + counted.users = 0 THEN coalesce("Media"."unusedSince", now()) END
     FROM (SELECT wanted.id,
         (SELECT count(*)::int FROM "MediaUsage" WHERE "mediaId" = wanted.id) AS links,
         (SELECT count(*)::int FROM "Assignment" WHERE "heldMediaId" = wanted.id AND status = 'CURRENT') AS users
       FROM unnest($1::uuid[]) AS wanted(id) OFFSET 0) AS counted
     WHERE "Media".id = counted.id
       AND ("Media"."usageCount", "Media"."assignmentCount") IS DISTINCT FROM (counted.links, counted.users)`,
    [id],
  )
const named = (type: string, externalId = '') => ({ source: 'default', type, externalId, title: externalId })
const readResource = (run: Run, type: string, externalId: string) =>
  run(`SELECT * FROM "Resource" WHERE source = 'default' AND type = $1 AND "externalId" = $2`, type, externalId)

/** One statement per step: what the mutation sent before its statements were combined. */
const linkByStep = async (
  run: Run,
  actorId: string,
  { mediaId, chain: [course = '', chapter = '', lesson = ''] }: Job,
) => {
  await run(limits)
  await run('SELECT pg_advisory_xact_lock_shared(7301, 2)')
  await run(`SELECT set_config('lock_timeout', '250ms', true)`)
  await readResource(run, 'course', course)
  const [parent] = await readResource(run, 'chapter', chapter)
  await readResource(run, 'lesson', lesson)
  const id = randomUUID()
  await run(
    `INSERT INTO "Resource" (id, type, "externalId", title, "parentId") VALUES ($1, 'lesson', $2, $2, $3) RETURNING *`,
    id,
    lesson,
    parent?.['id'],
  )
  await record(run, actorId, 'resource.created', 'Resource', id, null, named('lesson', lesson))
  await run(
    `WITH RECURSIVE above AS (
       SELECT id, "parentId", 0 AS depth FROM "Resource" WHERE id = $1
       UNION ALL
       SELECT parent.id, parent."parentId", above.depth + 1
       FROM above JOIN "Resource" AS parent ON parent.id = above."parentId" WHERE above.depth <= 10
     ) SELECT id FROM above`,
    id,
  )
  await lockMediaRow(run, mediaId)
  await readMedia(run, mediaId)
  const usageId = randomUUID()
  await run(
    `INSERT INTO "MediaUsage" (id, "mediaId", "resourceId", "linkedById") VALUES ($1, $2, $3, $4)
     ON CONFLICT DO NOTHING RETURNING *`,
    usageId,
    mediaId,
    id,
    actorId,
  )
  await countUses(run, mediaId)
  await record(run, actorId, 'media.linked', 'Media', mediaId, mediaId, { resourceId: id, usageId })
  await run('SELECT * FROM "MediaUsage" WHERE "mediaId" = $1 AND "resourceId" = $2', mediaId, id)
}

/** Fewer and shorter statements than those of the mutation, as they suffice for one link to a new lesson. */
const shortLink = async (run: Run, actorId: string, { mediaId, chain }: Job) => {
  const rows = await run(
    `SELECT * FROM "Resource" WHERE (source = 'default' AND type = 'course' AND "externalId" = $1)
       OR (source = 'default' AND type = 'chapter' AND "externalId" = $2)
       OR (source = 'default' AND type = 'lesson' AND "externalId" = $3)`,
    ...chain,
  )
  const parent = rows.find(({ type }) => type === 'chapter')
  const [id, usageId, lesson] = [randomUUID(), randomUUID(), chain[2]]
  await run(
    `WITH change AS (
       INSERT INTO "Resource" (id, type, "externalId", title, "parentId") VALUES ($1::uuid, 'lesson', $2::text, $2::text, $3::uuid)
     )
     INSERT INTO "Event" (id, action, "actorId", "nodeType", "nodeId", data, "requestId")
     VALUES ($4::uuid, 'resource.created', $5, 'Resource', $1::uuid, $6, $4::uuid::text)`,
    id,
    lesson,
    parent?.['id'],
    randomUUID(),
    actorId,
    JSON.stringify(named('lesson', lesson)),
  )
  await lockMediaRow(run, mediaId)
  await run(
    `WITH created AS (
       INSERT INTO "MediaUsage" (id, "mediaId", "resourceId", "linkedById") VALUES ($1::uuid, $2::uuid, $3::uuid, $4::uuid)
       ON CONFLICT DO NOTHING RETURNING *
     ), counted AS (
       UPDATE "Media" SET "unusedSince" = NULL, "usageCount" = 1
         + (SELECT count(*) FROM "MediaUsage" WHERE "mediaId" = $2::uuid), "assignmentCount" =
         (SELECT count(*) FROM "Assignment" WHERE "heldMediaId" = $2::uuid AND status = 'CURRENT')
       FROM created WHERE "Media".id = created."mediaId"
     ), logged AS (
       INSERT INTO "Event" (id, action, "actorId", "nodeType", "nodeId", "mediaId", data, "requestId")
       SELECT $5::uuid, 'media.linked', $4::uuid, 'Media', $2::uuid, $2::uuid, jsonb_build_object('resourceId', "resourceId", 'usageId', id),
         $5::uuid::text
       FROM created
     ) SELECT * FROM created`,
    usageId,
    mediaId,
    id,
    actorId,
    randomUUID(),
  )
}

const unlink = async (run: Run, actorId: string, { mediaId, chain }: Job) => {
  await run('SELECT "deletedAt" IS NULL FROM "Media" WHERE id = $1 FOR UPDATE', mediaId)
  const [lesson] = await run(
    `SELECT * FROM "Resource" WHERE source = 'default' AND type = 'lesson' AND "externalId" = $1`,
    chain[2],
  )
  await run(
    `DELETE FROM "MediaUsage" WHERE "resourceId" = $1 AND "mediaId" = $2 RETURNING "mediaId"`,
    lesson?.['id'],
    mediaId,
  )
  await countUses(run, mediaId)
  await record(run, actorId, 'media.unlinked', 'Media', mediaId, mediaId, { resourceId: lesson?.['id'] })
}

const lockOne = (run: Run, id: string) => run('SELECT * FROM "Media" WHERE id = $1::uuid FOR UPDATE', id)

/** Statements of `mediaUpdate`: the media is read before the transaction, to refuse most invalid calls without a lock. */
const updateMedia =
  (columns: string, set: () => unknown[]) =>
  async (run: Run, actorId: string, { mediaId }: Job) => {
    await lockOne(run, mediaId)
    const values = set()
    const rows = [{ id: randomUUID(), nodeId: mediaId, mediaId, data: { values } }]
    await run(
      `WITH change AS (UPDATE "Media" SET ${columns}, "updatedAt" = $1 WHERE id = $2)
       INSERT INTO "Event" ("id", "action", "actorId", "nodeType", "nodeId", "mediaId", "data", "requestId")
       SELECT "id", 'media.updated', $3::uuid, 'Media', "nodeId", "mediaId", "data", $4
       FROM jsonb_to_recordset($5::jsonb) AS entry("id" uuid, "nodeId" uuid, "mediaId" uuid, "data" jsonb)`,
      new Date(),
      mediaId,
      actorId,
      randomUUID(),
      JSON.stringify(rows),
      ...values,
    )
  }

const trash = async (run: Run, actorId: string, { mediaId }: Job) => {
  await lockMedia(run, mediaId)
  await run(
    `UPDATE "Media" SET "deletedAt" = now(), "deletedById" = $2, "purgeAt" = now() + interval '30 days' WHERE id = $1`,
    mediaId,
    actorId,
  )
  await record(run, actorId, 'media.deleted', 'Media', mediaId, mediaId, { forced: false })
  await readMedia(run, mediaId)
}

const assign = async (run: Run, actorId: string, { mediaId, userId }: Job) => {
  await run('SELECT id FROM "User" WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE', [userId])
  await run(`SELECT DISTINCT "mediaId" FROM "Assignment" WHERE "userId" = $1 AND status = 'CURRENT'`, userId)
  await lockMedia(run, mediaId)
  await run('SELECT "assignmentClock"()')
  const [previous] = await run(
    `UPDATE "Assignment" SET status = 'REPLACED', change = nextval('"Assignment_change_seq"')
     WHERE "userId" = $1 AND status = 'CURRENT' RETURNING id, "mediaId"`,
    userId,
  )
  const id = randomUUID()
  await run(
    `INSERT INTO "Assignment" (id, "mediaId", "heldMediaId", "mediaTitle", "userId", "assignedById", "assignedAt", "undoableUntil", "previousId")
     VALUES ($1, $2, $2, 'x', $3, $4, now(), now() + interval '30 seconds', $5)`,
    id,
    mediaId,
    userId,
    actorId,
    previous?.['id'],
  )
  await countUses(run, mediaId)
  if (previous !== undefined)
    await record(run, actorId, 'assignment.replaced', 'Assignment', previous['id'], previous['mediaId'], { userId })
  await record(run, actorId, 'assignment.created', 'Assignment', id, mediaId, { userId })
  await run('SELECT * FROM "Assignment" WHERE id = $1', id)
}

const restore = async (run: Run, actorId: string, { mediaId }: Job) => {
  await run(
    `SELECT DISTINCT "userId" FROM "Assignment" WHERE "heldMediaId" = $1 AND status = 'ENDED' AND "returns"`,
    mediaId,
  )
  await lockMedia(run, mediaId)
  await run('UPDATE "Media" SET "deletedAt" = NULL, "deletedById" = NULL, "purgeAt" = NULL WHERE id = $1', mediaId)
  await run('DELETE FROM "RememberedUsage" WHERE "mediaId" = $1', mediaId)
  await countUses(run, mediaId)
  await record(run, actorId, 'media.restored', 'Media', mediaId, mediaId, { lostResourceIds: [], lostUserIds: [] })
}

/** Changes media in a transaction; may resolve to the id of what the answer shows. */
type Operation = (run: Run, actorId: string, job: Job) => Promise<unknown>

export const operations: Record<Job['operation'], Operation> = {
  link,
  shortLink,
  linkByStep,
  unlink,
  update: updateMedia('title = $6', () => [`Lecture ${randomUUID()}`]),
  tag: updateMedia('tags = $6, "tagKeys" = $6', () => [['algebra', 'hand']]),
  assign,
  delete: trash,
  restore,
}

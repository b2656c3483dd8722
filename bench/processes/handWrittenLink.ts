import { randomUUID } from 'node:crypto'
import type { Job, Run } from './handWrittenStatements.ts'

// The statements of a `mediaLink` that comes alone, with the same text and the same parameters.

const readResources = `
  SELECT row.* FROM "Resource" AS row JOIN unnest($1::text[], $2::text[], $3::text[])
    AS wanted("source", "type", "externalId") USING ("source", "type", "externalId")`

const createResources = `
  WITH change AS (
    INSERT INTO "Resource" ("id", "source", "type", "externalId", "title", "url", "parentId")
    SELECT * FROM jsonb_to_recordset($1::jsonb)
      AS row("id" uuid, "source" text, "type" text, "externalId" text, "title" text, "url" text, "parentId" uuid)
  )
  INSERT INTO public."Event" ("id", "action", "actorId", "nodeType", "nodeId", "mediaId", "data", "requestId")
  SELECT "id", $2, "actorId", $3, "nodeId", "mediaId", "data", "requestId"
  FROM jsonb_to_recordset($4::jsonb) AS entry(
    "id" uuid, "nodeId" uuid, "mediaId" uuid, "data" jsonb, "actorId" uuid, "requestId" text)`

const lockMedia = `
  SELECT "id"::text FROM "Media" WHERE "id" = ANY($1::uuid[]) AND "deletedAt" IS NULL
  ORDER BY "id" FOR UPDATE SKIP LOCKED`

const createLinks = `
  WITH wanted AS (
    SELECT * FROM jsonb_to_recordset($1::jsonb) AS row("mediaId" uuid, "resourceId" uuid,
      "usageId" uuid, "eventId" uuid, "actorId" uuid, "requestId" text)
  ), created AS (
    INSERT INTO "MediaUsage" ("id", "mediaId", "resourceId", "linkedAt", "linkedById")
    SELECT "usageId", "mediaId", "resourceId", $2::timestamptz, "actorId" FROM wanted
    ON CONFLICT DO NOTHING RETURNING *
  ), counted AS (
    UPDATE "Media" SET
      "usageCount" = counted."links",
      "assignmentCount" = counted."users",
      "unusedSince" = CASE WHEN counted."links" + counted."users" = 0 THEN coalesce("Media"."unusedSince", $3) END
    FROM (
      SELECT wanted."id",
        (SELECT count(*)::int FROM "MediaUsage" WHERE "mediaId" = wanted."id") + wanted."links" AS "links",
        (SELECT count(*)::int FROM "Assignment" WHERE "heldMediaId" = wanted."id" AND "status" = 'CURRENT') AS "users"
      FROM (SELECT "mediaId" AS "id", count(*)::int AS "links" FROM created GROUP BY "mediaId") AS wanted
      OFFSET 0
    ) AS counted
    WHERE "Media"."id" = counted."id"
      AND ("Media"."usageCount", "Media"."assignmentCount") IS DISTINCT FROM (counted."links", counted."users")
  ), logged AS (
    INSERT INTO public."Event" ("id", "action", "actorId", "nodeType", "nodeId", "mediaId", "data", "requestId")
    SELECT "id", $4, "actorId", $5, "nodeId", "mediaId", "data", "requestId"
    FROM (
      SELECT "eventId" AS "id", wanted."mediaId" AS "nodeId", wanted."mediaId", wanted."actorId", wanted."requestId",
        jsonb_build_object('resourceId', created."resourceId", 'usageId', created."id") AS "data"
      FROM created JOIN wanted ON wanted."usageId" = created."id" ORDER BY "eventId"
    ) AS entry RETURNING 1
  )
  SELECT created.*, (SELECT count(*)::int FROM logged) AS "loggedCount" FROM created`

const readAnswer = `
  SELECT json_agg(_row)::text FROM (SELECT
    (SELECT to_json(_row) FROM (
      SELECT t1."id", t1."name" FROM "public"."User" t1 WHERE t1."id" = t0."linkedById") AS _row) AS "linkedBy",
    (SELECT to_json(_row) FROM (
      SELECT t2."id", t2."usageCount" FROM "public"."Media" t2 WHERE t2."id" = t0."mediaId") AS _row) AS "media",
    (SELECT to_json(_row) FROM (SELECT
      (SELECT to_json(_row) FROM (SELECT t4."id", t4."type", t4."externalId" FROM "public"."Resource" t4
        WHERE t4."id" = t3."parentId") AS _row) AS "parent", t3."id", t3."title", t3."url"
      FROM "public"."Resource" t3 WHERE t3."id" = t0."resourceId") AS _row) AS "resource",
    t0."id" FROM "public"."MediaUsage" t0 WHERE t0."id" = $1::uuid) AS _row`

const types = ['course', 'chapter', 'lesson']

/** Makes the link in a transaction that the caller begins and commits, then returns the id of the link. */
export const link = async (run: Run, actorId: string, { mediaId, chain }: Job): Promise<string> => {
  const sources = types.map(() => 'default')
  const rows = await run(readResources, sources, types, chain)
  const [id, usageId, requestId, externalId] = [randomUUID(), randomUUID(), randomUUID(), chain[2]]
  const key = { source: 'default', type: 'lesson', externalId, title: externalId }
  const parentId = rows.find(({ type }) => type === 'chapter')?.['id']
  const created = { id: randomUUID(), nodeId: id, data: key, actorId, requestId }
  const resources = JSON.stringify([{ id, ...key, url: null, parentId }])
  await run(createResources, resources, 'resource.created', 'Resource', JSON.stringify([created]))
  await run(lockMedia, [mediaId])
  const links = [{ mediaId, resourceId: id, usageId, eventId: randomUUID(), actorId, requestId }]
  const now = new Date()
  await run(createLinks, JSON.stringify(links), now, now, 'media.linked', 'Media')
  return usageId
}

/** Reads what the mutation answers, after the transaction. */
export const readLink = (run: Run, usageId: string) => run(readAnswer, usageId)

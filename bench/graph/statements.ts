// Hand-written SQL: one statement builds the whole JSON of an answer.

const dateSql = (column: string): string => `to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`

export const renditionsSql = (versionId: string): string => `(
  SELECT coalesce(json_agg(json_build_object(
    'id', 'Rendition:' || r.id, 'profile', r.profile, 'status', r.status, 'percent', r.percent,
    'mimeType', r."mimeType", 'sizeBytes', r."sizeBytes", 'width', r.width, 'height', r.height
  ) ORDER BY r.profile), '[]') FROM "Rendition" r WHERE r."versionId" = ${versionId})`

export const mediaFields = `
  'id', 'Media:' || m.id, 'title', m.title, 'kind', m.kind, 'status', m.status, 'mimeType', m."mimeType",
  'sizeBytes', m."sizeBytes", 'uploadedAt', ${dateSql('m."uploadedAt"')}, 'tags', m.tags`

const usages = `(
  SELECT coalesce(json_agg(json_build_object(
    'id', 'MediaUsage:' || u.id, 'linkedAt', ${dateSql('u."linkedAt"')}, 'resource', json_build_object(
      'id', 'Resource:' || resource.id, 'type', resource.type, 'externalId', resource."externalId",
      'title', resource.title)
  ) ORDER BY u.id), '[]')
  FROM (SELECT * FROM "MediaUsage" WHERE "mediaId" = m.id ORDER BY id LIMIT 5) u
    JOIN "Resource" resource ON resource.id = u."resourceId")`

export const historySql = (count: number): string => `(
  SELECT coalesce(json_agg(json_build_object(
    'id', 'Event:' || e.id, 'at', ${dateSql('e.at')}, 'action', e.action, 'data', e.data
  ) ORDER BY e.at DESC, e.id DESC), '[]')
  FROM (SELECT * FROM "Event" WHERE "mediaId" = m.id ORDER BY at DESC, id DESC LIMIT ${count}) e)`

export const versionsSql = (count: number): string => `(
  SELECT coalesce(json_agg(json_build_object(
    'id', 'MediaVersion:' || v.id, 'number', v.number, 'status', v.status, 'sizeBytes', v."sizeBytes",
    'createdAt', ${dateSql('v."createdAt"')}, 'renditions', ${renditionsSql('v.id')}
  ) ORDER BY v.number DESC), '[]')
  FROM (SELECT * FROM "MediaVersion" WHERE "mediaId" = m.id ORDER BY number DESC LIMIT ${count}) v)`

/** Page of media with these fields, as `json_build_object` takes them. */
export const listSql = (fields: string): string => `
  SELECT json_build_object('data', json_build_object('mediaList', json_build_object(
    'edges', coalesce(json_agg(json_build_object('node', json_build_object(${fields}))
      ORDER BY m."uploadedAt" DESC, m.id DESC) FILTER (WHERE m.place <= $1), '[]'),
    'pageInfo', json_build_object('hasNextPage', count(*) > $1)
  )))::text AS body
  FROM (
    SELECT *, row_number() OVER (ORDER BY "uploadedAt" DESC, id DESC) AS place FROM (
      SELECT * FROM "Media" WHERE "deletedAt" IS NULL ORDER BY "uploadedAt" DESC, id DESC LIMIT $1 + 1
    ) page
  ) m`

/** Statement of each document, whose only parameter is its only variable. */
export const statements = {
  nested: listSql(`${mediaFields}, 'usageCount', m."usageCount", 'usages', json_build_object('nodes', ${usages}),
    'history', json_build_object('nodes', ${historySql(5)}), 'versions', json_build_object('nodes', ${versionsSql(5)}),
    'renditions', ${renditionsSql('m."currentVersionId"')}`),
  media: `
    SELECT json_build_object('data', json_build_object('media', json_build_object(
      ${mediaFields}, 'fileName', m."fileName", 'usageCount', m."usageCount")))::text AS body
    FROM "Media" m WHERE m.id = $1 AND m."deletedAt" IS NULL`,
  list: listSql(mediaFields),
}

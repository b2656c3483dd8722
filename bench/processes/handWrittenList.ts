import { createServer } from 'node:http'
import pg from 'pg'
import { dateSql, renditionsSql } from '../graph/statements.ts'

// Hand-written server for the page that bench/list.ts measures: one prepared statement builds the whole JSON.
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 20 })

const text = `
  SELECT json_build_object('data', json_build_object('mediaList', json_build_object(
    'edges', coalesce(json_agg(json_build_object('node', json_build_object(
      'id', 'Media:' || m.id, 'title', m.title, 'kind', m.kind, 'status', m.status, 'mimeType', m."mimeType",
      'sizeBytes', m."sizeBytes", 'uploadedAt', ${dateSql('m."uploadedAt"')}, 'tags', m.tags,
      'renditions', ${renditionsSql('m."currentVersionId"')},
      'versions', json_build_object('nodes', (
        SELECT coalesce(json_agg(json_build_object(
          'id', 'MediaVersion:' || v.id, 'number', v.number, 'status', v.status, 'sizeBytes', v."sizeBytes",
          'renditions', ${renditionsSql('v.id')}
        ) ORDER BY v.number DESC), '[]')
        FROM (SELECT * FROM "MediaVersion" WHERE "mediaId" = m.id ORDER BY number DESC LIMIT 2) v)),
      'history', json_build_object('nodes', (
        SELECT coalesce(json_agg(json_build_object(
          'id', 'Event:' || e.id, 'at', ${dateSql('e.at')}, 'action', e.action, 'data', e.data
        ) ORDER BY e.at DESC, e.id DESC), '[]')
        FROM (SELECT * FROM "Event" WHERE "mediaId" = m.id ORDER BY at DESC, id DESC LIMIT 3) e))
    )) ORDER BY m."uploadedAt" DESC, m.id DESC) FILTER (WHERE m.place <= $1), '[]'),
    'pageInfo', json_build_object('hasNextPage', count(*) > $1)
  )))::text AS body
  FROM (
    SELECT *, row_number() OVER (ORDER BY "uploadedAt" DESC, id DESC) AS place FROM (
      SELECT * FROM "Media" WHERE "deletedAt" IS NULL ORDER BY "uploadedAt" DESC, id DESC LIMIT $1 + 1
    ) page
  ) m`

const server = createServer((request, response) => {
  request.resume()
  const first = Number(new URL(request.url ?? '/', 'http://bench').searchParams.get('first') ?? 20)
  pool.query({ name: 'list', text, values: [first] }).then(
    ({ rows }) => response.setHeader('content-type', 'application/json').end(rows[0].body),
    (error: unknown) => {
      response.statusCode = 500
      response.end(String(error))
    },
  )
})

server.listen(0, '127.0.0.1', () => process.send?.('ready'))
process.on('message', () => process.send?.(server.address()))

import { createServer } from 'node:http'
import pg from 'pg'
import { historySql, listSql, mediaFields, renditionsSql, versionsSql } from '../graph/statements.ts'

// Hand-written server for the page that bench/list.ts measures: one prepared statement builds the whole JSON.
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 20 })

const text = listSql(`${mediaFields},
  'renditions', ${renditionsSql('m."currentVersionId"')},
  'versions', json_build_object('nodes', ${versionsSql(2)}), 'history', json_build_object('nodes', ${historySql(3)})`)

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

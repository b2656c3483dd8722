import { createServer } from 'node:http'
import { text } from 'node:stream/consumers'
import pg from 'pg'
import { statements } from '../graph/statements.ts'

// The path names the statement, the body holds its parameter.
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 20 })

const answer = async (name: string, body: string): Promise<string> => {
  const statement = new Map(Object.entries(statements)).get(name)
  if (statement === undefined) throw new Error(`There is no statement ${name}.`)
  const { rows } = await pool.query({ name, text: statement, values: [JSON.parse(body)] })
  return rows[0].body
}

const server = createServer((request, response) => {
  text(request)
    .then((body) => answer((request.url ?? '').slice(1), body))
    .then(
      (body) => response.setHeader('content-type', 'application/json').end(body),
      (error: unknown) => {
        response.statusCode = 500
        response.end(String(error))
      },
    )
})

server.listen(0, '127.0.0.1', () => process.send?.('ready'))
process.on('message', () => process.send?.(server.address()))

import { createServer } from 'node:http'
import { createYoga } from 'graphql-yoga'
import pg from 'pg'
import { readRequestedIds } from '../graph/seed.ts'
import { statements } from '../graph/statements.ts'
import { createStaticSchema } from '../graph/staticSchema.ts'
import type { Media, MediaList } from '../graph/staticTypes.ts'

// The limit of a GraphQL server in JavaScript: the same documents over data in memory, without guards.

const dateFields = new Set(['uploadedAt', 'linkedAt', 'createdAt', 'at'])
const revive = (key: string, value: unknown): unknown => (dateFields.has(key) ? new Date(String(value)) : value)

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 1 })
const read = async (statement: string, value: unknown) => {
  const { rows } = await pool.query(statement, [value])
  return JSON.parse(rows[0].body, revive).data
}

const lists = new Map<number, MediaList>([
  [20, (await read(statements.nested, 20)).mediaList],
  [100, (await read(statements.list, 100)).mediaList],
])
const media = new Map<string, Media>()
for (const id of await readRequestedIds(pool)) media.set(`Media:${id}`, (await read(statements.media, id)).media)
await pool.end()

const schema = createStaticSchema(media, lists)
const server = createServer(createYoga({ schema, logging: false, graphiql: false, landingPage: false }))

server.listen(0, '127.0.0.1', () => process.send?.('ready'))
process.on('message', () => process.send?.(server.address()))

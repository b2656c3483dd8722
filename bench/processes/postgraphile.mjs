import { createServer } from 'node:http'
import { postgraphile } from 'postgraphile'
import { makePgService } from 'postgraphile/adaptors/pg'
import { grafserv } from 'postgraphile/grafserv/node'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import { jsonPgSmartTags } from 'postgraphile/utils'

// PostGraphile over the same tables, without authentication: every request is a single statement without transaction.
// Plain JavaScript, because its types extend those of `graphql` in all files that the compiler sees.

/**
 * No foreign key leads out of the log, so the relation of a media to its history is declared here. Columns of an enum
 * type offer no order unless told to.
 */
const smartTags = jsonPgSmartTags({
  version: 1,
  config: {
    class: {
      Event: { tags: { foreignKey: '("mediaId") references "Media" ("id")|@fieldName media' } },
      Rendition: { attribute: { profile: { tags: { behavior: '+attribute:orderBy' } } } },
    },
  },
})

const instance = postgraphile({
  extends: [PostGraphileAmberPreset],
  plugins: [smartTags],
  disablePlugins: ['PgIndexBehaviorsPlugin'], // it offers no order by the columns of partial indexes, which all lists use
  pgServices: [makePgService({ connectionString: process.env.DATABASE_URL, poolConfig: { max: 20 }, pubsub: false })],
  grafserv: { graphiql: false },
  grafast: { explain: false },
})

await instance.getSchema() // a fault of the schema ends the process here instead of failing each request
const server = createServer()
await instance.createServ(grafserv).addTo(server)
server.listen(0, '127.0.0.1', () => process.send('ready'))
process.on('message', () => process.send(server.address()))

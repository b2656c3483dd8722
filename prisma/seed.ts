import pg from 'pg'
import { startEmbeddedPostgres } from '../src/adapters/embedded-postgres/start.ts'
import { migrate } from '../src/adapters/migrate.ts'
import { seedLibrary } from './seed/library.ts'

// `npm run db:seed -- 100000`: fills an empty library, in the database of DATABASE_URL or in the embedded one.
const count = Number(process.argv[2] ?? 1000)
if (!Number.isInteger(count) || count < 1 || count > 5_000_000) {
  process.stderr.write('Invalid number of media. Pass a whole number from 1 to 5000000, or nothing for 1000.\n')
  process.exit(2)
}

const openDatabase = async () => {
  const { DATABASE_URL, DATABASE_OWNER_URL, DATA_DIR } = process.env
  const ownerUrl = DATABASE_OWNER_URL || DATABASE_URL
  if (ownerUrl) return { ownerUrl, appUrl: DATABASE_URL || ownerUrl, close: async () => undefined }
  return startEmbeddedPostgres({ dataDir: DATA_DIR || '.data', settings: { max_wal_size: '4GB' } })
}

const database = await openDatabase()
const client = new pg.Client({ connectionString: database.ownerUrl })
try {
  await migrate(database)
  await client.connect()
  const { rows } = await client.query('SELECT EXISTS (SELECT FROM "Media") AS "hasMedia"')
  if (rows[0].hasMedia) throw new Error('The library already contains media. Seed an empty database instead.')
  const startMs = performance.now()
  await seedLibrary(client, count)
  process.stdout.write(`Seeded ${count} media in ${((performance.now() - startMs) / 1000).toFixed(1)} s.\n`)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
} finally {
  await client.end()
  await database.close()
}

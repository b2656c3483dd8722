import { parseArgs } from 'node:util'
import pg from 'pg'
import { startEmbeddedPostgres } from '../src/adapters/embedded-postgres/start.ts'
import { createLogger } from '../src/adapters/logger.ts'
import { migrate } from '../src/adapters/migrate.ts'
import { openStorage } from '../src/adapters/storage/openStorage.ts'
import { ConfigError } from '../src/services/config/config.ts'
import { parseStorageUrl } from '../src/services/config/storage.ts'
import { seedLibrary } from './seed/library.ts'
import { createSeedPictures } from './seed/pictures.ts'

// `npm run db:seed -- 100000`: fills an empty library, in the database of DATABASE_URL or in the embedded one.
// `npm run db:seed -- 2000 --pictures`: also stores images and thumbnails, in STORAGE_URL or in DATA_DIR.
const { values, positionals } = parseArgs({
  options: { pictures: { type: 'boolean', default: false } },
  allowPositionals: true,
})
const count = Number(positionals[0] ?? 1000)
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

const openPictureStorage = () => {
  const { STORAGE_URL, DATA_DIR } = process.env
  const faults: string[] = []
  const config = parseStorageUrl(STORAGE_URL || undefined, DATA_DIR || '.data', faults)
  if (faults.length > 0) throw new ConfigError(faults)
  return openStorage(config, createLogger('warn'))
}

const database = await openDatabase()
const client = new pg.Client({ connectionString: database.ownerUrl })
try {
  await migrate(database)
  await client.connect()
  const { rows } = await client.query('SELECT EXISTS (SELECT FROM "Media") AS "hasMedia"')
  if (rows[0].hasMedia) throw new Error('The library already contains media. Seed an empty database instead.')
  const startMs = performance.now()
  const storage = values.pictures ? await openPictureStorage() : null
  const pictures = storage === null ? undefined : createSeedPictures(storage)
  await seedLibrary(client, count, { pictures }).finally(() => storage?.close())
  process.stdout.write(`Seeded ${count} media in ${((performance.now() - startMs) / 1000).toFixed(1)} s.\n`)
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
} finally {
  await client.end()
  await database.close()
}

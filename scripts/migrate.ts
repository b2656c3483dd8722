import { EmbeddedPostgresInUseError } from '../src/adapters/embedded-postgres/claim.ts'
import { attachEmbeddedPostgres, startEmbeddedPostgres } from '../src/adapters/embedded-postgres/start.ts'
import { migrate } from '../src/adapters/migrate.ts'

/** Opens the configured database, or the embedded one: attaches to it if it is running, otherwise starts it for the migration. */
const openDatabase = async () => {
  const { DATABASE_URL, DATABASE_OWNER_URL, DATA_DIR } = process.env
  const ownerUrl = DATABASE_OWNER_URL || DATABASE_URL
  if (ownerUrl) return { ownerUrl, appUrl: DATABASE_URL || ownerUrl, close: async () => undefined }
  const dataDir = DATA_DIR || '.data'
  try {
    return await startEmbeddedPostgres({ dataDir, log: console.log })
  } catch (error) {
    if (!(error instanceof EmbeddedPostgresInUseError)) throw error
    return { ...(await attachEmbeddedPostgres({ dataDir })), close: async () => undefined }
  }
}

const database = await openDatabase()
try {
  await migrate({ ...database, log: { info: (_fields, message) => console.log(message) } })
  console.log('The database is up to date.')
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  await database.close()
}

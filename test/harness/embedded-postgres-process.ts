// Runs the embedded PostgreSQL of the given data folder until SIGTERM. Prints its URLs, or the error, as one line of JSON.
import { pathToFileURL } from 'node:url'

const [modulePath, dataDir] = process.argv.slice(2)
if (modulePath === undefined || dataDir === undefined)
  throw new Error('Usage: node embedded-postgres-process.ts <path of start.ts> <data folder>')
const { startEmbeddedPostgres } = await import(pathToFileURL(modulePath).href)

try {
  const postgres = await startEmbeddedPostgres({ dataDir, settings: { fsync: 'off' } })
  process.on('SIGTERM', () => postgres.close().then(() => process.exit(0)))
  setInterval(() => undefined, 60_000)
  process.on('message', () => process.exit(0))
  console.log(JSON.stringify({ ownerUrl: postgres.ownerUrl, appUrl: postgres.appUrl }))
} catch (error) {
  console.log(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }))
  process.exitCode = 1
}

import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '../src/adapters/embedded-postgres/start.ts'
import { migrate } from '../src/adapters/migrate.ts'

// `npm run db:new -- caption_tables`: writes a migration that brings the last migration's schema to prisma/schema.prisma.
// SQL that Prisma cannot express (triggers, partial indexes, checks) is added to the file by hand afterwards.

const root = join(import.meta.dirname, '..')

/** SQL from the migrated database to prisma/schema.prisma; empty if they agree. */
const diffSql = async (): Promise<string> => {
  const dataDir = await mkdtemp(join(tmpdir(), 'mediagraph-migration-'))
  const postgres = await startEmbeddedPostgres({ dataDir })
  try {
    await migrate(postgres)
    const cli = join(root, 'node_modules', 'prisma', 'build', 'index.js')
    const args = [cli, 'migrate', 'diff', '--from-config-datasource', '--to-schema=prisma/schema.prisma', '--script']
    const env = { ...process.env, DATABASE_URL: postgres.ownerUrl, DATABASE_OWNER_URL: postgres.ownerUrl }
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, env, encoding: 'utf8' })
    if (status !== 0) throw new Error(`prisma migrate diff failed:\n${stderr.trim()}`)
    return stdout.includes('This is an empty migration') ? '' : stdout
  } finally {
    await postgres.close()
    await rm(dataDir, { recursive: true, force: true })
  }
}

const [name = '', flag] = process.argv.slice(2)
if (!/^[a-z][a-z0-9_]*$/.test(name)) {
  process.stderr.write('Usage: npm run db:new -- name_in_snake_case [--empty]\n')
  process.exit(2)
}
const sql = flag === '--empty' ? `-- ${name}\n` : await diffSql()
if (sql === '') {
  process.stderr.write('prisma/schema.prisma matches the migrations. For hand-written SQL, pass --empty.\n')
  process.exit(1)
}
const timestamp = new Date().toISOString().replace(/\D/g, '').slice(0, 14)
const folder = join('prisma', 'migrations', `${timestamp}_${name}`)
await mkdir(join(root, folder))
await writeFile(join(root, folder, 'migration.sql'), sql)
process.stdout.write(
  `Wrote ${join(folder, 'migration.sql')}. Read it, then run npm run db:migrate and npm run generate.\n`,
)

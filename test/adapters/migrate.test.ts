import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import pg from 'pg'
import { afterEach, expect, test } from 'vitest'
import { migrate } from '../../src/adapters/migrate.ts'
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../harness/postgres.ts'

const root = join(import.meta.dirname, '..', '..')
const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const open = async (create: () => Promise<TestDatabase>): Promise<TestDatabase> => {
  const database = await create()
  cleanups.push(() => database.drop())
  return database
}

const query = async (url: string, sql: string) => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows
  } finally {
    await client.end()
  }
}

const told = () => {
  const lines: string[] = []
  return { lines, log: { info: (_fields: object, message: string) => void lines.push(message) } }
}

const addEvent = `INSERT INTO "Event" (id, action, "nodeType", "nodeId", data)
  VALUES (gen_random_uuid(), 'media.uploaded', 'Media', gen_random_uuid(), '{}')`

test('makes tables and queue in an empty database, and finds nothing to do the second time', async () => {
  const database = await open(createEmptyDatabase)
  const [first, second] = [told(), told()]
  await migrate({ ...database, log: first.log })
  expect(first.lines).toEqual(['Migrating the database', 'Installing the queue'])
  await migrate({ ...database, log: second.log })
  expect(second.lines).toEqual([])
})

test('two processes at once do it once', async () => {
  const database = await open(createEmptyDatabase)
  const { lines, log } = told()
  await Promise.all([migrate({ ...database, log }), migrate({ ...database, log }), migrate({ ...database, log })])
  expect(lines).toEqual(['Migrating the database', 'Installing the queue'])
})

test('gives the application its rights again where they are missing', async () => {
  const database = await open(createTestDatabase)
  await query(database.ownerUrl, 'REVOKE ALL ON "Media" FROM mediagraph_app')
  await expect(query(database.appUrl, 'SELECT FROM "Media"')).rejects.toThrow('permission denied')
  await migrate(database)
  await query(database.appUrl, 'SELECT FROM "Media"')
})

test('a table that a later migration adds is open to the application', async () => {
  const database = await open(createTestDatabase)
  await query(database.ownerUrl, 'CREATE TABLE later (id serial)')
  await query(database.appUrl, 'INSERT INTO later DEFAULT VALUES; UPDATE later SET id = 2; DELETE FROM later')
})

test('works with one role for everything', async () => {
  const { ownerUrl } = await open(createEmptyDatabase)
  await migrate({ ownerUrl, appUrl: ownerUrl })
  const { lines, log } = told()
  await migrate({ ownerUrl, appUrl: ownerUrl, log })
  expect(lines).toEqual([])
})

test.each(['UPDATE "Event" SET action = \'\'', 'DELETE FROM "Event"', 'TRUNCATE "Event"'])(
  'the application adds to the log, but %s is refused',
  async (statement) => {
    const database = await open(createTestDatabase)
    await query(database.appUrl, addEvent)
    await expect(query(database.appUrl, statement)).rejects.toThrow('permission denied')
    await expect(query(database.ownerUrl, statement)).rejects.toThrow('The event log is append-only')
    expect(await query(database.appUrl, 'SELECT count(*)::int AS n FROM "Event"')).toEqual([{ n: 1 }])
  },
)

test("the application cannot touch the record of migrations or switch the log's guard off", async () => {
  const { appUrl } = await open(createTestDatabase)
  await expect(query(appUrl, 'DELETE FROM _prisma_migrations')).rejects.toThrow('permission denied')
  await expect(query(appUrl, 'ALTER TABLE "Event" DISABLE TRIGGER ALL')).rejects.toThrow('must be owner')
})

const diff = (database: TestDatabase, ...args: string[]) => {
  const cli = join(root, 'node_modules', 'prisma', 'build', 'index.js')
  const env = { ...process.env, DATABASE_OWNER_URL: database.ownerUrl, NO_COLOR: '1' }
  const command = [cli, 'migrate', 'diff', ...args, '--exit-code']
  const { status, stdout } = spawnSync(process.execPath, command, { cwd: root, env, encoding: 'utf8' })
  return { status, stdout: stdout.trim() }
}
const same = { status: 0, stdout: 'No difference detected.' }

test('migrations, database and schema agree', async () => {
  const database = await open(createTestDatabase)
  const toSchema = ['--to-schema', 'prisma/schema.prisma']
  expect(diff(database, '--from-config-datasource', ...toSchema)).toEqual(same)
  expect(diff(database, '--from-migrations', 'prisma/migrations', ...toSchema)).toEqual(same)
})

test('a difference is seen, so that the agreement above means something', async () => {
  const database = await open(createTestDatabase)
  await query(database.ownerUrl, 'ALTER TABLE "Media" ADD COLUMN extra int')
  const { status, stdout } = diff(database, '--from-config-datasource', '--to-schema', 'prisma/schema.prisma')
  expect(status).toBe(2)
  expect(stdout).toContain('extra')
})

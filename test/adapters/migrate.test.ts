import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { migrate } from '../../src/adapters/migrate.ts'
import { createEmptyDatabase, createTestDatabase, query, type TestDatabase } from '../harness/postgres.ts'

const root = join(import.meta.dirname, '..', '..')
const cleanups: (() => unknown)[] = []
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

const createDatabase = async (create: () => Promise<TestDatabase>): Promise<TestDatabase> => {
  const database = await create()
  cleanups.push(() => database.drop())
  return database
}

const createLogCapture = () => {
  const lines: string[] = []
  return { lines, log: { info: (_fields: object, message: string) => void lines.push(message) } }
}

const addEvent = `INSERT INTO "Event" (id, action, "nodeType", "nodeId", data)
  VALUES (gen_random_uuid(), 'media.uploaded', 'Media', gen_random_uuid(), '{}')`

test('makes tables and queue in an empty database, and finds nothing to do the second time', async () => {
  const database = await createDatabase(createEmptyDatabase)
  const [first, second] = [createLogCapture(), createLogCapture()]
  await migrate({ ...database, log: first.log })
  expect(first.lines).toEqual(['Migrating the database', 'Installing the queue'])
  await migrate({ ...database, log: second.log })
  expect(second.lines).toEqual([])
})

test('two processes at once do it once', async () => {
  const database = await createDatabase(createEmptyDatabase)
  const { lines, log } = createLogCapture()
  await Promise.all([migrate({ ...database, log }), migrate({ ...database, log }), migrate({ ...database, log })])
  expect(lines).toEqual(['Migrating the database', 'Installing the queue'])
})

test('gives the application its rights again where they are missing', async () => {
  const database = await createDatabase(createTestDatabase)
  await query(database.ownerUrl, 'REVOKE ALL ON "Media" FROM mediagraph_app')
  await expect(query(database.appUrl, 'SELECT FROM "Media"')).rejects.toThrow('permission denied')
  await migrate(database)
  await query(database.appUrl, 'SELECT FROM "Media"')
})

test('a table that a later migration adds is open to the application', async () => {
  const database = await createDatabase(createTestDatabase)
  await query(database.ownerUrl, 'CREATE TABLE later (id serial)')
  await query(database.appUrl, 'INSERT INTO later DEFAULT VALUES; UPDATE later SET id = 2; DELETE FROM later')
})

test('works with one role for everything', async () => {
  const { ownerUrl } = await createDatabase(createEmptyDatabase)
  await migrate({ ownerUrl, appUrl: ownerUrl })
  const { lines, log } = createLogCapture()
  await migrate({ ownerUrl, appUrl: ownerUrl, log })
  expect(lines).toEqual([])
})

const expectAppendOnly = async (table: string, insert: string, statement: string): Promise<void> => {
  const database = await createDatabase(createTestDatabase)
  await query(database.appUrl, insert)
  await expect(query(database.appUrl, statement)).rejects.toThrow('permission denied')
  await expect(query(database.ownerUrl, statement)).rejects.toThrow('The event log is append-only')
  expect(await query(database.appUrl, `SELECT count(*)::int AS n FROM "${table}"`)).toEqual([{ n: 1 }])
}

test.each(['UPDATE "Event" SET action = \'\'', 'DELETE FROM "Event"', 'TRUNCATE "Event"'])(
  'the application adds to the log, but %s is refused',
  (statement) => expectAppendOnly('Event', addEvent, statement),
)

const insertChainRow = `INSERT INTO "EventChain" VALUES (1, gen_random_uuid(), 'x', 'Media', gen_random_uuid(), '')`

test.each(['UPDATE "EventChain" SET action = \'\'', 'DELETE FROM "EventChain"', 'TRUNCATE "EventChain"'])(
  'the application adds to the chain of the log, but %s is refused',
  (statement) => expectAppendOnly('EventChain', insertChainRow, statement),
)

const chainAt = (...positions: (number | string)[]): string => `
  INSERT INTO "EventChain"
  SELECT position::bigint, gen_random_uuid(), 'x', 'Media', gen_random_uuid(), ''
  FROM unnest('{${positions.join()}}'::text[]) AS position`

test('the application gives the next positions of the log, and no others', async () => {
  const { appUrl } = await createDatabase(createTestDatabase)
  await query(appUrl, chainAt(1))
  await query(appUrl, chainAt(2, 3, 4))
  for (const wrong of [[6], [0], [-1], ['9223372036854775807'], [5, 7], [0, 5]])
    await expect(query(appUrl, chainAt(...wrong)), wrong.join()).rejects.toThrow('does not follow')
  await query(appUrl, chainAt(5))
})

const addEventAt = `INSERT INTO "Event" (id, at, action, "nodeType", "nodeId", data)
  VALUES (gen_random_uuid(), '2020-01-01', 'media.uploaded', 'Media', gen_random_uuid(), '{}')`

test('the application cannot choose the time of an event, nor change what waits for its position', async () => {
  const { appUrl } = await createDatabase(createTestDatabase)
  await expect(query(appUrl, addEventAt)).rejects.toThrow('permission denied')
  await query(appUrl, addEvent)
  await expect(query(appUrl, 'UPDATE "EventPending" SET "eventId" = gen_random_uuid()')).rejects.toThrow('permission')
  expect(await query(appUrl, 'SELECT count(*)::int AS n FROM "EventPending"')).toEqual([{ n: 1 }])
})

test.each([
  ['GRANT UPDATE ON "EventChain" TO mediagraph_app', 'UPDATE "EventChain" SET action = \'\''],
  ['GRANT DELETE ON "Event" TO mediagraph_app', 'DELETE FROM "Event"'],
  ['GRANT TRUNCATE ON "Event" TO mediagraph_app', 'TRUNCATE "Event"'],
  ['GRANT INSERT ON "Event" TO mediagraph_app', addEventAt],
])('takes a right away that the application must not have: %s', async (grant, statement) => {
  const database = await createDatabase(createTestDatabase)
  await query(database.ownerUrl, grant)
  await migrate(database)
  await expect(query(database.appUrl, statement)).rejects.toThrow('permission denied')
  await query(database.appUrl, addEvent)
})

test('a log that was there before its chain waits for it in order, and its new tables only grow', async () => {
  const database = await createDatabase(createTestDatabase)
  await query(
    database.ownerUrl,
    `DROP TABLE "EventChain", "EventPending"; DROP TRIGGER "Event_pending" ON "Event";
     DROP FUNCTION "enqueueEvents", "requireNextPosition";
     DROP INDEX "Event_action_at_id_idx", "Event_actorId_at_id_idx", "Event_actorId_action_at_id_idx",
       "Event_nodeId_at_id_idx";
     DELETE FROM _prisma_migrations WHERE migration_name LIKE '%_event_chain';
     GRANT INSERT ON "Event" TO mediagraph_app`,
  )
  for (let n = 0; n < 3; n++) await query(database.appUrl, addEvent)
  await migrate(database)
  const pending = await query(
    database.appUrl,
    'SELECT array_agg("eventId" ORDER BY id) = (SELECT array_agg(id ORDER BY at, id) FROM "Event") AS same FROM "EventPending"',
  )
  expect(pending).toEqual([{ same: true }])
  await query(database.appUrl, insertChainRow)
  await expect(query(database.appUrl, 'DELETE FROM "EventChain"')).rejects.toThrow('permission denied')
  await expect(query(database.appUrl, addEventAt)).rejects.toThrow('permission denied')
})

test("the application cannot touch the record of migrations or switch the log's guard off", async () => {
  const { appUrl } = await createDatabase(createTestDatabase)
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
  const database = await createDatabase(createTestDatabase)
  const toSchema = ['--to-schema', 'prisma/schema.prisma']
  expect(diff(database, '--from-config-datasource', ...toSchema)).toEqual(same)
  expect(diff(database, '--from-migrations', 'prisma/migrations', ...toSchema)).toEqual(same)
})

test('a difference is seen, so that the agreement above means something', async () => {
  const database = await createDatabase(createTestDatabase)
  await query(database.ownerUrl, 'ALTER TABLE "Media" ADD COLUMN extra int')
  const { status, stdout } = diff(database, '--from-config-datasource', '--to-schema', 'prisma/schema.prisma')
  expect(status).toBe(2)
  expect(stdout).toContain('extra')
})

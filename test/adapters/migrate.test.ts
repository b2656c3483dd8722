import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { it as base, describe, expect, onTestFinished } from 'vitest'
import { migrate } from '../../src/adapters/migrate.ts'
import { createEmptyDatabase, createTestDatabase, query, type TestDatabase } from '../harness/postgres.ts'

const root = join(import.meta.dirname, '..', '..')

/** Creates a database that is dropped at the end of the test. */
const createDatabase = async (create: () => Promise<TestDatabase>): Promise<TestDatabase> => {
  const database = await create()
  onTestFinished(() => database.drop())
  return database
}

const createLogCapture = () => {
  const lines: string[] = []
  return { lines, log: { info: (_fields: object, message: string) => void lines.push(message) } }
}

const addEvent = `INSERT INTO "Event" (id, action, "nodeType", "nodeId", data)
  VALUES (gen_random_uuid(), 'media.uploaded', 'Media', gen_random_uuid(), '{}')`

const addEventAt = `INSERT INTO "Event" (id, at, action, "nodeType", "nodeId", data)
  VALUES (gen_random_uuid(), '2020-01-01', 'media.uploaded', 'Media', gen_random_uuid(), '{}')`

const insertChainRow = `INSERT INTO "EventChain" VALUES (1, gen_random_uuid(), 'x', 'Media', gen_random_uuid(), '')`

/** `it` with the database of an event log that had no hash chain, migrated. */
const it = base.extend(
  'migratedLog',
  { scope: 'file' },
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  async ({}, { onCleanup }): Promise<TestDatabase> => {
    const database = await createTestDatabase()
    onCleanup(() => database.drop())
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
    return database
  },
)

describe('the migration', () => {
  it('creates tables and queue in an empty database', async () => {
    const database = await createDatabase(createEmptyDatabase)
    const { lines, log } = createLogCapture()
    await migrate({ ...database, log })
    expect(lines).toEqual(['Migrating the database', 'Installing the queue'])
  })

  it('does nothing in a migrated database', async () => {
    const database = await createDatabase(createTestDatabase)
    const { lines, log } = createLogCapture()
    await migrate({ ...database, log })
    expect(lines).toEqual([])
  })

  it('runs once for several processes at the same time', async () => {
    const database = await createDatabase(createEmptyDatabase)
    const { lines, log } = createLogCapture()
    await Promise.all([migrate({ ...database, log }), migrate({ ...database, log }), migrate({ ...database, log })])
    expect(lines).toEqual(['Migrating the database', 'Installing the queue'])
  })

  it('restores missing privileges of the application', async () => {
    const database = await createDatabase(createTestDatabase)
    await query(database.ownerUrl, 'REVOKE ALL ON "Media" FROM mediagraph_app')
    await expect(query(database.appUrl, 'SELECT FROM "Media"')).rejects.toThrow('permission denied')
    await migrate(database)
    await query(database.appUrl, 'SELECT FROM "Media"')
  })

  it.each([
    ['GRANT UPDATE ON "EventChain" TO mediagraph_app', 'UPDATE "EventChain" SET action = \'\''],
    ['GRANT DELETE ON "Event" TO mediagraph_app', 'DELETE FROM "Event"'],
    ['GRANT TRUNCATE ON "Event" TO mediagraph_app', 'TRUNCATE "Event"'],
    ['GRANT INSERT ON "Event" TO mediagraph_app', addEventAt],
  ])('revokes a privilege that the application must not have: %s', async (grant, statement) => {
    const database = await createDatabase(createTestDatabase)
    await query(database.ownerUrl, grant)
    await migrate(database)
    await expect(query(database.appUrl, statement)).rejects.toThrow('permission denied')
    await query(database.appUrl, addEvent)
  })

  it('grants the application access to tables of later migrations', async () => {
    const database = await createDatabase(createTestDatabase)
    await query(database.ownerUrl, 'CREATE TABLE later (id serial)')
    await query(database.appUrl, 'INSERT INTO later DEFAULT VALUES; UPDATE later SET id = 2; DELETE FROM later')
  })

  it('works with a single role', async () => {
    const { ownerUrl } = await createDatabase(createEmptyDatabase)
    await migrate({ ownerUrl, appUrl: ownerUrl })
    const { lines, log } = createLogCapture()
    await migrate({ ownerUrl, appUrl: ownerUrl, log })
    expect(lines).toEqual([])
  })
})

describe('the application', () => {
  const expectAppendOnly = async (table: string, insert: string, statement: string): Promise<void> => {
    const database = await createDatabase(createTestDatabase)
    await query(database.appUrl, insert)
    await expect(query(database.appUrl, statement)).rejects.toThrow('permission denied')
    await expect(query(database.ownerUrl, statement)).rejects.toThrow('The event log is append-only')
    expect(await query(database.appUrl, `SELECT count(*)::int AS n FROM "${table}"`)).toEqual([{ n: 1 }])
  }

  it.each(['UPDATE "Event" SET action = \'\'', 'DELETE FROM "Event"', 'TRUNCATE "Event"'])(
    'may only add events: %s is refused',
    (statement) => expectAppendOnly('Event', addEvent, statement),
  )

  it.each(['UPDATE "EventChain" SET action = \'\'', 'DELETE FROM "EventChain"', 'TRUNCATE "EventChain"'])(
    'may only add to the hash chain: %s is refused',
    (statement) => expectAppendOnly('EventChain', insertChainRow, statement),
  )

  const chainAt = (...positions: (number | string)[]): string => `
  INSERT INTO "EventChain"
  SELECT position::bigint, gen_random_uuid(), 'x', 'Media', gen_random_uuid(), ''
  FROM unnest('{${positions.join()}}'::text[]) AS position`

  it('may number events with the next positions only', async () => {
    const { appUrl } = await createDatabase(createTestDatabase)
    await query(appUrl, chainAt(1))
    await query(appUrl, chainAt(2, 3, 4))
    for (const positions of [[6], [0], [-1], ['9223372036854775807'], [5, 7], [0, 5]])
      await expect(query(appUrl, chainAt(...positions)), positions.join()).rejects.toThrow('does not follow')
    await query(appUrl, chainAt(5))
  })

  it('may not choose the time of an event', async () => {
    const { appUrl } = await createDatabase(createTestDatabase)
    await expect(query(appUrl, addEventAt)).rejects.toThrow('permission denied')
  })

  it('may not change events that wait for their position', async () => {
    const { appUrl } = await createDatabase(createTestDatabase)
    await query(appUrl, addEvent)
    await expect(query(appUrl, 'UPDATE "EventPending" SET "eventId" = gen_random_uuid()')).rejects.toThrow('permission')
    expect(await query(appUrl, 'SELECT count(*)::int AS n FROM "EventPending"')).toEqual([{ n: 1 }])
  })

  it('may not change the record of migrations', async () => {
    const { appUrl } = await createDatabase(createTestDatabase)
    await expect(query(appUrl, 'DELETE FROM _prisma_migrations')).rejects.toThrow('permission denied')
  })

  it('may not disable the triggers of the event log', async () => {
    const { appUrl } = await createDatabase(createTestDatabase)
    await expect(query(appUrl, 'ALTER TABLE "Event" DISABLE TRIGGER ALL')).rejects.toThrow('must be owner')
  })
})

describe('the migration of an event log without a hash chain', () => {
  it('queues the old events in order', async ({ migratedLog: { appUrl } }) => {
    const rows = await query(
      appUrl,
      'SELECT array_agg("eventId" ORDER BY id) = (SELECT array_agg(id ORDER BY at, id) FROM "Event") AS same FROM "EventPending"',
    )
    expect(rows).toEqual([{ same: true }])
  })

  it('makes the new tables append-only', async ({ migratedLog: { appUrl } }) => {
    await query(appUrl, insertChainRow)
    await expect(query(appUrl, 'DELETE FROM "EventChain"')).rejects.toThrow('permission denied')
  })

  it('revokes the right to choose the time of an event', async ({ migratedLog: { appUrl } }) => {
    await expect(query(appUrl, addEventAt)).rejects.toThrow('permission denied')
  })
})

describe('the schema', () => {
  const diff = (database: TestDatabase, ...args: string[]) => {
    const cli = join(root, 'node_modules', 'prisma', 'build', 'index.js')
    const env = { ...process.env, DATABASE_OWNER_URL: database.ownerUrl, NO_COLOR: '1' }
    const command = [cli, 'migrate', 'diff', ...args, '--exit-code']
    const { status, stdout } = spawnSync(process.execPath, command, { cwd: root, env, encoding: 'utf8' })
    return { status, stdout: stdout.trim() }
  }
  const noDifference = { status: 0, stdout: 'No difference detected.' }

  const toSchema = ['--to-schema', 'prisma/schema.prisma']

  it('matches the migrated database', async () => {
    const database = await createDatabase(createTestDatabase)
    expect(diff(database, '--from-config-datasource', ...toSchema)).toEqual(noDifference)
  })

  it('matches the migrations', async () => {
    const database = await createDatabase(createTestDatabase)
    expect(diff(database, '--from-migrations', 'prisma/migrations', ...toSchema)).toEqual(noDifference)
  })

  it('does not match a database with another column', async () => {
    const database = await createDatabase(createTestDatabase)
    await query(database.ownerUrl, 'ALTER TABLE "Media" ADD COLUMN extra int')
    const { status, stdout } = diff(database, '--from-config-datasource', ...toSchema)
    expect(status).toBe(2)
    expect(stdout).toContain('extra')
  })
})

import { describe, expect } from 'vitest'
import { lockLogTables } from '../../../src/services/event/logTables.ts'
import { it as base } from '../../harness/chainIt.ts'
import { query } from '../../harness/postgres.ts'

// The owner of the tables can show the truth to the verification alone. The verification therefore accepts only plain
// tables as the migrations created them.

const it = base.extend('log', ({ world }, { onCleanup }) => {
  const undone: string[] = []
  onCleanup(async () => {
    for (const statement of undone.toReversed()) await world.ownerClient.query(statement)
  })
  return {
    /** Runs statements as the owner; those of `undo` run after the test. */
    async disguise(statement: string, undo: string): Promise<void> {
      undone.push(undo)
      await world.ownerClient.query(statement)
    },
  }
})

it.beforeAll(({ world }) => world.appendEvents(20))

/** A function that tells the verification from other readers by the search path that it pins. */
const isVerifier = `current_setting('search_path') = 'pg_catalog'`

const disguises: [name: string, statement: string, undo: string, detail: string][] = [
  [
    'a view in the place of the events',
    `ALTER TABLE "Event" RENAME TO "Genuine";
     CREATE VIEW "Event" AS SELECT "id", "at", CASE WHEN ${isVerifier} THEN "action" ELSE 'media.forged' END AS "action",
       "actorId", "nodeType", "nodeId", "mediaId", "data", "requestId" FROM "Genuine";
     GRANT SELECT ON "Event" TO PUBLIC`,
    `DROP VIEW "Event"; ALTER TABLE "Genuine" RENAME TO "Event"`,
    '"Event" is not a table, has',
  ],
  [
    'a view in the place of the chain',
    `ALTER TABLE "EventChain" RENAME TO "Genuine";
     CREATE VIEW "EventChain" AS SELECT * FROM "Genuine" WHERE ${isVerifier} OR "position" > 5;
     GRANT SELECT ON "EventChain" TO PUBLIC`,
    `DROP VIEW "EventChain"; ALTER TABLE "Genuine" RENAME TO "EventChain"`,
    '"EventChain" is not a table',
  ],
  [
    'a rule that keeps events out',
    `CREATE RULE "forget" AS ON INSERT TO "Event" WHERE NEW."action" = 'media.purged' DO INSTEAD NOTHING`,
    'DROP RULE "forget" ON "Event"',
    '"Event" has rules.',
  ],
  [
    'row security that hides events',
    `ALTER TABLE "Event" ENABLE ROW LEVEL SECURITY;
     CREATE POLICY "hide" ON "Event" USING (${isVerifier} OR "action" <> 'media.uploaded')`,
    'DROP POLICY "hide" ON "Event"; ALTER TABLE "Event" DISABLE ROW LEVEL SECURITY',
    '"Event" has row security.',
  ],
  [
    'a policy that is not in force yet',
    'CREATE POLICY "hide" ON "EventPending" USING (true)',
    'DROP POLICY "hide" ON "EventPending"',
    '"EventPending" has row security.',
  ],
  [
    'a foreign trigger',
    `CREATE FUNCTION "rewrite"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW."actorId" = NULL; RETURN NEW; END $$;
     CREATE TRIGGER "rewrite" BEFORE INSERT ON "Event" FOR EACH ROW EXECUTE FUNCTION "rewrite"()`,
    'DROP TRIGGER "rewrite" ON "Event"; DROP FUNCTION "rewrite"',
    '"Event" has a trigger that no migration created.',
  ],
  [
    'a trigger of ours with a condition',
    `DROP TRIGGER "Event_append_only" ON "Event";
     CREATE TRIGGER "Event_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "Event"
       FOR EACH STATEMENT WHEN (current_user <> 'mediagraph_owner') EXECUTE FUNCTION "refuseEventChange"()`,
    `DROP TRIGGER "Event_append_only" ON "Event";
     CREATE TRIGGER "Event_append_only" BEFORE UPDATE OR DELETE OR TRUNCATE ON "Event"
       FOR EACH STATEMENT EXECUTE FUNCTION "refuseEventChange"()`,
    '"Event" has a trigger that no migration created.',
  ],
  [
    'a child table',
    'CREATE TABLE "Child" () INHERITS ("Event")',
    'DROP TABLE "Child"',
    '"Event" has parent or child tables.',
  ],
  [
    'a column that is computed when it is read',
    `ALTER TABLE "Event" RENAME COLUMN "requestId" TO "genuine";
     ALTER TABLE "Event" ADD COLUMN "requestId" text GENERATED ALWAYS AS (CASE WHEN "genuine" = 'a' THEN 'b' ELSE "genuine" END) VIRTUAL`,
    `ALTER TABLE "Event" DROP COLUMN "requestId"; ALTER TABLE "Event" RENAME COLUMN "genuine" TO "requestId"`,
    '"Event" has a computed column',
  ],
  [
    'another owner',
    'GRANT CREATE ON SCHEMA public TO mediagraph_app; ALTER TABLE "EventPending" OWNER TO mediagraph_app',
    `ALTER TABLE "EventPending" OWNER TO mediagraph_owner; REVOKE CREATE ON SCHEMA public FROM mediagraph_app;
     GRANT SELECT, INSERT, DELETE ON "EventPending" TO mediagraph_app`,
    '"EventPending" has another owner than the migrations.',
  ],
  [
    'no table at all',
    'ALTER TABLE "EventChain" RENAME TO "Genuine"',
    'ALTER TABLE "Genuine" RENAME TO "EventChain"',
    '"EventChain" does not exist.',
  ],
]

describe('the verification reports', () => {
  it.for(disguises)('%s', async ([_name, statement, undo, detail], { world, log }) => {
    await log.disguise(statement, undo)
    const result = await world.verify()
    expect(result).toMatchObject({ ok: false, checked: 0, firstBroken: null, brokenPosition: null, fault: 'DISGUISED' })
    expect(result.detail).toContain(detail)
  })

  it('a function of ours that was replaced', async ({ world, log }) => {
    const { rows } = await world.ownerClient.query(
      `SELECT pg_get_functiondef('"requireNextPosition"'::regproc) AS definition`,
    )
    await log.disguise(
      `CREATE OR REPLACE FUNCTION "requireNextPosition"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$`,
      rows[0].definition,
    )
    expect(await world.verify()).toMatchObject({ ok: false, fault: 'DISGUISED' })
  })

  it('no fault after everything was undone', async ({ world }) => {
    expect(await world.verify()).toMatchObject({ ok: true, checked: 20, detail: null })
  })
})

it('a verification keeps the tables from being renamed while it reads them', async ({ world }) => {
  const rename = `SET lock_timeout = '100ms'; ALTER TABLE "Event" RENAME TO "Genuine"`
  await world.database.$transaction(async (transaction) => {
    await lockLogTables(transaction, null)
    await expect(query(world.testDatabase.ownerUrl, rename)).rejects.toThrow('lock timeout')
  })
})

it('a verification notices a table that takes the place of another between two reads', async ({ world, log }) => {
  const ids = await world.database.$transaction((transaction) => lockLogTables(transaction, null))
  await log.disguise(
    `ALTER TABLE "EventPending" RENAME TO "Genuine"; CREATE TABLE "EventPending" (LIKE "Genuine")`,
    `DROP TABLE "EventPending"; ALTER TABLE "Genuine" RENAME TO "EventPending"`,
  )
  const next = world.database.$transaction((transaction) => lockLogTables(transaction, ids))
  await expect(next).rejects.toThrow('replaced by another one')
})

/** A schema with a table that hides events, and an operator for which the event of this id equals nothing. */
const createShadowSql = (hiddenId: string) => `
  CREATE SCHEMA "shadow"; GRANT USAGE ON SCHEMA "shadow" TO PUBLIC;
  CREATE VIEW "shadow"."EventChain" AS SELECT * FROM public."EventChain" WHERE "position" > 5;
  CREATE FUNCTION "shadow"."equals"(uuid, uuid) RETURNS boolean LANGUAGE sql IMMUTABLE
    AS $$ SELECT uuid_eq($1, $2) AND $1 <> '${hiddenId}' $$;
  CREATE OPERATOR "shadow".= (LEFTARG = uuid, RIGHTARG = uuid, FUNCTION = "shadow"."equals")`
const dropShadowSql = 'DROP SCHEMA "shadow" CASCADE'

it('an operator that the search path of the database finds first hides no event', async ({ world, log }) => {
  const name = new URL(world.testDatabase.ownerUrl).pathname.slice(1)
  const { id } = await world.database.event.findFirstOrThrow()
  await log.disguise(createShadowSql(id), dropShadowSql)
  await log.disguise(
    `ALTER DATABASE "${name}" SET search_path = "shadow", pg_catalog, public`,
    `ALTER DATABASE "${name}" RESET search_path`,
  )
  await world.database.$disconnect() // it connects again with the new settings
  expect(await world.database.event.findUnique({ where: { id } })).toMatchObject({ id })
  expect(await world.verify()).toMatchObject({ ok: true })
})

it.for(['shadow, public', 'shadow, pg_catalog, public', 'public, pg_catalog', 'pg_catalog'])(
  'a verification refuses a connection whose search path is %s',
  async (path, { world, log }) => {
    const { id } = await world.database.event.findFirstOrThrow()
    await log.disguise(createShadowSql(id), dropShadowSql)
    const verification = world.database.$transaction(async (transaction) => {
      await transaction.$executeRawUnsafe(`SET LOCAL search_path = ${path}`)
      await lockLogTables(transaction, null)
    })
    await expect(verification).rejects.toThrow('The search path of this server is not its own')
  },
)

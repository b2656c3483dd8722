import { describe, expect } from 'vitest'
import { createLogger } from '../../../src/adapters/logger.ts'
import { createSequencerConnection } from '../../../src/adapters/sequencer.ts'
import { createSequencer } from '../../../src/services/event/sequencer.ts'
import { it as base } from '../../harness/chainIt.ts'
import {
  addEvents,
  changedAt,
  columnChanges,
  cutOffAt,
  duplicatedAt,
  type ExpectedFault,
  remove,
  rewrittenAt,
  rowChanges,
  updateData,
  updateEvent,
  uuid,
} from './tampering.ts'

// The owner of the database can change anything in it; the verification detects every change. The log has forty events
// and a checkpoint at every tenth.

const size = 40

/** The log as it was before any test changed it. */
const it = base.extend('log', async ({ world }) => {
  const run = async (...statements: string[]): Promise<void> => {
    for (const statement of statements) await world.ownerClient.query(statement)
  }

  const restore = (): Promise<void> =>
    run(
      'TRUNCATE "Event", "EventChain", "EventPending"',
      'INSERT INTO "Event" SELECT * FROM "EventKept"',
      'INSERT INTO "EventChain" SELECT * FROM "ChainKept"',
    )

  /** Replaces the chain from a position on by a consistent chain with other contents. */
  const rebuildChain = async (position: number, ids: string): Promise<void> => {
    await run(
      `DELETE FROM "EventChain" WHERE "position" >= ${position}`,
      `INSERT INTO "EventPending" ("eventId") ${ids}`,
    )
    // The world's sequencer would save a checkpoint.
    const checkpoints = { list: async () => [], save: async () => undefined }
    const sequencer = createSequencer({ pubsub: world.pubsub, checkpoints, log: createLogger('silent') })
    while ((await sequencer.advance(world.connection)) > 0);
  }

  const verify = async (): Promise<ExpectedFault | 'intact'> => {
    const { ok, fault, brokenPosition: position, firstBroken, checked } = await world.verify()
    if (ok) return 'intact'
    if (fault === null) throw new Error('broken without a fault')
    if (position !== null) expect(checked).toBe(Math.max(0, position - 1))
    const event = firstBroken === null ? null : Number(firstBroken.id.slice(-12))
    return { fault, position, event }
  }

  await restore()
  return { run, restore, rebuildChain, verify }
})

it.beforeAll(async ({ world }) => {
  for (let from = 1; from < size; from += 10) {
    await world.ownerClient.query(addEvents(from, from + 9))
    await world.sequencePending()
  }
  await world.ownerClient.query(`
    CREATE TABLE "EventKept" AS SELECT * FROM "Event";
    CREATE TABLE "ChainKept" AS SELECT * FROM "EventChain";
    ALTER TABLE "Event" DISABLE TRIGGER USER;
    ALTER TABLE "EventChain" DISABLE TRIGGER USER`)
})

describe('the verification detects a changed row at its position', () => {
  it.for(columnChanges)('after changing %s', async ([_name, statement, expected], { log }) => {
    await log.run(statement)
    expect(await log.verify()).toEqual(expected ?? changedAt(17))
  })

  it.for([1, 40])('at position %i', async (n, { log }) => {
    await log.run(updateEvent(`"requestId" = 'x'`, n))
    expect(await log.verify()).toEqual(changedAt(n))
  })

  it('at the first of several', async ({ log }) => {
    await log.run(updateEvent(`"requestId" = 'x'`, 39), updateEvent(`"requestId" = 'x'`, 5), remove('Event', 20))
    expect(await log.verify()).toEqual(changedAt(5))
  })
})

describe('the verification detects added, removed or moved rows at their position', () => {
  it.for(rowChanges)('if %s', async ([_name, statement, expected], { log }) => {
    await log.run(statement)
    expect(await log.verify()).toEqual(expected)
  })

  it('if an event exists twice because the primary key was dropped', async ({ log }) => {
    await log.run('ALTER TABLE "Event" DROP CONSTRAINT "Event_pkey"')
    await log.run(`INSERT INTO "Event" SELECT * FROM "Event" WHERE "id" = '${uuid(17)}'`)
    expect(await log.verify()).toEqual(duplicatedAt(17, 17))
    await log.restore()
    await log.run('ALTER TABLE "Event" ADD PRIMARY KEY ("id")')
  })

  it('if a position exists twice because the keys were dropped', async ({ log }) => {
    await log.run('ALTER TABLE "EventChain" DROP CONSTRAINT "EventChain_pkey"', 'DROP INDEX "EventChain_eventId_key"')
    await log.run('INSERT INTO "EventChain" SELECT * FROM "EventChain" WHERE "position" = 17')
    expect(await log.verify()).toEqual(duplicatedAt(17, 17))
    await log.restore()
    await log.run('ALTER TABLE "EventChain" ADD PRIMARY KEY ("position")')
    await log.run('CREATE UNIQUE INDEX "EventChain_eventId_key" ON "EventChain" ("eventId")')
  })
})

describe('the verification detects a rewritten, consistent chain by the checkpoints', () => {
  const selectBackup = (from: number, without = 0): string =>
    `SELECT "eventId" FROM "ChainKept" WHERE "position" >= ${from} AND "position" <> ${without} ORDER BY "position"`

  it.for<[string, number, string, number]>([
    ['from the first event on', 1, updateEvent(`"requestId" = 'x'`, 1), 10],
    ['from a middle event on', 17, updateEvent(`"requestId" = 'x'`, 17), 20],
    ['at the last event', 40, updateEvent(`"requestId" = 'x'`, 40), 40],
  ])('%s', async ([_name, from, statement, position], { log }) => {
    await log.run(statement)
    await log.rebuildChain(from, selectBackup(from))
    expect(await log.verify()).toEqual(rewrittenAt(position))
  })

  it('without one of its events', async ({ log }) => {
    await log.run(remove('Event', 17))
    await log.rebuildChain(17, selectBackup(17, 17))
    expect(await log.verify()).toEqual(rewrittenAt(20))
  })

  it('with other events at the end', async ({ log }) => {
    await log.run(remove('Event', 31, 40), addEvents(51, 65))
    await log.rebuildChain(31, `SELECT "id" FROM "Event" WHERE "id" > '${uuid(50)}' ORDER BY "id"`)
    expect(await log.verify()).toEqual(rewrittenAt(40))
  })

  it('although 200 more checkpoints are saved afterwards', async ({ world, log }) => {
    await log.run(updateEvent(`"requestId" = 'x'`, 17))
    await log.rebuildChain(17, selectBackup(17))
    const checkpointsBefore = await world.checkpoints.list()
    const newest = { position: 40, hash: '00'.repeat(32) }
    for (let n = 1; n <= 200; n++) {
      await log.run(addEvents(100 + n, 100 + n), `INSERT INTO "EventPending" ("eventId") VALUES ('${uuid(100 + n)}')`)
      await world.sequencePending()
    }
    const checkpoints = await world.checkpoints.list()
    expect(checkpoints.length).toBeLessThan(200)
    for (const checkpoint of checkpointsBefore.filter(({ position }) => position >= 20))
      expect(checkpoints).toContainEqual(checkpoint)
    expect(checkpoints).not.toContainEqual(newest)
    expect(await log.verify()).toEqual(rewrittenAt(20))
    for (const { position, hash } of checkpoints)
      if (position > 40) await world.storage.remove(`log/heads/${String(position).padStart(16, '0')}-${hash}`)
  })

  it.for<[string, string, ExpectedFault]>([
    ['with a forged checkpoint inside the chain', '20', rewrittenAt(20)],
    ['with a forged checkpoint beyond the chain', '99', cutOffAt(41)],
  ])('%s', async ([_name, position, expected], { world, log }) => {
    const forgedKey = `log/heads/${position.padStart(16, '0')}-${'ab'.repeat(32)}`
    await world.storage.put(forgedKey, Buffer.from('x'))
    expect(await log.verify()).toEqual(expected)
    await world.storage.remove(forgedKey)
    expect(await log.verify()).toBe('intact')
  })
})

describe('the verification reports no fault', () => {
  it.for<[string, string]>([
    ['nothing was changed', 'SELECT 1'],
    [
      'keys are written in another order',
      updateData('{"inner": {"a": null, "b": true}, "list": [1,2], "name":"a", "sizeBytes":1}'),
    ],
    [
      'rows are written again as they are',
      'UPDATE "Event" SET "data" = "data", "at" = "at"; UPDATE "EventChain" SET "hash" = "hash"',
    ],
    ['a table is reordered by CLUSTER', 'CLUSTER "Event" USING "Event_nodeId_at_id_idx"'],
    [
      'an event waits for its position',
      `${addEvents(41, 41)}; INSERT INTO "EventPending" ("eventId") VALUES ('${uuid(41)}')`,
    ],
  ])('if %s', async ([_name, statement], { log }) => {
    await log.run(statement)
    expect(await log.verify()).toBe('intact')
  })

  it('if the database has another time zone, date style or float format', async ({ world, log }) => {
    const name = new URL(world.testDatabase.ownerUrl).pathname.slice(1)
    for (const setting of [`timezone = 'Asia/Kathmandu'`, `datestyle = 'SQL, DMY'`, 'extra_float_digits = -3'])
      await log.run(`ALTER DATABASE "${name}" SET ${setting}`)
    await world.database.$disconnect() // it connects again with the new settings
    world.connection = createSequencerConnection(await world.connect(world.testDatabase.appUrl))
    expect(await log.verify()).toBe('intact')
  })
})

it('the verification is not misled by functions that shadow those of PostgreSQL', async ({ world, log }) => {
  await log.run(updateEvent(`"requestId" = 'x'`))
  const name = new URL(world.testDatabase.ownerUrl).pathname.slice(1)
  await log.run(
    `CREATE FUNCTION public.sha256(bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT '\\x00'::bytea $$`,
    `CREATE FUNCTION public.convert_to(text, name) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT '\\x00'::bytea $$`,
    `ALTER DATABASE "${name}" SET search_path = public, pg_catalog`,
  )
  await world.database.$disconnect() // it connects again with the new settings
  expect(await log.verify()).toEqual(changedAt(17))
  await log.restore()
  expect(await log.verify()).toBe('intact')
})

it('concurrent verifications share one run', async ({ world }) => {
  const [one, two] = [world.verify(), world.verify()]
  expect(one).toBe(two)
  await one
  const later = world.verify()
  expect(later).not.toBe(one)
  await later
})

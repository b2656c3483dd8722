import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLogger } from '../../../src/adapters/logger.ts'
import { createSequencerConnection } from '../../../src/adapters/sequencer.ts'
import { createSequencer } from '../../../src/services/event/sequencer.ts'
import { type ChainWorld, openChainWorld } from '../../harness/chain.ts'
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

// Whoever owns the database may do anything with it; nothing of it stays hidden. Forty events, heads kept of every tenth.

let world: ChainWorld

const size = 40

const runAsOwner = async (...statements: string[]): Promise<void> => {
  for (const statement of statements) await world.ownerClient.query(statement)
}

const restoreStatements = [
  'TRUNCATE "Event", "EventChain", "EventPending"',
  'INSERT INTO "Event" SELECT * FROM "EventKept"',
  'INSERT INTO "EventChain" SELECT * FROM "ChainKept"',
]

/** A chain of other contents without a fault in itself, from a position on. */
const rebuildChain = async (position: number, ids: string): Promise<void> => {
  await runAsOwner(
    `DELETE FROM "EventChain" WHERE "position" >= ${position}`,
    `INSERT INTO "EventPending" ("eventId") ${ids}`,
  )
  // Not by the world's sequencer, which would keep the head.
  while ((await rewriteSequencer.advance(world.connection)) > 0);
}
let rewriteSequencer: ChainWorld['sequencer']

beforeAll(async () => {
  world = await openChainWorld()
  const noCheckpoints = { list: async () => [], save: async () => undefined }
  rewriteSequencer = createSequencer({ pubsub: world.pubsub, checkpoints: noCheckpoints, log: createLogger('silent') })
  for (let from = 1; from < size; from += 10) {
    await world.ownerClient.query(addEvents(from, from + 9))
    await world.sequencePending()
  }
  await runAsOwner(
    'CREATE TABLE "EventKept" AS SELECT * FROM "Event"',
    'CREATE TABLE "ChainKept" AS SELECT * FROM "EventChain"',
    'ALTER TABLE "Event" DISABLE TRIGGER USER',
    'ALTER TABLE "EventChain" DISABLE TRIGGER USER',
  )
})
afterAll(() => world?.close())

const verifyLog = async (): Promise<ExpectedFault | 'whole'> => {
  const { ok, fault, brokenPosition: position, firstBroken, checked } = await world.verify()
  if (ok) return 'whole'
  if (fault === null) throw new Error('broken without a fault')
  if (position !== null) expect(checked).toBe(Math.max(0, position - 1))
  const event = firstBroken === null ? null : Number(firstBroken.id.slice(-12))
  return { fault, position, event }
}

describe('a change of what is in the log is found at its position', () => {
  it.each(columnChanges)('of %s', async (_name, statement, expected = changedAt(17)) => {
    await runAsOwner(...restoreStatements, statement)
    expect(await verifyLog()).toEqual(expected)
  })

  it.each([1, 40])('at position %i', async (n) => {
    await runAsOwner(...restoreStatements, updateEvent(`"requestId" = 'x'`, n))
    expect(await verifyLog()).toEqual(changedAt(n))
  })

  it('at the first of several', async () => {
    await runAsOwner(
      ...restoreStatements,
      updateEvent(`"requestId" = 'x'`, 39),
      updateEvent(`"requestId" = 'x'`, 5),
      remove('Event', 20),
    )
    expect(await verifyLog()).toEqual(changedAt(5))
  })
})

describe('a change of which rows there are is found at its position', () => {
  it.each(rowChanges)('%s', async (_name, statement, expected) => {
    await runAsOwner(...restoreStatements, statement)
    expect(await verifyLog()).toEqual(expected)
  })

  it('rows that stand twice, where the keys that forbid it were dropped', async () => {
    await runAsOwner(...restoreStatements, 'ALTER TABLE "Event" DROP CONSTRAINT "Event_pkey"')
    await runAsOwner(`INSERT INTO "Event" SELECT * FROM "Event" WHERE "id" = '${uuid(17)}'`)
    expect(await verifyLog()).toEqual(duplicatedAt(17, 17))
    await runAsOwner(...restoreStatements, 'ALTER TABLE "Event" ADD PRIMARY KEY ("id")')
    await runAsOwner(
      'ALTER TABLE "EventChain" DROP CONSTRAINT "EventChain_pkey"',
      'DROP INDEX "EventChain_eventId_key"',
    )
    await runAsOwner('INSERT INTO "EventChain" SELECT * FROM "EventChain" WHERE "position" = 17')
    expect(await verifyLog()).toEqual(duplicatedAt(17, 17))
    await runAsOwner(...restoreStatements, 'ALTER TABLE "EventChain" ADD PRIMARY KEY ("position")')
    await runAsOwner('CREATE UNIQUE INDEX "EventChain_eventId_key" ON "EventChain" ("eventId")')
  })
})

describe('a chain that was written anew, without a fault in itself, differs from a head that was kept', () => {
  const selectBackup = (from: number, without = 0): string =>
    `SELECT "eventId" FROM "ChainKept" WHERE "position" >= ${from} AND "position" <> ${without} ORDER BY "position"`

  it.each([
    ['from the first on', 1, updateEvent(`"requestId" = 'x'`, 1), 10],
    ['from the middle on', 17, updateEvent(`"requestId" = 'x'`, 17), 20],
    ['at its end', 40, updateEvent(`"requestId" = 'x'`, 40), 40],
  ])('%s', async (_name, from, statement, position) => {
    await runAsOwner(...restoreStatements, statement)
    await rebuildChain(from, selectBackup(from))
    expect(await verifyLog()).toEqual(rewrittenAt(position))
  })

  it('without one of its events', async () => {
    await runAsOwner(...restoreStatements, remove('Event', 17))
    await rebuildChain(17, selectBackup(17, 17))
    expect(await verifyLog()).toEqual(rewrittenAt(20))
  })

  it('with other events at the end', async () => {
    await runAsOwner(...restoreStatements, remove('Event', 31, 40), addEvents(51, 65))
    await rebuildChain(31, `SELECT "id" FROM "Event" WHERE "id" > '${uuid(50)}' ORDER BY "id"`)
    expect(await verifyLog()).toEqual(rewrittenAt(40))
  })

  it('and the head stays as evidence, however much comes after', async () => {
    await runAsOwner(...restoreStatements, updateEvent(`"requestId" = 'x'`, 17))
    await rebuildChain(17, selectBackup(17))
    const checkpointsBefore = await world.checkpoints.list()
    const newest = { position: 40, hash: '00'.repeat(32) }
    for (let n = 1; n <= 200; n++) {
      await runAsOwner(
        addEvents(100 + n, 100 + n),
        `INSERT INTO "EventPending" ("eventId") VALUES ('${uuid(100 + n)}')`,
      )
      await world.sequencePending()
    }
    const checkpoints = await world.checkpoints.list()
    expect(checkpoints.length).toBeLessThan(200)
    for (const checkpoint of checkpointsBefore.filter(({ position }) => position >= 20))
      expect(checkpoints).toContainEqual(checkpoint)
    expect(checkpoints).not.toContainEqual(newest)
    expect(await verifyLog()).toEqual(rewrittenAt(20))
    for (const { position, hash } of checkpoints)
      if (position > 40) await world.storage.remove(`log/heads/${String(position).padStart(16, '0')}-${hash}`)
  })

  it('also where it is the head that was forged', async () => {
    await runAsOwner(...restoreStatements)
    const forgedKey = `log/heads/${'20'.padStart(16, '0')}-${'ab'.repeat(32)}`
    await world.storage.put(forgedKey, Buffer.from('x'))
    expect(await verifyLog()).toEqual(rewrittenAt(20))
    await world.storage.remove(forgedKey)
    const futureKey = `log/heads/${'99'.padStart(16, '0')}-${'ab'.repeat(32)}`
    await world.storage.put(futureKey, Buffer.from('x'))
    expect(await verifyLog()).toEqual(cutOffAt(41))
    await world.storage.remove(futureKey)
    expect(await verifyLog()).toBe('whole')
  })
})

describe('no alarm', () => {
  it.each([
    ['nothing was touched', 'SELECT 1'],
    [
      'keys are written in another order',
      updateData('{"inner": {"a": null, "b": true}, "list": [1,2], "name":"a", "sizeBytes":1}'),
    ],
    [
      'rows are written again as they are',
      'UPDATE "Event" SET "data" = "data", "at" = "at"; UPDATE "EventChain" SET "hash" = "hash"',
    ],
    ['the tables are packed', 'CLUSTER "Event" USING "Event_nodeId_at_id_idx"'],
    [
      'an event waits for its position',
      `${addEvents(41, 41)}; INSERT INTO "EventPending" ("eventId") VALUES ('${uuid(41)}')`,
    ],
  ])('where %s', async (_name, statement) => {
    await runAsOwner(...restoreStatements, statement)
    expect(await verifyLog()).toBe('whole')
  })

  it('where the database speaks another language of dates', async () => {
    await runAsOwner(...restoreStatements)
    const name = new URL(world.testDatabase.ownerUrl).pathname.slice(1)
    for (const setting of [`timezone = 'Asia/Kathmandu'`, `datestyle = 'SQL, DMY'`, 'extra_float_digits = -3'])
      await runAsOwner(`ALTER DATABASE "${name}" SET ${setting}`)
    await world.database.$disconnect() // it connects again with the new settings
    world.connection = createSequencerConnection(await world.connect(world.testDatabase.appUrl))
    expect(await verifyLog()).toBe('whole')
  })
})

it('functions that the owner puts before those of PostgreSQL hide nothing', async () => {
  await runAsOwner(...restoreStatements, updateEvent(`"requestId" = 'x'`))
  const name = new URL(world.testDatabase.ownerUrl).pathname.slice(1)
  await runAsOwner(
    `CREATE FUNCTION public.sha256(bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT '\\x00'::bytea $$`,
    `CREATE FUNCTION public.convert_to(text, name) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT '\\x00'::bytea $$`,
    `ALTER DATABASE "${name}" SET search_path = public, pg_catalog`,
  )
  await world.database.$disconnect() // it connects again with the new settings
  expect(await verifyLog()).toEqual(changedAt(17))
  await runAsOwner(...restoreStatements)
  expect(await verifyLog()).toBe('whole')
})

it('those who ask at the same time share one reading', async () => {
  await runAsOwner(...restoreStatements)
  const [one, two] = [world.verify(), world.verify()]
  expect(one).toBe(two)
  await one
  const later = world.verify()
  expect(later).not.toBe(one)
  await later
})

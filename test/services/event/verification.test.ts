import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLog } from '../../../src/adapters/logger.ts'
import { sessionOn } from '../../../src/adapters/sequencer.ts'
import { createSequencer } from '../../../src/services/event/sequencer.ts'
import { type ChainWorld, openChain } from '../../harness/chain.ts'
import {
  addEvents,
  changed,
  columns,
  cutOff,
  data,
  duplicated,
  type Expected,
  remove,
  rewritten,
  rows,
  set,
  uuid,
} from './tampering.ts'

// Whoever owns the database may do anything with it; nothing of it stays hidden. Forty events, heads kept of every tenth.

let world: ChainWorld

const size = 40

const own = async (...statements: string[]): Promise<void> => {
  for (const statement of statements) await world.owner.query(statement)
}

const restore = [
  'TRUNCATE "Event", "EventChain", "EventPending"',
  'INSERT INTO "Event" SELECT * FROM "EventKept"',
  'INSERT INTO "EventChain" SELECT * FROM "ChainKept"',
]

/** A chain of other contents without a fault in itself, from a position on. */
const rechain = async (position: number, ids: string): Promise<void> => {
  await own(`DELETE FROM "EventChain" WHERE "position" >= ${position}`, `INSERT INTO "EventPending" ("eventId") ${ids}`)
  // Not by the world's sequencer, which would keep the head.
  while ((await rewriter.advance(world.session)) > 0);
}
let rewriter: ChainWorld['sequencer']

beforeAll(async () => {
  world = await openChain()
  const none = { list: async () => [], keep: async () => undefined }
  rewriter = createSequencer({ pubsub: world.pubsub, heads: none, log: createLog('silent') })
  for (let from = 1; from < size; from += 10) {
    await world.owner.query(addEvents(from, from + 9))
    await world.settle()
  }
  await own(
    'CREATE TABLE "EventKept" AS SELECT * FROM "Event"',
    'CREATE TABLE "ChainKept" AS SELECT * FROM "EventChain"',
    'ALTER TABLE "Event" DISABLE TRIGGER USER',
    'ALTER TABLE "EventChain" DISABLE TRIGGER USER',
  )
})
afterAll(() => world?.close())

const found = async (): Promise<Expected | 'whole'> => {
  const { ok, fault, brokenPosition: position, firstBroken, checked } = await world.verify()
  if (ok) return 'whole'
  if (fault === null) throw new Error('broken without a fault')
  if (position !== null) expect(checked).toBe(Math.max(0, position - 1))
  const event = firstBroken === null ? null : Number(firstBroken.id.slice(-12))
  return { fault, position, event }
}

describe('a change of what is in the log is found at its position', () => {
  it.each(columns)('of %s', async (_name, statement, expected = changed(17)) => {
    await own(...restore, statement)
    expect(await found()).toEqual(expected)
  })

  it.each([1, 40])('at position %i', async (n) => {
    await own(...restore, set(`"requestId" = 'x'`, n))
    expect(await found()).toEqual(changed(n))
  })

  it('at the first of several', async () => {
    await own(...restore, set(`"requestId" = 'x'`, 39), set(`"requestId" = 'x'`, 5), remove('Event', 20))
    expect(await found()).toEqual(changed(5))
  })
})

describe('a change of which rows there are is found at its position', () => {
  it.each(rows)('%s', async (_name, statement, expected) => {
    await own(...restore, statement)
    expect(await found()).toEqual(expected)
  })

  it('rows that stand twice, where the keys that forbid it were dropped', async () => {
    await own(...restore, 'ALTER TABLE "Event" DROP CONSTRAINT "Event_pkey"')
    await own(`INSERT INTO "Event" SELECT * FROM "Event" WHERE "id" = '${uuid(17)}'`)
    expect(await found()).toEqual(duplicated(17, 17))
    await own(...restore, 'ALTER TABLE "Event" ADD PRIMARY KEY ("id")')
    await own('ALTER TABLE "EventChain" DROP CONSTRAINT "EventChain_pkey"', 'DROP INDEX "EventChain_eventId_key"')
    await own('INSERT INTO "EventChain" SELECT * FROM "EventChain" WHERE "position" = 17')
    expect(await found()).toEqual(duplicated(17, 17))
    await own(...restore, 'ALTER TABLE "EventChain" ADD PRIMARY KEY ("position")')
    await own('CREATE UNIQUE INDEX "EventChain_eventId_key" ON "EventChain" ("eventId")')
  })
})

describe('a chain that was written anew, without a fault in itself, differs from a head that was kept', () => {
  const fromKept = (from: number, without = 0): string =>
    `SELECT "eventId" FROM "ChainKept" WHERE "position" >= ${from} AND "position" <> ${without} ORDER BY "position"`

  it.each([
    ['from the first on', 1, set(`"requestId" = 'x'`, 1), 10],
    ['from the middle on', 17, set(`"requestId" = 'x'`, 17), 20],
    ['at its end', 40, set(`"requestId" = 'x'`, 40), 40],
  ])('%s', async (_name, from, statement, position) => {
    await own(...restore, statement)
    await rechain(from, fromKept(from))
    expect(await found()).toEqual(rewritten(position))
  })

  it('without one of its events', async () => {
    await own(...restore, remove('Event', 17))
    await rechain(17, fromKept(17, 17))
    expect(await found()).toEqual(rewritten(20))
  })

  it('with other events at the end', async () => {
    await own(...restore, remove('Event', 31, 40), addEvents(51, 65))
    await rechain(31, `SELECT "id" FROM "Event" WHERE "id" > '${uuid(50)}' ORDER BY "id"`)
    expect(await found()).toEqual(rewritten(40))
  })

  it('and the head stays as evidence, however much comes after', async () => {
    await own(...restore, set(`"requestId" = 'x'`, 17))
    await rechain(17, fromKept(17))
    const before = await world.heads.list()
    const newest = { position: 40, hash: '00'.repeat(32) }
    for (let n = 1; n <= 200; n++) {
      await own(addEvents(100 + n, 100 + n), `INSERT INTO "EventPending" ("eventId") VALUES ('${uuid(100 + n)}')`)
      await world.settle()
    }
    const kept = await world.heads.list()
    expect(kept.length).toBeLessThan(200)
    for (const head of before.filter(({ position }) => position >= 20)) expect(kept).toContainEqual(head)
    expect(kept).not.toContainEqual(newest)
    expect(await found()).toEqual(rewritten(20))
    for (const { position, hash } of kept)
      if (position > 40) await world.storage.remove(`log/heads/${String(position).padStart(16, '0')}-${hash}`)
  })

  it('also where it is the head that was forged', async () => {
    await own(...restore)
    const forged = `log/heads/${'20'.padStart(16, '0')}-${'ab'.repeat(32)}`
    await world.storage.put(forged, Buffer.from('x'))
    expect(await found()).toEqual(rewritten(20))
    await world.storage.remove(forged)
    const future = `log/heads/${'99'.padStart(16, '0')}-${'ab'.repeat(32)}`
    await world.storage.put(future, Buffer.from('x'))
    expect(await found()).toEqual(cutOff(41))
    await world.storage.remove(future)
    expect(await found()).toBe('whole')
  })
})

describe('no alarm', () => {
  it.each([
    ['nothing was touched', 'SELECT 1'],
    [
      'keys are written in another order',
      data('{"inner": {"a": null, "b": true}, "list": [1,2], "name":"a", "sizeBytes":1}'),
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
    await own(...restore, statement)
    expect(await found()).toBe('whole')
  })

  it('where the database speaks another language of dates', async () => {
    await own(...restore)
    const name = new URL(world.urls.ownerUrl).pathname.slice(1)
    for (const setting of [`timezone = 'Asia/Kathmandu'`, `datestyle = 'SQL, DMY'`, 'extra_float_digits = -3'])
      await own(`ALTER DATABASE "${name}" SET ${setting}`)
    await world.database.$disconnect() // it connects again with the new settings
    world.session = sessionOn(await world.connect(world.urls.appUrl))
    expect(await found()).toBe('whole')
  })
})

it('functions that the owner puts before those of PostgreSQL hide nothing', async () => {
  await own(...restore, set(`"requestId" = 'x'`))
  const name = new URL(world.urls.ownerUrl).pathname.slice(1)
  await own(
    `CREATE FUNCTION public.sha256(bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT '\\x00'::bytea $$`,
    `CREATE FUNCTION public.convert_to(text, name) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$ SELECT '\\x00'::bytea $$`,
    `ALTER DATABASE "${name}" SET search_path = public, pg_catalog`,
  )
  await world.database.$disconnect() // it connects again with the new settings
  expect(await found()).toEqual(changed(17))
  await own(...restore)
  expect(await found()).toBe('whole')
})

it('those who ask at the same time share one reading', async () => {
  await own(...restore)
  const [one, two] = [world.verify(), world.verify()]
  expect(one).toBe(two)
  await one
  const later = world.verify()
  expect(later).not.toBe(one)
  await later
})

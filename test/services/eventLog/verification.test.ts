import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createLog } from '../../../src/adapters/log.ts'
import { sessionOn } from '../../../src/adapters/sequencer.ts'
import { createSequencer } from '../../../src/services/eventLog/sequencer.ts'
import type { LogFault } from '../../../src/services/eventLog/verification.ts'
import { type ChainWorld, openChain } from '../../harness/chain.ts'

// Whoever owns the database may do anything with it; nothing of it stays hidden. Forty events, heads kept of every tenth.

let world: ChainWorld

const uuid = (n: number): string => `0198c5f0-0000-7000-8000-${String(n).padStart(12, '0')}`
const size = 40

/** Event `n` is at position `n`. */
const addEvents = (from: number, to: number): string => `
  INSERT INTO "Event" ("id", "action", "actorId", "nodeType", "nodeId", "mediaId", "data", "requestId")
  SELECT ('0198c5f0-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'media.uploaded', '${uuid(9001)}', 'Media',
    ('0198c5f0-0000-7000-8000-' || lpad((5000 + n)::text, 12, '0'))::uuid,
    ('0198c5f0-0000-7000-8000-' || lpad((5000 + n)::text, 12, '0'))::uuid,
    '{"sizeBytes": 1, "name": "a", "list": [1, 2], "inner": {"b": true, "a": null}}', 'request'
  FROM generate_series(${from}, ${to}) AS n ORDER BY n`

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

interface Expected {
  fault: LogFault
  position: number | null
  /** Number of the event that is shown; null where it is gone. */
  event: number | null
}

const found = async (): Promise<Expected | 'whole'> => {
  const { ok, fault, brokenPosition: position, firstBroken, checked } = await world.verify()
  if (ok) return 'whole'
  if (fault === null) throw new Error('broken without a fault')
  if (position !== null) expect(checked).toBe(Math.max(0, position - 1))
  const event = firstBroken === null ? null : Number(firstBroken.id.slice(-12))
  return { fault, position, event }
}

const changed = (position: number): Expected => ({ fault: 'CHANGED', position, event: position })
const removed = (position: number): Expected => ({ fault: 'REMOVED', position, event: null })
const unnumbered = (position: number, event: number | null): Expected => ({ fault: 'UNNUMBERED', position, event })
const cutOff = (position: number): Expected => ({ fault: 'CUT_OFF', position, event: null })
const rewritten = (position: number): Expected => ({ fault: 'REWRITTEN', position, event: null })
const duplicated = (position: number, event: number): Expected => ({ fault: 'DUPLICATED', position, event })

const set = (assignment: string, n = 17): string => `UPDATE "Event" SET ${assignment} WHERE "id" = '${uuid(n)}'`
const setChain = (assignment: string, n = 17): string => `UPDATE "EventChain" SET ${assignment} WHERE "position" = ${n}`
const data = (text: string): string => set(`"data" = '${text}'`)

const columns: [string, string, Expected?][] = [
  ['the id', set(`"id" = '${uuid(7777)}'`), removed(17)],
  ['the time by a millisecond', set(`"at" = "at" + interval '1 millisecond'`)],
  ['the time by a century', set(`"at" = "at" - interval '100 years'`)],
  ['the time to for ever', set(`"at" = 'infinity'`)],
  [
    'the time to that of another event',
    set(`"at" = (SELECT "at" - interval '1 s' FROM "Event" WHERE "id" = '${uuid(1)}')`),
  ],
  ['the action', set(`"action" = 'media.deleted'`)],
  ['the action by a blank', set(`"action" = 'media.uploaded '`)],
  ['the action to nothing', set(`"action" = ''`)],
  ['the actor', set(`"actorId" = '${uuid(9002)}'`)],
  ['the actor to the system', set(`"actorId" = NULL`)],
  ['the type of the node', set(`"nodeType" = 'Upload'`)],
  ['the node', set(`"nodeId" = '${uuid(5018)}'`)],
  ['the media', set(`"mediaId" = '${uuid(5018)}'`)],
  ['the media to none', set(`"mediaId" = NULL`)],
  ['the actor and the media for each other', set(`"actorId" = "mediaId", "mediaId" = "actorId"`)],
  ['the request', set(`"requestId" = 'Request'`)],
  ['the request to nothing', set(`"requestId" = ''`)],
  ['the request to none', set(`"requestId" = NULL`)],
  ['a number of the data', data('{"sizeBytes": 2, "name": "a", "list": [1, 2], "inner": {"b": true, "a": null}}')],
  ['1 to 1.0', data('{"sizeBytes": 1.0, "name": "a", "list": [1, 2], "inner": {"b": true, "a": null}}')],
  ['1 to "1"', data('{"sizeBytes": "1", "name": "a", "list": [1, 2], "inner": {"b": true, "a": null}}')],
  ['a text of the data', data('{"sizeBytes": 1, "name": "A", "list": [1, 2], "inner": {"b": true, "a": null}}')],
  [
    'a text by what is not seen',
    data('{"sizeBytes": 1, "name": "a\\u200b", "list": [1, 2], "inner": {"b": true, "a": null}}'),
  ],
  ['the order of a list', data('{"sizeBytes": 1, "name": "a", "list": [2, 1], "inner": {"b": true, "a": null}}')],
  [
    'the length of a list',
    data('{"sizeBytes": 1, "name": "a", "list": [1, 2, null], "inner": {"b": true, "a": null}}'),
  ],
  ['null to absent', data('{"sizeBytes": 1, "name": "a", "list": [1, 2], "inner": {"b": true}}')],
  ['true to "true"', data('{"sizeBytes": 1, "name": "a", "list": [1, 2], "inner": {"b": "true", "a": null}}')],
  ['a key more', set(`"data" = "data" || '{"more": 1}'`)],
  ['a key less', set(`"data" = "data" - 'name'`)],
  ['the name of a key', data('{"sizebytes": 1, "name": "a", "list": [1, 2], "inner": {"b": true, "a": null}}')],
  ['the depth of a key', data('{"sizeBytes": 1, "name": "a", "list": [1, 2], "a": null, "inner": {"b": true}}')],
  ['all data to nothing', data('{}')],
  ['all data to a list', data('[]')],
  ['all data to null', data('null')],
  [
    'the action in the log and in the chain',
    `${set(`"action" = 'media.deleted'`)}; ${setChain(`"action" = 'media.deleted'`)}`,
  ],
  ['the action in the chain alone', setChain(`"action" = 'media.deleted'`)],
  ['the type of the node in the chain alone', setChain(`"nodeType" = 'Upload'`)],
  ['the node in the chain alone', setChain(`"nodeId" = '${uuid(5018)}'`)],
  ['one bit of a hash', setChain('"hash" = set_bit("hash", 100, 1 - get_bit("hash", 100))')],
  ['a hash to nothing', setChain(`"hash" = ''`)],
  ['a hash to the one before', setChain('"hash" = (SELECT "hash" FROM "EventChain" WHERE "position" = 16)')],
  ['the event of a position to one that never was', setChain(`"eventId" = '${uuid(7777)}'`), removed(17)],
]

const remove = (table: 'Event' | 'EventChain', from: number, to = from): string =>
  table === 'Event'
    ? `DELETE FROM "Event" WHERE "id" BETWEEN '${uuid(from)}' AND '${uuid(to)}'`
    : `DELETE FROM "EventChain" WHERE "position" BETWEEN ${from} AND ${to}`
const both = (from: number, to = from): string => `${remove('Event', from, to)}; ${remove('EventChain', from, to)}`
/** In two steps, since no position may stand twice even for a moment. */
const shift = (from: number, by: number): string => `
  UPDATE "EventChain" SET "position" = -"position" WHERE "position" >= ${from};
  UPDATE "EventChain" SET "position" = -"position" + ${by} WHERE "position" < 0`
const addChain = (position: number, n: number): string => `
  INSERT INTO "EventChain" SELECT ${position}, "id", "action", "nodeType", "nodeId", sha256('made up')
  FROM "Event" WHERE "id" = '${uuid(n)}'`
const swap = (a: number, b: number, columns: string): string => `
  UPDATE "EventChain" SET "eventId" = gen_random_uuid() WHERE "position" IN (${a}, ${b});
  UPDATE "EventChain" AS chain SET ${columns} FROM "ChainKept" AS kept
  WHERE (chain."position", kept."position") IN ((${a}, ${b}), (${b}, ${a}))`

const rows: [string, string, Expected][] = [
  ['the first event is removed', remove('Event', 1), removed(1)],
  ['a middle event is removed', remove('Event', 17), removed(17)],
  ['the last event is removed', remove('Event', 40), removed(40)],
  ['a range of events is removed', remove('Event', 12, 25), removed(12)],
  ['all events are removed', remove('Event', 1, 40), removed(1)],
  ['the first position is removed', remove('EventChain', 1), unnumbered(1, 1)],
  ['a middle position is removed', remove('EventChain', 17), unnumbered(17, 17)],
  ['the position of a kept head is removed', remove('EventChain', 20), unnumbered(20, 20)],
  ['the last position is removed', remove('EventChain', 40), cutOff(40)],
  ['a range of positions is removed', remove('EventChain', 12, 25), unnumbered(12, 12)],
  ['the whole chain is removed', remove('EventChain', 1, 40), cutOff(1)],
  ['the first event and its position are removed', both(1), unnumbered(1, null)],
  ['a middle event and its position are removed', both(17), unnumbered(17, null)],
  ['the last event and its position are removed', both(40), cutOff(40)],
  ['the end is cut off', both(31, 40), cutOff(31)],
  ['everything is removed', both(1, 40), cutOff(1)],
  ['an event is removed and the rest closes the gap', `${both(17)}; ${shift(18, -1)}`, { ...changed(17), event: 18 }],
  ['an event is put beside the chain', addEvents(41, 41), { fault: 'INSERTED', position: null, event: 41 }],
  ['an event is put at the end with a made-up hash', `${addEvents(41, 41)}; ${addChain(41, 41)}`, changed(41)],
  ['an event is put behind a hole', `${addEvents(41, 41)}; ${addChain(100, 41)}`, unnumbered(41, null)],
  ['an event is put before the first', `${addEvents(41, 41)}; ${addChain(0, 41)}`, duplicated(0, 41)],
  ['an event is put far before the first', `${addEvents(41, 41)}; ${addChain(-5, 41)}`, duplicated(-5, 41)],
  [
    'an event is put between two',
    `${addEvents(41, 41)}; ${shift(17, 1)}; ${addChain(17, 41)}`,
    { ...changed(17), event: 41 },
  ],
  ['two events change places', swap(17, 18, `"eventId" = kept."eventId"`), { ...changed(17), event: 18 }],
  [
    'two events change places with all that the chain says of them',
    swap(17, 30, `"eventId" = kept."eventId", "nodeId" = kept."nodeId", "hash" = kept."hash"`),
    { ...changed(17), event: 30 },
  ],
  [
    'the chain is turned around',
    `UPDATE "EventChain" SET "position" = -"position"; UPDATE "EventChain" SET "position" = 41 + "position"`,
    { ...changed(1), event: 40 },
  ],
  ['the chain is numbered from 2', shift(1, 1), unnumbered(1, null)],
  ['the end is renumbered', shift(31, 5), unnumbered(31, null)],
  [
    'an event with a position waits for another',
    `INSERT INTO "EventPending" ("eventId") VALUES ('${uuid(17)}')`,
    duplicated(17, 17),
  ],
  [
    'what waits has no event',
    `INSERT INTO "EventPending" ("eventId") VALUES ('${uuid(7777)}')`,
    { fault: 'REMOVED', position: null, event: null },
  ],
  ['what waits is taken from the queue', addEvents(41, 41), { fault: 'INSERTED', position: null, event: 41 }],
]

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

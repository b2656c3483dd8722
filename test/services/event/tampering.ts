import type { LogFault } from '../../../src/services/event/verification.ts'

// What the owner of a chain of forty events may do to it, in SQL, and what is found then.

export const uuid = (n: number): string => `0198c5f0-0000-7000-8000-${String(n).padStart(12, '0')}`
/** Event `n` is at position `n`. */
export const addEvents = (from: number, to: number): string => `
  INSERT INTO "Event" ("id", "action", "actorId", "nodeType", "nodeId", "mediaId", "data", "requestId")
  SELECT ('0198c5f0-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'media.uploaded', '${uuid(9001)}', 'Media',
    ('0198c5f0-0000-7000-8000-' || lpad((5000 + n)::text, 12, '0'))::uuid,
    ('0198c5f0-0000-7000-8000-' || lpad((5000 + n)::text, 12, '0'))::uuid,
    '{"sizeBytes": 1, "name": "a", "list": [1, 2], "inner": {"b": true, "a": null}}', 'request'
  FROM generate_series(${from}, ${to}) AS n ORDER BY n`

export interface Expected {
  fault: LogFault
  position: number | null
  /** Number of the event that is shown; null where it is gone. */
  event: number | null
}

export const changed = (position: number): Expected => ({ fault: 'CHANGED', position, event: position })
const removed = (position: number): Expected => ({ fault: 'REMOVED', position, event: null })
const unnumbered = (position: number, event: number | null): Expected => ({ fault: 'UNNUMBERED', position, event })
export const cutOff = (position: number): Expected => ({ fault: 'CUT_OFF', position, event: null })
export const rewritten = (position: number): Expected => ({ fault: 'REWRITTEN', position, event: null })
export const duplicated = (position: number, event: number): Expected => ({ fault: 'DUPLICATED', position, event })

export const set = (assignment: string, n = 17): string => `UPDATE "Event" SET ${assignment} WHERE "id" = '${uuid(n)}'`
const setChain = (assignment: string, n = 17): string => `UPDATE "EventChain" SET ${assignment} WHERE "position" = ${n}`
export const data = (text: string): string => set(`"data" = '${text}'`)

export const columns: [string, string, Expected?][] = [
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

export const remove = (table: 'Event' | 'EventChain', from: number, to = from): string =>
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

export const rows: [string, string, Expected][] = [
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

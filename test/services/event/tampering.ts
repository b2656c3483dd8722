import type { LogFault } from '../../../src/services/event/verification.ts'

// Changes that the owner of the database can make to a chain of forty events, in SQL, and the faults that they cause.

export const uuid = (n: number): string => `0198c5f0-0000-7000-8000-${String(n).padStart(12, '0')}`
/** Adds the events `from` to `to`; event `n` gets position `n`. */
export const addEvents = (from: number, to: number): string => `
  INSERT INTO "Event" ("id", "action", "actorId", "nodeType", "nodeId", "mediaId", "data", "requestId")
  SELECT ('0198c5f0-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 'media.uploaded', '${uuid(9001)}', 'Media',
    ('0198c5f0-0000-7000-8000-' || lpad((5000 + n)::text, 12, '0'))::uuid,
    ('0198c5f0-0000-7000-8000-' || lpad((5000 + n)::text, 12, '0'))::uuid,
    '{"sizeBytes": 1, "name": "a", "list": [1, 2], "inner": {"b": true, "a": null}}', 'request'
  FROM generate_series(${from}, ${to}) AS n ORDER BY n`

export interface ExpectedFault {
  fault: LogFault
  position: number | null
  /** Number of the reported event; null if it no longer exists. */
  event: number | null
}

export const changedAt = (position: number): ExpectedFault => ({ fault: 'CHANGED', position, event: position })
const removedAt = (position: number): ExpectedFault => ({ fault: 'REMOVED', position, event: null })
const unnumberedAt = (position: number, event: number | null): ExpectedFault => ({
  fault: 'UNNUMBERED',
  position,
  event,
})
export const cutOffAt = (position: number): ExpectedFault => ({ fault: 'CUT_OFF', position, event: null })
export const rewrittenAt = (position: number): ExpectedFault => ({ fault: 'REWRITTEN', position, event: null })
export const duplicatedAt = (position: number, event: number): ExpectedFault => ({
  fault: 'DUPLICATED',
  position,
  event,
})

export const updateEvent = (assignment: string, n = 17): string =>
  `UPDATE "Event" SET ${assignment} WHERE "id" = '${uuid(n)}'`
const updateChain = (assignment: string, n = 17): string =>
  `UPDATE "EventChain" SET ${assignment} WHERE "position" = ${n}`
export const updateData = (text: string): string => updateEvent(`"data" = '${text}'`)

export const columnChanges: [string, string, ExpectedFault?][] = [
  ['the id', updateEvent(`"id" = '${uuid(7777)}'`), removedAt(17)],
  ['the time by a millisecond', updateEvent(`"at" = "at" + interval '1 millisecond'`)],
  ['the time by a century', updateEvent(`"at" = "at" - interval '100 years'`)],
  ['the time to infinity', updateEvent(`"at" = 'infinity'`)],
  [
    'the time to that of another event',
    updateEvent(`"at" = (SELECT "at" - interval '1 s' FROM "Event" WHERE "id" = '${uuid(1)}')`),
  ],
  ['the action', updateEvent(`"action" = 'media.deleted'`)],
  ['the action by a trailing space', updateEvent(`"action" = 'media.uploaded '`)],
  ['the action to an empty string', updateEvent(`"action" = ''`)],
  ['the actor', updateEvent(`"actorId" = '${uuid(9002)}'`)],
  ['the actor to the system', updateEvent(`"actorId" = NULL`)],
  ['the type of the node', updateEvent(`"nodeType" = 'Upload'`)],
  ['the node', updateEvent(`"nodeId" = '${uuid(5018)}'`)],
  ['the media', updateEvent(`"mediaId" = '${uuid(5018)}'`)],
  ['the media to null', updateEvent(`"mediaId" = NULL`)],
  ['the actor and the media by swapping them', updateEvent(`"actorId" = "mediaId", "mediaId" = "actorId"`)],
  ['the request', updateEvent(`"requestId" = 'Request'`)],
  ['the request to an empty string', updateEvent(`"requestId" = ''`)],
  ['the request to null', updateEvent(`"requestId" = NULL`)],
  [
    'a number in the data',
    updateData('{"sizeBytes": 2, "name": "a", "list": [1, 2], "inner": {"b": true, "a": null}}'),
  ],
  ['1 to 1.0', updateData('{"sizeBytes": 1.0, "name": "a", "list": [1, 2], "inner": {"b": true, "a": null}}')],
  ['1 to "1"', updateData('{"sizeBytes": "1", "name": "a", "list": [1, 2], "inner": {"b": true, "a": null}}')],
  [
    'a string in the data',
    updateData('{"sizeBytes": 1, "name": "A", "list": [1, 2], "inner": {"b": true, "a": null}}'),
  ],
  [
    'a string by an invisible character',
    updateData('{"sizeBytes": 1, "name": "a\\u200b", "list": [1, 2], "inner": {"b": true, "a": null}}'),
  ],
  ['the order of a list', updateData('{"sizeBytes": 1, "name": "a", "list": [2, 1], "inner": {"b": true, "a": null}}')],
  [
    'the length of a list',
    updateData('{"sizeBytes": 1, "name": "a", "list": [1, 2, null], "inner": {"b": true, "a": null}}'),
  ],
  ['null to an absent key', updateData('{"sizeBytes": 1, "name": "a", "list": [1, 2], "inner": {"b": true}}')],
  ['true to "true"', updateData('{"sizeBytes": 1, "name": "a", "list": [1, 2], "inner": {"b": "true", "a": null}}')],
  ['the data by an additional key', updateEvent(`"data" = "data" || '{"more": 1}'`)],
  ['the data by a missing key', updateEvent(`"data" = "data" - 'name'`)],
  ['the name of a key', updateData('{"sizebytes": 1, "name": "a", "list": [1, 2], "inner": {"b": true, "a": null}}')],
  ['the depth of a key', updateData('{"sizeBytes": 1, "name": "a", "list": [1, 2], "a": null, "inner": {"b": true}}')],
  ['all data to an empty object', updateData('{}')],
  ['all data to a list', updateData('[]')],
  ['all data to null', updateData('null')],
  [
    'the action in both the log and the chain',
    `${updateEvent(`"action" = 'media.deleted'`)}; ${updateChain(`"action" = 'media.deleted'`)}`,
  ],
  ['the action in the chain only', updateChain(`"action" = 'media.deleted'`)],
  ['the type of the node in the chain only', updateChain(`"nodeType" = 'Upload'`)],
  ['the node in the chain only', updateChain(`"nodeId" = '${uuid(5018)}'`)],
  ['one bit of a hash', updateChain('"hash" = set_bit("hash", 100, 1 - get_bit("hash", 100))')],
  ['a hash to an empty one', updateChain(`"hash" = ''`)],
  ['a hash to the previous hash', updateChain('"hash" = (SELECT "hash" FROM "EventChain" WHERE "position" = 16)')],
  ['the event of a position to one that never existed', updateChain(`"eventId" = '${uuid(7777)}'`), removedAt(17)],
]

export const remove = (table: 'Event' | 'EventChain', from: number, to = from): string =>
  table === 'Event'
    ? `DELETE FROM "Event" WHERE "id" BETWEEN '${uuid(from)}' AND '${uuid(to)}'`
    : `DELETE FROM "EventChain" WHERE "position" BETWEEN ${from} AND ${to}`
const removeBoth = (from: number, to = from): string =>
  `${remove('Event', from, to)}; ${remove('EventChain', from, to)}`
/** Takes two steps, because a position must not exist twice even temporarily. */
const shiftPositions = (from: number, by: number): string => `
  UPDATE "EventChain" SET "position" = -"position" WHERE "position" >= ${from};
  UPDATE "EventChain" SET "position" = -"position" + ${by} WHERE "position" < 0`
const addChain = (position: number, n: number): string => `
  INSERT INTO "EventChain" SELECT ${position}, "id", "action", "nodeType", "nodeId", sha256('made up')
  FROM "Event" WHERE "id" = '${uuid(n)}'`
const swapPositions = (a: number, b: number, columnChanges: string): string => `
  UPDATE "EventChain" SET "eventId" = gen_random_uuid() WHERE "position" IN (${a}, ${b});
  UPDATE "EventChain" AS chain SET ${columnChanges} FROM "ChainKept" AS kept
  WHERE (chain."position", kept."position") IN ((${a}, ${b}), (${b}, ${a}))`

export const rowChanges: [string, string, ExpectedFault][] = [
  ['the first event is removed', remove('Event', 1), removedAt(1)],
  ['a middle event is removed', remove('Event', 17), removedAt(17)],
  ['the last event is removed', remove('Event', 40), removedAt(40)],
  ['a range of events is removed', remove('Event', 12, 25), removedAt(12)],
  ['all events are removed', remove('Event', 1, 40), removedAt(1)],
  ['the first position is removed', remove('EventChain', 1), unnumberedAt(1, 1)],
  ['a middle position is removed', remove('EventChain', 17), unnumberedAt(17, 17)],
  ['the position of a checkpoint is removed', remove('EventChain', 20), unnumberedAt(20, 20)],
  ['the last position is removed', remove('EventChain', 40), cutOffAt(40)],
  ['a range of positions is removed', remove('EventChain', 12, 25), unnumberedAt(12, 12)],
  ['the whole chain is removed', remove('EventChain', 1, 40), cutOffAt(1)],
  ['the first event and its position are removed', removeBoth(1), unnumberedAt(1, null)],
  ['a middle event and its position are removed', removeBoth(17), unnumberedAt(17, null)],
  ['the last event and its position are removed', removeBoth(40), cutOffAt(40)],
  ['the end is cut off', removeBoth(31, 40), cutOffAt(31)],
  ['everything is removed', removeBoth(1, 40), cutOffAt(1)],
  [
    'an event is removed, with the following positions shifted into the gap',
    `${removeBoth(17)}; ${shiftPositions(18, -1)}`,
    { ...changedAt(17), event: 18 },
  ],
  ['an event is inserted without a position', addEvents(41, 41), { fault: 'INSERTED', position: null, event: 41 }],
  ['an event is appended with an invented hash', `${addEvents(41, 41)}; ${addChain(41, 41)}`, changedAt(41)],
  ['an event is inserted after a gap', `${addEvents(41, 41)}; ${addChain(100, 41)}`, unnumberedAt(41, null)],
  ['an event is inserted before the first', `${addEvents(41, 41)}; ${addChain(0, 41)}`, duplicatedAt(0, 41)],
  ['an event is inserted far before the first', `${addEvents(41, 41)}; ${addChain(-5, 41)}`, duplicatedAt(-5, 41)],
  [
    'an event is inserted between two others',
    `${addEvents(41, 41)}; ${shiftPositions(17, 1)}; ${addChain(17, 41)}`,
    { ...changedAt(17), event: 41 },
  ],
  ['two events are swapped', swapPositions(17, 18, `"eventId" = kept."eventId"`), { ...changedAt(17), event: 18 }],
  [
    'two events are swapped with their rows in the chain',
    swapPositions(17, 30, `"eventId" = kept."eventId", "nodeId" = kept."nodeId", "hash" = kept."hash"`),
    { ...changedAt(17), event: 30 },
  ],
  [
    'the chain is reversed',
    `UPDATE "EventChain" SET "position" = -"position"; UPDATE "EventChain" SET "position" = 41 + "position"`,
    { ...changedAt(1), event: 40 },
  ],
  ['the chain is numbered from 2', shiftPositions(1, 1), unnumberedAt(1, null)],
  ['the end is renumbered', shiftPositions(31, 5), unnumberedAt(31, null)],
  [
    'an event with a position is queued again',
    `INSERT INTO "EventPending" ("eventId") VALUES ('${uuid(17)}')`,
    duplicatedAt(17, 17),
  ],
  [
    'a queue entry has no event',
    `INSERT INTO "EventPending" ("eventId") VALUES ('${uuid(7777)}')`,
    { fault: 'REMOVED', position: null, event: null },
  ],
  ['a queued event is removed from the queue', addEvents(41, 41), { fault: 'INSERTED', position: null, event: 41 }],
]

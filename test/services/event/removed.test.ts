import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import { createLogger } from '../../../src/adapters/logger.ts'
import { createEventLog, type EventLog, type FeedArguments } from '../../../src/services/event/eventLog.ts'
import { feedCursor } from '../../../src/services/event/feed.ts'
import { system } from '../../../src/services/kernel/actor.ts'
import { type ChainWorld, openChainWorld } from '../../harness/chain.ts'

// The owner of the database removes events: the verification tells, and the feed goes on with those that are left.

let world: ChainWorld
let server: EventLog
const statements: string[] = []

beforeAll(async () => {
  world = await openChainWorld((sql) => void statements.push(sql))
  await world.ownerClient.query('ALTER TABLE "Event" DISABLE TRIGGER "Event_append_only"')
  await insert(300)
})
beforeEach(() => {
  server = openEventLog(1000)
})
afterEach(() => server.close())
afterAll(() => world?.close())

const openEventLog = (pollIntervalMs: number): EventLog => {
  const { database, checkpoints: heads, pubsub } = world
  return createEventLog({ database, checkpoints: heads, pubsub, log: createLogger('silent'), pollIntervalMs })
}

const insert = async (count: number): Promise<void> => {
  await world.ownerClient.query(`
    INSERT INTO "Event" ("id", "action", "nodeType", "nodeId", "data")
    SELECT gen_random_uuid(), 'media.uploaded', 'Media', gen_random_uuid(), '{}' FROM generate_series(1, ${count})`)
  await world.sequencePending()
}

const remove = (from: number, to: number): Promise<unknown> =>
  world.ownerClient.query(
    `DELETE FROM "Event" USING "EventChain" WHERE "id" = "eventId" AND "position" BETWEEN $1 AND $2`,
    [from, to],
  )

/** Positions, page after page to the end. */
const readAll = async (args: FeedArguments): Promise<number[]> => {
  const page = await server.page(system, { first: 100, ...args })
  const positions = page.nodes.map(({ position }) => position)
  return page.hasNextPage ? [...positions, ...(await readAll({ ...args, after: page.endCursor }))] : positions
}

const readRemaining = async (): Promise<number[]> => {
  const { rows } = await world.ownerClient.query(`
    SELECT "position"::int FROM "EventChain" JOIN "Event" ON "id" = "eventId" ORDER BY "position"`)
  return rows.map(({ position }) => position)
}

it.each([
  ['one', 50, 50],
  ['more than a page', 61, 220],
  ['the last ones', 290, 300],
])('the feed passes over %s, with and without a filter', async (_name, from, to) => {
  await remove(from, to)
  const positions = await readRemaining()
  expect(await readAll({})).toEqual(positions)
  expect(await readAll({ actions: ['media.uploaded', 'media.linked'] })).toEqual(positions)
})

it('a follower comes to the end and waits there', async () => {
  const stream = await server.follow(system, { after: feedCursor(0) })
  const seenPositions: number[] = []
  const follow = async (until: number): Promise<void> => {
    while ((seenPositions.at(-1) ?? 0) < until) {
      const { value } = await stream.next()
      seenPositions.push(value.position)
    }
  }
  await follow(289)
  const pendingNext = stream.next()
  await insert(5)
  expect((await pendingNext).value.position).toBe(301)
  await follow(305)
  expect(seenPositions).toEqual((await readRemaining()).filter((position) => position !== 301))
})

it('a follower whose end was cut off waits for what comes instead', async () => {
  await world.ownerClient.query('ALTER TABLE "EventChain" DISABLE TRIGGER USER')
  server.close()
  server = openEventLog(60_000)
  const lastPosition = (await readRemaining()).at(-1) ?? 0
  const [other, stream] = [
    await server.follow(system, {}),
    await server.follow(system, { after: feedCursor(lastPosition - 2) }),
  ]
  const otherNext = other.next()
  await insert(1)
  await otherNext
  await world.ownerClient.query('DELETE FROM "EventChain" WHERE "position" > $1', [lastPosition - 2])
  const pendingNext = stream.next()
  statements.length = 0
  await sleep(200)
  expect(statements.length).toBeLessThan(5)
  await insert(10)
  expect((await pendingNext).value.position).toBe(lastPosition - 1)
})

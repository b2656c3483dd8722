import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { EventLog, FeedArguments } from '../../../src/services/event/eventLog.ts'
import { feedCursor } from '../../../src/services/event/feed.ts'
import { systemActor } from '../../../src/services/kernel/actor.ts'
import type { ChainWorld } from '../../harness/chain.ts'
import { it } from './eventLogIt.ts'

// The owner of the database removes events; the feed continues with the remaining ones.

it.beforeAll(async ({ world }) => {
  await world.ownerClient.query('ALTER TABLE "Event" DISABLE TRIGGER "Event_append_only"')
  await world.appendEvents(300)
})

const remove = (world: ChainWorld, from: number, to: number): Promise<unknown> =>
  world.ownerClient.query(
    `DELETE FROM "Event" USING "EventChain" WHERE "id" = "eventId" AND "position" BETWEEN $1 AND $2`,
    [from, to],
  )

/** Returns the positions of all pages of the feed. */
const readAll = async (server: EventLog, args: FeedArguments): Promise<number[]> => {
  const page = await server.readPage(systemActor, { first: 100, ...args })
  const positions = page.nodes.map(({ position }) => position)
  return page.hasNextPage ? [...positions, ...(await readAll(server, { ...args, after: page.endCursor }))] : positions
}

const readRemainingPositions = async (world: ChainWorld): Promise<number[]> => {
  const { rows } = await world.ownerClient.query(`
    SELECT "position"::int FROM "EventChain" JOIN "Event" ON "id" = "eventId" ORDER BY "position"`)
  return rows.map(({ position }) => position)
}

it.for<[string, number, number]>([
  ['one removed event', 50, 50],
  ['more than a page of removed events', 61, 220],
  ['removed events at the end', 290, 300],
])('the feed skips %s, with or without a filter', async ([_name, from, to], { world, openEventLog }) => {
  await remove(world, from, to)
  const positions = await readRemainingPositions(world)
  const server = openEventLog(1000)
  expect(await readAll(server, {})).toEqual(positions)
  expect(await readAll(server, { actions: ['media.uploaded', 'media.linked'] })).toEqual(positions)
})

it('a subscription waits at the end of the log, although the last events were removed', async ({
  world,
  openEventLog,
}) => {
  const stream = await openEventLog(1000).subscribe(systemActor, { after: feedCursor(0) })
  const seenPositions: number[] = []
  const follow = async (until: number): Promise<void> => {
    while ((seenPositions.at(-1) ?? 0) < until) {
      const { value } = await stream.next()
      seenPositions.push(value.position)
    }
  }
  await follow(289)
  const pendingNext = stream.next()
  await world.appendEvents(5)
  expect((await pendingNext).value.position).toBe(301)
  await follow(305)
  expect(seenPositions).toEqual((await readRemainingPositions(world)).filter((position) => position !== 301))
})

it('a subscription waits for new events after the end of the chain was cut off', async ({ world, openEventLog }) => {
  await world.ownerClient.query('ALTER TABLE "EventChain" DISABLE TRIGGER USER')
  const server = openEventLog(60_000)
  const lastPosition = (await readRemainingPositions(world)).at(-1) ?? 0
  const [other, stream] = [
    await server.subscribe(systemActor, {}),
    await server.subscribe(systemActor, { after: feedCursor(lastPosition - 2) }),
  ]
  const otherNext = other.next()
  await world.appendEvents(1)
  await otherNext
  await world.ownerClient.query('DELETE FROM "EventChain" WHERE "position" > $1', [lastPosition - 2])
  const pendingNext = stream.next()
  world.statements.length = 0
  await sleep(200)
  expect(world.statements.length).toBeLessThan(5)
  await world.appendEvents(10)
  expect((await pendingNext).value.position).toBe(lastPosition - 1)
})

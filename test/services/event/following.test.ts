import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { describe, expect, vi } from 'vitest'
import { createLogger } from '../../../src/adapters/logger.ts'
import { openSequencer } from '../../../src/adapters/sequencer.ts'
import type { EventLog, FeedArguments } from '../../../src/services/event/eventLog.ts'
import { type ChainedEvent, feedCursor } from '../../../src/services/event/feed.ts'
import { systemActor } from '../../../src/services/kernel/actor.ts'
import type { PubSub } from '../../../src/services/kernel/ports.ts'
import type { ChainWorld } from '../../harness/chain.ts'
import { it } from './eventLogIt.ts'

/** Pub/sub of a process without Redis: it learns of new events only by polling. */
const disconnectedPubSub: PubSub = {
  publish: () => undefined,
  subscribe: async () => () => undefined,
  onReconnect: () => () => undefined,
  close: async () => undefined,
}

const insert = (count: number, action = 'media.uploaded', actorId: string | null = null): string => `
  INSERT INTO "Event" ("id", "action", "actorId", "nodeType", "nodeId", "data")
  SELECT gen_random_uuid(), '${action}', ${actorId === null ? 'NULL' : `'${actorId}'`}, 'Media', gen_random_uuid(), '{}'
  FROM generate_series(1, ${count})`

const readLastPosition = async (world: ChainWorld): Promise<number> => {
  const { rows } = await world.ownerClient.query('SELECT coalesce(max("position"), 0)::int AS "last" FROM "EventChain"')
  return rows[0].last
}

const readChain = async (world: ChainWorld, after: number, actions: string[] | null = null): Promise<string[]> => {
  const { rows } = await world.ownerClient.query(
    `SELECT "eventId" FROM "EventChain" WHERE "position" > $1 AND ($2::text[] IS NULL OR "action" = ANY($2))
     ORDER BY "position"`,
    [after, actions],
  )
  return rows.map(({ eventId }) => eventId)
}

const take = async (stream: AsyncIterator<ChainedEvent>, count: number): Promise<ChainedEvent[]> => {
  const items: ChainedEvent[] = []
  while (items.length < count) {
    const { done, value } = await stream.next()
    if (done) break
    items.push(value)
  }
  return items
}

const idsOf = (events: ChainedEvent[]): string[] => events.map(({ id }) => id)

describe('a subscription to the log delivers each event once and in order', () => {
  interface Step {
    events: number
    action: string
    holdMs: number
    end: 'COMMIT' | 'ROLLBACK'
  }
  const actions = ['media.uploaded', 'media.linked', 'media.deleted']
  const step: fc.Arbitrary<Step> = fc.record({
    events: fc.integer({ min: 1, max: 4 }),
    action: fc.constantFrom(...actions),
    holdMs: fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 0, max: 3 }) }, fc.integer({ min: 20, max: 60 })),
    end: fc.constantFrom('COMMIT' as const, 'COMMIT' as const, 'COMMIT' as const, 'ROLLBACK' as const),
  })
  const run = fc.record({
    writers: fc.array(fc.array(step, { minLength: 2, maxLength: 8 }), { minLength: 8, maxLength: 8 }),
    /** Number of rows after which a subscriber is cut off, and the server to which it reconnects. */
    cuts: fc.array(fc.record({ rows: fc.integer({ min: 0, max: 9 }), server: fc.integer({ min: 0, max: 1 }) }), {
      minLength: 5,
      maxLength: 20,
    }),
    filterActions: fc.option(fc.subarray(actions, { minLength: 1, maxLength: 2 })),
  })

  it('to subscribers that are cut off repeatedly while eight writers commit out of order', async ({
    world,
    openEventLog,
  }) => {
    const runner = openSequencer({
      databaseUrl: world.testDatabase.appUrl,
      sequencer: world.sequencer,
      log: createLogger('silent'),
    })
    const servers = [openEventLog(1000), openEventLog(20, disconnectedPubSub)]
    const connections = await Promise.all(Array.from({ length: 8 }, () => world.connect(world.testDatabase.appUrl)))

    const write = async (steps: Step[], index: number): Promise<void> => {
      const connection = connections[index]
      if (connection === undefined) throw new Error('eight writers')
      for (const { events, action, holdMs, end } of steps) {
        await connection.query('BEGIN')
        await connection.query(insert(events, action))
        await sleep(holdMs)
        await connection.query(insert(1, action))
        await connection.query(end)
      }
    }

    const follow = async (
      after: number,
      filter: FeedArguments,
      cuts: { rows: number; server: number }[],
      isOver: (seenIds: string[]) => boolean,
    ): Promise<string[]> => {
      const seenIds: string[] = []
      let cursor = feedCursor(after)
      for (let attempt = 0; !isOver(seenIds); attempt++) {
        const { rows, server } = cuts[attempt] ?? { rows: 50, server: 0 }
        const stream = await servers[server]?.subscribe(systemActor, { ...filter, after: cursor })
        if (stream === undefined) throw new Error('two servers')
        for (let row = 0; row < rows && !isOver(seenIds); row++) {
          const next = stream.next()
          const timeout = new AbortController()
          const result = await Promise.race([next, sleep(300, null, timeout).catch(() => null)])
          timeout.abort()
          // Cut off while it waits: an event that arrives now has not been seen and is delivered again.
          if (result === null || result.done) break
          seenIds.push(result.value.id)
          cursor = feedCursor(result.value.position)
        }
        await stream.return?.()
      }
      return seenIds
    }

    await fc.assert(
      fc.asyncProperty(run, async ({ writers, cuts, filterActions }) => {
        const startPosition = await readLastPosition(world)
        let isWritten = false
        const isComplete = (count: number | null) => (seenIds: string[]) => isWritten && seenIds.length >= (count ?? 0)
        let total: number | null = null
        let filteredTotal: number | null = null
        const subscriptions = [
          follow(startPosition, {}, cuts, (seenIds) => isComplete(total)(seenIds)),
          follow(startPosition, { actions: filterActions }, cuts.toReversed(), (seenIds) =>
            isComplete(filteredTotal)(seenIds),
          ),
        ]
        await Promise.all(writers.map(write))
        await vi.waitUntil(
          async () => (await world.ownerClient.query('SELECT FROM "EventPending" LIMIT 1')).rowCount === 0,
          {
            timeout: 10_000,
            interval: 5,
          },
        )
        total = (await readChain(world, startPosition)).length
        filteredTotal = (await readChain(world, startPosition, filterActions)).length
        isWritten = true
        const [all, filtered] = await Promise.all(subscriptions)
        expect(all).toEqual(await readChain(world, startPosition))
        expect(filtered).toEqual(await readChain(world, startPosition, filterActions))
      }),
      { numRuns: 12, endOnFailure: true },
    )
    expect(await world.verify()).toMatchObject({ ok: true })
    await runner.close()
  })

  it('to a subscriber that paused for longer than the window of kept events', async ({ world, openEventLog }) => {
    const server = openEventLog(1000)
    await world.sequencePending()
    const startPosition = await readLastPosition(world)
    const [slow, quick] = [await server.subscribe(systemActor, {}), await server.subscribe(systemActor, {})]
    await world.appendEvents(1)
    const first = await take(slow, 1)
    for (let n = 0; n < 5; n++) {
      await world.appendEvents(500)
      await take(quick, n === 0 ? 501 : 500)
    }
    expect(idsOf([...first, ...(await take(slow, 2500))])).toEqual(await readChain(world, startPosition))
  })

  it('to a reader that requests several events at once', async ({ world, openEventLog }) => {
    const server = openEventLog(1000)
    const stream = await server.subscribe(systemActor, {})
    const startPosition = await readLastPosition(world)
    const reads = [stream.next(), stream.next(), stream.next()]
    await world.appendEvents(3)
    const results = await Promise.all(reads)
    expect(results.map(({ value }) => value.id)).toEqual(await readChain(world, startPosition))
  })
})

describe('a subscription to the log without a cursor', () => {
  it('delivers a transaction that began before it and commits after it', async ({ world, openEventLog }) => {
    await world.sequencePending()
    const server = openEventLog(1000)
    const writer = await world.connect(world.testDatabase.appUrl)
    await writer.query('BEGIN')
    await writer.query(insert(1))
    const startPosition = await readLastPosition(world)
    const stream = await server.subscribe(systemActor, {})
    await writer.query('COMMIT')
    await world.sequencePending()
    expect(idsOf(await take(stream, 1))).toEqual(await readChain(world, startPosition))
  })

  it('starts at the end of the log although other subscribers of the process are behind', async ({
    world,
    openEventLog,
  }) => {
    const server = openEventLog(60_000, disconnectedPubSub)
    const other = await server.subscribe(systemActor, {})
    const pending = other.next()
    await world.appendEvents(5)
    const startPosition = await readLastPosition(world)
    const stream = await server.subscribe(systemActor, {})
    await world.appendEvents(1)
    const next = await server.subscribe(systemActor, { after: feedCursor(startPosition) })
    for (const subscription of [next, stream])
      expect(idsOf(await take(subscription, 1))).toEqual(await readChain(world, startPosition))
    expect((await pending).value.position).toBe(startPosition - 4)
  })
})

describe('the reading of the log by one process', () => {
  it('takes as many statements for a hundred subscribers as for one', async ({ world, openEventLog }) => {
    const user = await world.database.user.create({ data: { externalId: 'log-ada', name: 'Ada' } })
    const server = openEventLog(60_000)
    const countStatements = async (subscriberCount: number): Promise<number> => {
      await world.sequencePending()
      const streams = await Promise.all(
        Array.from({ length: subscriberCount }, () => server.subscribe(systemActor, { actions: ['media.linked'] })),
      )
      const pending = streams.map((stream) => stream.next())
      await sleep(100)
      world.statements.length = 0
      await world.ownerClient.query(insert(1, 'media.linked', user.id))
      await world.sequencePending()
      const events = (await Promise.all(pending)).map(({ value }) => value)
      expect(new Set(events).size).toBe(1)
      expect(await Promise.all(events.map((event) => event.loadActor()))).toEqual(events.map(() => user))
      const count = world.statements.length
      await Promise.all(streams.map((stream) => stream.return?.()))
      return count
    }
    const single = await countStatements(1)
    expect(await countStatements(100)).toBe(single)
    expect(single).toBeLessThanOrEqual(4)
  })

  /** Opens a subscription and ends it while it waits. */
  const followOnce = async (server: EventLog): Promise<void> => {
    const stream = await server.subscribe(systemActor, {})
    const pending = stream.next()
    await sleep(50)
    await stream.return?.()
    expect(await pending).toEqual({ done: true, value: undefined })
  }

  it('stops when the last subscriber leaves', async ({ world, openEventLog }) => {
    await followOnce(openEventLog(10, disconnectedPubSub))
    await sleep(50)
    world.statements.length = 0
    await sleep(100)
    expect(world.statements).toEqual([])
  })

  it('starts again with the next subscriber', async ({ world, openEventLog }) => {
    const server = openEventLog(10, disconnectedPubSub)
    await followOnce(server)
    const startPosition = await readLastPosition(world)
    const next = await server.subscribe(systemActor, {})
    await world.appendEvents(2)
    expect(idsOf(await take(next, 2))).toEqual(await readChain(world, startPosition))
  })

  it('ends all waiting subscriptions when the log is closed', async ({ openEventLog }) => {
    const server = openEventLog(1000)
    const streams = await Promise.all([1, 2, 3].map(() => server.subscribe(systemActor, {})))
    const pending = streams.map((stream) => stream.next())
    server.close()
    for (const result of await Promise.all(pending)) expect(result.done).toBe(true)
  })
})

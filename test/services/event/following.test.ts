import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createLogger } from '../../../src/adapters/logger.ts'
import { openSequencer } from '../../../src/adapters/sequencer.ts'
import { createEventLog, type EventLog, type FeedArguments } from '../../../src/services/event/eventLog.ts'
import { type ChainedEvent, feedCursor } from '../../../src/services/event/feed.ts'
import { system } from '../../../src/services/kernel/actor.ts'
import type { PubSub } from '../../../src/services/kernel/ports.ts'
import { type ChainWorld, openChainWorld } from '../../harness/chain.ts'

let world: ChainWorld
const statements: string[] = []
const eventLogs: EventLog[] = []
const log = createLogger('silent')

/** As in another process whose Redis is away: only its own clock makes it look. */
const disconnectedPubSub: PubSub = {
  publish: () => undefined,
  subscribe: async () => () => undefined,
  onReconnect: () => () => undefined,
  close: async () => undefined,
}

const openEventLog = (pollIntervalMs: number, pubsub: PubSub = world.pubsub): EventLog => {
  const { database, checkpoints: heads } = world
  const eventLog = createEventLog({ database, checkpoints: heads, log, pubsub, pollIntervalMs })
  eventLogs.push(eventLog)
  return eventLog
}

beforeAll(async () => {
  world = await openChainWorld((sql) => void statements.push(sql))
})
afterEach(() => {
  for (const eventLog of eventLogs.splice(0)) eventLog.close()
})
afterAll(() => world?.close())

const insert = (count: number, action = 'media.uploaded', actorId: string | null = null): string => `
  INSERT INTO "Event" ("id", "action", "actorId", "nodeType", "nodeId", "data")
  SELECT gen_random_uuid(), '${action}', ${actorId === null ? 'NULL' : `'${actorId}'`}, 'Media', gen_random_uuid(), '{}'
  FROM generate_series(1, ${count})`

const readHead = async (): Promise<number> => {
  const { rows } = await world.ownerClient.query('SELECT coalesce(max("position"), 0)::int AS head FROM "EventChain"')
  return rows[0].head
}

const readChain = async (after: number, actions: string[] | null = null): Promise<string[]> => {
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

describe('each row once, in order, none skipped', () => {
  interface Step {
    events: number
    action: string
    holdMs: number
    ends: 'COMMIT' | 'ROLLBACK'
  }
  const actions = ['media.uploaded', 'media.linked', 'media.deleted']
  const step: fc.Arbitrary<Step> = fc.record({
    events: fc.integer({ min: 1, max: 4 }),
    action: fc.constantFrom(...actions),
    holdMs: fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 0, max: 3 }) }, fc.integer({ min: 20, max: 60 })),
    ends: fc.constantFrom('COMMIT' as const, 'COMMIT' as const, 'COMMIT' as const, 'ROLLBACK' as const),
  })
  const run = fc.record({
    writers: fc.array(fc.array(step, { minLength: 2, maxLength: 8 }), { minLength: 8, maxLength: 8 }),
    /** After how many rows a follower is cut off, and where it comes back. */
    cuts: fc.array(fc.record({ rows: fc.integer({ min: 0, max: 9 }), server: fc.integer({ min: 0, max: 1 }) }), {
      minLength: 5,
      maxLength: 20,
    }),
    wanted: fc.option(fc.subarray(actions, { minLength: 1, maxLength: 2 })),
  })

  it('with eight writers that commit out of order, for followers that are cut off again and again', async () => {
    const sequencing = openSequencer({ databaseUrl: world.testDatabase.appUrl, sequencer: world.sequencer, log })
    const servers = [openEventLog(1000), openEventLog(20, disconnectedPubSub)]
    const connections = await Promise.all(Array.from({ length: 8 }, () => world.connect(world.testDatabase.appUrl)))

    const write = async (steps: Step[], index: number): Promise<void> => {
      const connection = connections[index]
      if (connection === undefined) throw new Error('eight writers')
      for (const { events, action, holdMs, ends } of steps) {
        await connection.query('BEGIN')
        await connection.query(insert(events, action))
        await sleep(holdMs)
        await connection.query(insert(1, action))
        await connection.query(ends)
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
        const stream = await servers[server]?.follow(system, { ...filter, after: cursor })
        if (stream === undefined) throw new Error('two servers')
        for (let row = 0; row < rows && !isOver(seenIds); row++) {
          const next = stream.next()
          const timeout = new AbortController()
          const result = await Promise.race([next, sleep(300, null, timeout).catch(() => null)])
          timeout.abort()
          // Cut off while it waits: what came in that very moment was not seen, and comes again.
          if (result === null || result.done) break
          seenIds.push(result.value.id)
          cursor = feedCursor(result.value.position)
        }
        await stream.return?.()
      }
      return seenIds
    }

    await fc.assert(
      fc.asyncProperty(run, async ({ writers, cuts, wanted: filterActions }) => {
        const startPosition = await readHead()
        let done = false
        const isAll = (count: number | null) => (seenIds: string[]) => done && seenIds.length >= (count ?? 0)
        let total: number | null = null
        let filteredTotal: number | null = null
        const following = [
          follow(startPosition, {}, cuts, (seenIds) => isAll(total)(seenIds)),
          follow(startPosition, { actions: filterActions }, cuts.toReversed(), (seenIds) =>
            isAll(filteredTotal)(seenIds),
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
        total = (await readChain(startPosition)).length
        filteredTotal = (await readChain(startPosition, filterActions)).length
        done = true
        const [all, filtered] = await Promise.all(following)
        expect(all).toEqual(await readChain(startPosition))
        expect(filtered).toEqual(await readChain(startPosition, filterActions))
      }),
      { numRuns: 12, endOnFailure: true },
    )
    expect(await world.verify()).toMatchObject({ ok: true })
    await sequencing.close()
  })

  it('for a follower that stopped reading while more came than is kept', async () => {
    const server = openEventLog(1000)
    await world.sequencePending()
    const startPosition = await readHead()
    const [slow, quick] = [await server.follow(system, {}), await server.follow(system, {})]
    await world.ownerClient.query(insert(1))
    await world.sequencePending()
    const first = await take(slow, 1)
    for (let n = 0; n < 5; n++) {
      await world.ownerClient.query(insert(500))
      await world.sequencePending()
      await take(quick, n === 0 ? 501 : 500)
    }
    expect(idsOf([...first, ...(await take(slow, 2500))])).toEqual(await readChain(startPosition))
  })

  it('for whoever asks for several rows at once', async () => {
    const server = openEventLog(1000)
    const stream = await server.follow(system, {})
    const startPosition = await readHead()
    const reads = [stream.next(), stream.next(), stream.next()]
    await world.ownerClient.query(insert(3))
    await world.sequencePending()
    const results = await Promise.all(reads)
    expect(results.map(({ value }) => value.id)).toEqual(await readChain(startPosition))
  })
})

describe('from now on', () => {
  it('misses nothing that commits after it was accepted, though it began before', async () => {
    await world.sequencePending()
    const server = openEventLog(1000)
    const writer = await world.connect(world.testDatabase.appUrl)
    await writer.query('BEGIN')
    await writer.query(insert(1))
    const startPosition = await readHead()
    const stream = await server.follow(system, {})
    await writer.query('COMMIT')
    await world.sequencePending()
    expect(idsOf(await take(stream, 1))).toEqual(await readChain(startPosition))
  })

  it('also in a process whose other followers have not heard of the newest rows yet', async () => {
    const server = openEventLog(60_000, disconnectedPubSub)
    const other = await server.follow(system, {})
    const pending = other.next()
    await world.ownerClient.query(insert(5))
    await world.sequencePending()
    const startPosition = await readHead()
    const stream = await server.follow(system, {})
    await world.ownerClient.query(insert(1))
    await world.sequencePending()
    const next = await server.follow(system, { after: feedCursor(startPosition) })
    for (const follower of [next, stream])
      expect(idsOf(await take(follower, 1))).toEqual(await readChain(startPosition))
    expect((await pending).value.position).toBe(startPosition - 4)
  })
})

describe('the work of a process', () => {
  it('does not grow with its followers, nor does who acted', async () => {
    const user = await world.database.user.create({ data: { externalId: 'log-ada', name: 'Ada' } })
    const server = openEventLog(60_000)
    const countStatements = async (followers: number): Promise<number> => {
      await world.sequencePending()
      const streams = await Promise.all(
        Array.from({ length: followers }, () => server.follow(system, { actions: ['media.linked'] })),
      )
      const pending = streams.map((stream) => stream.next())
      await sleep(100)
      statements.length = 0
      await world.ownerClient.query(insert(1, 'media.linked', user.id))
      await world.sequencePending()
      const events = (await Promise.all(pending)).map(({ value }) => value)
      expect(new Set(events).size).toBe(1)
      expect(await Promise.all(events.map((event) => event.loadActor()))).toEqual(events.map(() => user))
      const count = statements.length
      await Promise.all(streams.map((stream) => stream.return?.()))
      return count
    }
    const single = await countStatements(1)
    expect(await countStatements(100)).toBe(single)
    expect(single).toBeLessThanOrEqual(4)
  })

  it('ends with the last follower, and begins again with the next', async () => {
    const server = openEventLog(10, disconnectedPubSub)
    const stream = await server.follow(system, {})
    const pending = stream.next()
    await sleep(50)
    await stream.return?.()
    expect(await pending).toEqual({ done: true, value: undefined })
    await sleep(50)
    statements.length = 0
    await sleep(100)
    expect(statements).toEqual([])
    const startPosition = await readHead()
    const next = await server.follow(system, {})
    await world.ownerClient.query(insert(2))
    await world.sequencePending()
    expect(idsOf(await take(next, 2))).toEqual(await readChain(startPosition))
  })

  it('stops all who wait at the close', async () => {
    const server = openEventLog(1000)
    const streams = await Promise.all([1, 2, 3].map(() => server.follow(system, {})))
    const pending = streams.map((stream) => stream.next())
    server.close()
    for (const result of await Promise.all(pending)) expect(result.done).toBe(true)
  })
})

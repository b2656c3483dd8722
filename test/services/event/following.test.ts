import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createLog } from '../../../src/adapters/logger.ts'
import { openSequencer } from '../../../src/adapters/sequencer.ts'
import { createEventLog, type EventLog, type FeedArguments } from '../../../src/services/event/eventLog.ts'
import { type ChainedEvent, feedCursor } from '../../../src/services/event/feed.ts'
import { system } from '../../../src/services/kernel/actor.ts'
import type { PubSub } from '../../../src/services/kernel/ports.ts'
import { type ChainWorld, openChain } from '../../harness/chain.ts'

let world: ChainWorld
const statements: string[] = []
const logs: EventLog[] = []
const log = createLog('silent')

/** As in another process whose Redis is away: only its own clock makes it look. */
const deaf: PubSub = {
  publish: () => undefined,
  subscribe: async () => () => undefined,
  onRestored: () => () => undefined,
  close: async () => undefined,
}

const openLog = (lookMs: number, pubsub: PubSub = world.pubsub): EventLog => {
  const { database, heads } = world
  const opened = createEventLog({ database, heads, log, pubsub, lookMs })
  logs.push(opened)
  return opened
}

beforeAll(async () => {
  world = await openChain((sql) => void statements.push(sql))
})
afterEach(() => {
  for (const opened of logs.splice(0)) opened.close()
})
afterAll(() => world?.close())

const insert = (count: number, action = 'media.uploaded', actorId: string | null = null): string => `
  INSERT INTO "Event" ("id", "action", "actorId", "nodeType", "nodeId", "data")
  SELECT gen_random_uuid(), '${action}', ${actorId === null ? 'NULL' : `'${actorId}'`}, 'Media', gen_random_uuid(), '{}'
  FROM generate_series(1, ${count})`

const head = async (): Promise<number> => {
  const { rows } = await world.owner.query('SELECT coalesce(max("position"), 0)::int AS head FROM "EventChain"')
  return rows[0].head
}

const chain = async (after: number, actions: string[] | null = null): Promise<string[]> => {
  const { rows } = await world.owner.query(
    `SELECT "eventId" FROM "EventChain" WHERE "position" > $1 AND ($2::text[] IS NULL OR "action" = ANY($2))
     ORDER BY "position"`,
    [after, actions],
  )
  return rows.map(({ eventId }) => eventId)
}

const take = async (stream: AsyncIterator<ChainedEvent>, count: number): Promise<ChainedEvent[]> => {
  const taken: ChainedEvent[] = []
  while (taken.length < count) {
    const { done, value } = await stream.next()
    if (done) break
    taken.push(value)
  }
  return taken
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
    const sequencing = openSequencer({ databaseUrl: world.urls.appUrl, sequencer: world.sequencer, log })
    const servers = [openLog(1000), openLog(20, deaf)]
    const connections = await Promise.all(Array.from({ length: 8 }, () => world.connect(world.urls.appUrl)))

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
      isOver: (seen: string[]) => boolean,
    ): Promise<string[]> => {
      const seen: string[] = []
      let cursor = feedCursor(after)
      for (let turn = 0; !isOver(seen); turn++) {
        const { rows, server } = cuts[turn] ?? { rows: 50, server: 0 }
        const stream = await servers[server]?.follow(system, { ...filter, after: cursor })
        if (stream === undefined) throw new Error('two servers')
        for (let row = 0; row < rows && !isOver(seen); row++) {
          const next = stream.next()
          const patience = new AbortController()
          const result = await Promise.race([next, sleep(300, null, patience).catch(() => null)])
          patience.abort()
          // Cut off while it waits: what came in that very moment was not seen, and comes again.
          if (result === null || result.done) break
          seen.push(result.value.id)
          cursor = feedCursor(result.value.position)
        }
        await stream.return?.()
      }
      return seen
    }

    await fc.assert(
      fc.asyncProperty(run, async ({ writers, cuts, wanted }) => {
        const before = await head()
        let done = false
        const isAll = (count: number | null) => (seen: string[]) => done && seen.length >= (count ?? 0)
        let total: number | null = null
        let some: number | null = null
        const following = [
          follow(before, {}, cuts, (seen) => isAll(total)(seen)),
          follow(before, { actions: wanted }, cuts.toReversed(), (seen) => isAll(some)(seen)),
        ]
        await Promise.all(writers.map(write))
        await vi.waitUntil(async () => (await world.owner.query('SELECT FROM "EventPending" LIMIT 1')).rowCount === 0, {
          timeout: 10_000,
          interval: 5,
        })
        total = (await chain(before)).length
        some = (await chain(before, wanted)).length
        done = true
        const [all, filtered] = await Promise.all(following)
        expect(all).toEqual(await chain(before))
        expect(filtered).toEqual(await chain(before, wanted))
      }),
      { numRuns: 12, endOnFailure: true },
    )
    expect(await world.verify()).toMatchObject({ ok: true })
    await sequencing.close()
  })

  it('for a follower that stopped reading while more came than is kept', async () => {
    const server = openLog(1000)
    await world.settle()
    const before = await head()
    const [slow, quick] = [await server.follow(system, {}), await server.follow(system, {})]
    await world.owner.query(insert(1))
    await world.settle()
    const first = await take(slow, 1)
    for (let n = 0; n < 5; n++) {
      await world.owner.query(insert(500))
      await world.settle()
      await take(quick, n === 0 ? 501 : 500)
    }
    expect(idsOf([...first, ...(await take(slow, 2500))])).toEqual(await chain(before))
  })

  it('for whoever asks for several rows at once', async () => {
    const server = openLog(1000)
    const stream = await server.follow(system, {})
    const before = await head()
    const asked = [stream.next(), stream.next(), stream.next()]
    await world.owner.query(insert(3))
    await world.settle()
    const results = await Promise.all(asked)
    expect(results.map(({ value }) => value.id)).toEqual(await chain(before))
  })
})

describe('from now on', () => {
  it('misses nothing that commits after it was accepted, though it began before', async () => {
    await world.settle()
    const server = openLog(1000)
    const writer = await world.connect(world.urls.appUrl)
    await writer.query('BEGIN')
    await writer.query(insert(1))
    const before = await head()
    const stream = await server.follow(system, {})
    await writer.query('COMMIT')
    await world.settle()
    expect(idsOf(await take(stream, 1))).toEqual(await chain(before))
  })

  it('also in a process whose other followers have not heard of the newest rows yet', async () => {
    const server = openLog(60_000, deaf)
    const other = await server.follow(system, {})
    const waiting = other.next()
    await world.owner.query(insert(5))
    await world.settle()
    const before = await head()
    const stream = await server.follow(system, {})
    await world.owner.query(insert(1))
    await world.settle()
    const next = await server.follow(system, { after: feedCursor(before) })
    for (const follower of [next, stream]) expect(idsOf(await take(follower, 1))).toEqual(await chain(before))
    expect((await waiting).value.position).toBe(before - 4)
  })
})

describe('the work of a process', () => {
  it('does not grow with its followers, nor does who acted', async () => {
    const user = await world.database.user.create({ data: { externalId: 'log-ada', name: 'Ada' } })
    const server = openLog(60_000)
    const counted = async (followers: number): Promise<number> => {
      await world.settle()
      const streams = await Promise.all(
        Array.from({ length: followers }, () => server.follow(system, { actions: ['media.linked'] })),
      )
      const waiting = streams.map((stream) => stream.next())
      await sleep(100)
      statements.length = 0
      await world.owner.query(insert(1, 'media.linked', user.id))
      await world.settle()
      const events = (await Promise.all(waiting)).map(({ value }) => value)
      expect(new Set(events).size).toBe(1)
      expect(await Promise.all(events.map((event) => event.loadActor()))).toEqual(events.map(() => user))
      const count = statements.length
      await Promise.all(streams.map((stream) => stream.return?.()))
      return count
    }
    const alone = await counted(1)
    expect(await counted(100)).toBe(alone)
    expect(alone).toBeLessThanOrEqual(4)
  })

  it('ends with the last follower, and begins again with the next', async () => {
    const server = openLog(10, deaf)
    const stream = await server.follow(system, {})
    const waiting = stream.next()
    await sleep(50)
    await stream.return?.()
    expect(await waiting).toEqual({ done: true, value: undefined })
    await sleep(50)
    statements.length = 0
    await sleep(100)
    expect(statements).toEqual([])
    const before = await head()
    const next = await server.follow(system, {})
    await world.owner.query(insert(2))
    await world.settle()
    expect(idsOf(await take(next, 2))).toEqual(await chain(before))
  })

  it('stops all who wait at the close', async () => {
    const server = openLog(1000)
    const streams = await Promise.all([1, 2, 3].map(() => server.follow(system, {})))
    const waiting = streams.map((stream) => stream.next())
    server.close()
    for (const result of await Promise.all(waiting)) expect(result.done).toBe(true)
  })
})

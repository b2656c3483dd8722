import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { createMemoryPubSub } from '../../../src/adapters/pubsub/memory.ts'
import type { LiveEvent } from '../../../src/services/live/topic.ts'
import { createTopics, type Topics } from '../../../src/services/live/topics.ts'
import { countSubscriptions, createLibrary, lastRevision, log, type Row, statusOf } from './library.ts'

const openTopics: Topics<Row>[] = []
const setUp = (reconcileIntervalMs = 60_000) => {
  const library = createLibrary()
  const countedPubSub = countSubscriptions(createMemoryPubSub({ log }))
  const topics = createTopics(library.source, { pubsub: countedPubSub.pubsub, log, reconcileIntervalMs })
  openTopics.push(topics)
  return {
    ...library,
    ...countedPubSub,
    topics,
    publish: (id: string, message: unknown) => countedPubSub.pubsub.publish(`thing:${id}`, message),
  }
}
afterEach(() => {
  for (const topics of openTopics.splice(0)) topics.close()
})

type Events = AsyncIterableIterator<LiveEvent<Row>>

const subscribe = async (topics: Topics<Row>, ...ids: string[]): Promise<Events> => {
  const events = await topics.subscribe(ids)
  if (events === null) throw new Error('not found')
  return events
}

const collect = async (events: Events): Promise<Row[]> => {
  const rows: Row[] = []
  for await (const event of events) rows.push(await event.read({}))
  return rows
}

const settle = () => new Promise((resolve) => setImmediate(resolve))

const finish = async ({ change, publish }: ReturnType<typeof setUp>, id: string) => {
  for (const index of [0, 1])
    for (let message = change(id, index, false); message !== null; message = change(id, index, false))
      publish(id, message)
}

describe('a live subscription', () => {
  it.each([[['unknown']], [['known', 'unknown']]])('answers null for %j', async (ids) => {
    const { topics, add } = setUp()
    add('known')
    expect(await topics.subscribe(ids)).toBeNull()
  })

  it('leaves no pub/sub subscription after an unknown id', async () => {
    const { topics, count, add } = setUp()
    add('known')
    await topics.subscribe(['unknown'])
    await topics.subscribe(['known', 'unknown'])
    await settle()
    expect(count.subscribed).toBe(0)
  })

  it('delivers one event of an object that has ended', async () => {
    const { topics, add } = setUp()
    add('ended', lastRevision)
    expect((await collect(await subscribe(topics, 'ended'))).length).toBe(1)
  })

  it('releases pub/sub when all objects have ended', async () => {
    const { topics, count, add } = setUp()
    add('ended', lastRevision)
    await collect(await subscribe(topics, 'ended'))
    await settle()
    expect(count.subscribed).toBe(0)
  })

  it('ends when the last of several objects has ended', async () => {
    const world = setUp()
    world.add('x')
    world.add('y')
    const all = collect(await subscribe(world.topics, 'x', 'y', 'x'))
    await finish(world, 'x')
    await finish(world, 'y')
    const rows = await all
    expect(rows.slice(0, 2).map(({ id }) => id)).toEqual(['x', 'y'])
    expect(rows.at(-1)?.id).toBe('y')
  })

  it('releases pub/sub when the reader leaves while it waits', async () => {
    const { topics, count, add } = setUp()
    add('x')
    const events = await subscribe(topics, 'x')
    await events.next()
    const pendingRead = events.next()
    await events.return?.()
    expect(await pendingRead).toEqual({ done: true })
    await settle()
    expect(count.subscribed).toBe(0)
  })

  it('shares one pub/sub subscription, one read and one load among concurrent subscribers', async () => {
    const { topics, count, reads, loads, add } = setUp()
    add('x')
    const all = await Promise.all(Array.from({ length: 50 }, () => subscribe(topics, 'x')))
    const firsts = await Promise.all(all.map((events) => events.next()))
    await Promise.all(firsts.map(({ value }) => value?.read({})))
    expect(count.subscribed).toBe(1)
    expect(reads.length).toBeLessThanOrEqual(2)
    expect(loads.length).toBe(1)
    await Promise.all(all.map((events) => events.return?.()))
    await settle()
    expect(count.subscribed).toBe(0)
  })

  it('stays open for a subscriber that arrives while the only other one leaves', async () => {
    const world = setUp()
    world.add('x')
    const first = await subscribe(world.topics, 'x')
    const [second] = await Promise.all([subscribe(world.topics, 'x'), first.return?.()])
    const rows = collect(second)
    await finish(world, 'x')
    expect((await rows).at(-1)?.parts.map(({ status }) => status)).toEqual(['READY', 'READY'])
  })

  it('delivers the final state to subscribers that arrive while the work ends', async () => {
    const world = setUp()
    world.add('x')
    const first = collect(await subscribe(world.topics, 'x'))
    const completion = finish(world, 'x')
    const others = await Promise.all(Array.from({ length: 5 }, () => subscribe(world.topics, 'x').then(collect)))
    await completion
    for (const rows of [await first, ...others])
      expect(rows.at(-1)?.parts.map(({ status }) => status)).toEqual(['READY', 'READY'])
  })

  it('is refused while the database is unavailable', async () => {
    const { topics, faults, count, add } = setUp()
    add('x')
    faults.states = 1
    await expect(topics.subscribe(['x'])).rejects.toThrow('unavailable')
    await settle()
    expect(count.subscribed).toBe(0)
  })

  it('works after the database has recovered', async () => {
    const { topics, faults, add } = setUp()
    add('x')
    faults.states = 1
    await expect(topics.subscribe(['x'])).rejects.toThrow('unavailable')
    const events = await subscribe(topics, 'x')
    expect((await events.next()).done).toBe(false)
  })

  it('is refused while pub/sub is unavailable', async () => {
    const { topics, count, add } = setUp()
    add('x')
    count.faults = 1
    await expect(topics.subscribe(['x'])).rejects.toThrow('unavailable')
  })

  it('works after pub/sub has recovered', async () => {
    const { topics, count, add } = setUp()
    add('x')
    count.faults = 1
    await expect(topics.subscribe(['x'])).rejects.toThrow('unavailable')
    const events = await subscribe(topics, 'x')
    expect((await events.next()).done).toBe(false)
    expect(count.subscribed).toBe(1)
  })

  it('loads a row again after a failed load', async () => {
    const { topics, faults, add } = setUp()
    add('x')
    const { value } = await (await subscribe(topics, 'x')).next()
    faults.load = 1
    await expect(value?.read({})).rejects.toThrow('unavailable')
    expect((await value?.read({}))?.id).toBe('x')
  })

  it('shows a new row only from the event of its creation on', async () => {
    const { topics, storedRows, add, publish } = setUp()
    add('x')
    const events = await subscribe(topics, 'x')
    const { value: first } = await events.next()
    const newPart = { id: 'xc', revision: 0, status: 'QUEUED', percent: 0 }
    storedRows.get('x')?.parts.push({ ...newPart, revision: 1, status: 'PROCESSING' })
    const readParts = async (event: LiveEvent<Row> | undefined) =>
      (await event?.read({}))?.parts.map(({ id, status }) => `${id} ${status}`)
    expect(await readParts(first)).toEqual(['xa QUEUED', 'xb QUEUED'])
    publish('x', newPart)
    expect(await readParts((await events.next()).value)).toContain('xc QUEUED')
    publish('x', { ...newPart, revision: 1, status: 'PROCESSING' })
    expect(await readParts((await events.next()).value)).toContain('xc PROCESSING')
  })

  it('loads a row once per change of status and projection, however many progress events follow', async () => {
    const { topics, loads, add, change, publish } = setUp()
    add('x')
    const readers = await Promise.all([1, 2, 3].map(() => subscribe(topics, 'x')))
    const read = (projection: object) =>
      Promise.all(readers.map(async (events) => (await events.next()).value?.read(projection)))
    await read({})
    loads.length = 0
    for (const isProgress of [false, true, true, true]) {
      publish('x', change('x', 0, isProgress))
      await read({})
    }
    expect(loads.length).toBe(1)
    publish('x', change('x', 0, false))
    await read({ other: true })
    expect(loads.length).toBe(2)
  })

  it('coalesces only progress for a slow reader', async () => {
    const { topics, add, change, publish } = setUp()
    add('x')
    const events = await subscribe(topics, 'x')
    for (const isProgress of [false, true, true, true, false, true, true]) publish('x', change('x', 0, isProgress))
    await settle()
    const snapshots: [string, number][] = []
    for (let index = 0; index < 5; index++) {
      const row: Row = await (await events.next()).value?.read({})
      snapshots.push([row.parts[0]?.status ?? '', row.parts[0]?.percent ?? 0])
    }
    expect(snapshots).toEqual([
      ['QUEUED', 0],
      ['PROCESSING', 0],
      ['PROCESSING', 30],
      ['QUEUED', 0],
      ['QUEUED', 20],
    ])
  })

  it('ends without an event when the object is deleted', async () => {
    const { topics, storedRows, add, reconnect } = setUp()
    add('x')
    const events = await subscribe(topics, 'x')
    await events.next()
    storedRows.delete('x')
    reconnect()
    expect(await events.next()).toEqual({ done: true })
  })

  it('never goes backwards, whatever the order, delay, repetition or loss of messages', async () => {
    type Step =
      | { type: 'change'; part: number; isProgress: boolean; delivery: 'sent' | 'late' | 'twice' | 'lost' }
      | { type: 'follow' }
      | { type: 'deliver' }
      | { type: 'reconnect' }
      | { type: 'pause' }
      | { type: 'fault' }
    const step: fc.Arbitrary<Step> = fc.oneof(
      {
        weight: 4,
        arbitrary: fc.record({
          type: fc.constant('change' as const),
          part: fc.nat(1),
          isProgress: fc.boolean(),
          delivery: fc.constantFrom('sent' as const, 'late' as const, 'twice' as const, 'lost' as const),
        }),
      },
      {
        weight: 3,
        arbitrary: fc.constantFrom<Step>(
          ...(['follow', 'deliver', 'reconnect', 'pause', 'fault'] as const).map((type) => ({ type })),
        ),
      },
    )

    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.gen(), async (steps, pick) => {
        const world = setUp()
        const { topics, add, change, publish, reconnect, faults, storedRows, count } = world
        add('x')
        const delayedMessages: object[] = []
        const readers: { firstRevisions: number[]; rows: Promise<Row[]> }[] = []
        const revisions = () => (storedRows.get('x')?.parts ?? []).map(({ revision }) => revision)
        const follow = async () => {
          const firstRevisions = revisions()
          faults.states = 0
          readers.push({ firstRevisions, rows: collect(await subscribe(topics, 'x')) })
        }
        await follow()
        const perform = async (current: Step): Promise<void> => {
          if (current.type === 'follow') return follow()
          if (current.type === 'reconnect') return void reconnect()
          if (current.type === 'fault') return world.failNextRead()
          if (current.type === 'pause') return void (await settle())
          if (current.type === 'deliver') {
            const index = delayedMessages.length === 0 ? -1 : pick(fc.nat, delayedMessages.length - 1)
            for (const message of delayedMessages.splice(index, 1)) publish('x', message)
            return
          }
          const message = change('x', current.part, current.isProgress)
          if (message === null || current.delivery === 'lost') return
          if (current.delivery === 'late') return void delayedMessages.push(message)
          publish('x', message)
          if (current.delivery === 'twice') publish('x', message)
        }
        for (const current of steps) await perform(current)
        // All further messages are lost; the next read returns the final state.
        while (change('x', 0, false) !== null || change('x', 1, false) !== null);
        await settle()
        faults.states = 0
        reconnect()
        await settle()
        for (const { firstRevisions, rows } of readers) {
          const snapshots = await rows
          for (const [index, { revision }] of snapshots[0]?.parts.entries() ?? [])
            expect(revision).toBeGreaterThanOrEqual(firstRevisions[index] ?? 0)
          for (const [at, { parts }] of snapshots.entries())
            for (const [index, part] of parts.entries()) {
              const previous = snapshots[at - 1]?.parts[index] ?? part
              expect(part.revision).toBeGreaterThanOrEqual(previous.revision)
              if (part.revision === previous.revision) expect(part.percent).toBeGreaterThanOrEqual(previous.percent)
              expect(part.status).toBe(statusOf(part.revision))
            }
          expect(snapshots.at(-1)?.parts.map(({ status }) => status)).toEqual(['READY', 'READY'])
        }
        await settle()
        expect(count.subscribed).toBe(0)
      }),
      { numRuns: 300 },
    )
  })
})

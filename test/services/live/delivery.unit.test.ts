import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { LiveEvent } from '../../../src/services/live/topic.ts'
import { type Row, statusOf } from './library.ts'
import { collect, finish, settle, setUp, subscribe } from './topicsWorld.ts'

describe('a live subscription', () => {
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

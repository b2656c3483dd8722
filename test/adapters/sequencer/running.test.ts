import { describe, expect, vi } from 'vitest'
import { createLogger } from '../../../src/adapters/logger.ts'
import { createSequencerConnection, openSequencer, type SequencerRunner } from '../../../src/adapters/sequencer.ts'
import { createSequencer, type Sequencer } from '../../../src/services/event/sequencer.ts'
import { type ChainWorld, insertEventsSql } from '../../harness/chain.ts'
import { it as base } from '../../harness/chainIt.ts'
import { type Counts, expectIntact, readCounts } from './counts.ts'
import { waitUntilIdle, waitUntilQuiescent } from './idle.ts'

const log = createLogger('silent')

const it = base
  /** Opens sequencers as separate processes would, each with its own connection; they are closed after the test. */
  .extend('open', ({ world }, { onCleanup }) => {
    const runners: SequencerRunner[] = []
    onCleanup(async () => {
      for (const runner of runners) await runner.close()
    })
    return (sequencer: Sequencer, pollIntervalMs = 1000): SequencerRunner => {
      const runner = openSequencer({ databaseUrl: world.testDatabase.appUrl, sequencer, log, pollIntervalMs })
      runners.push(runner)
      return runner
    }
  })
  /** Starts a sequencer that numbers events. */
  .extend('start', ({ world, open }) => (pollIntervalMs?: number, onPoll = () => {}): SequencerRunner => {
    const sequencer = createSequencer({ pubsub: world.pubsub, checkpoints: world.checkpoints, log })
    const advance: Sequencer['advance'] = (connection, isLeader) => {
      onPoll()
      return sequencer.advance(connection, isLeader)
    }
    return open({ ...sequencer, advance }, pollIntervalMs)
  })

const waitUntil = (world: ChainWorld, condition: (current: Counts) => boolean) =>
  vi.waitUntil(async () => condition(await readCounts(world)), { timeout: 10_000, interval: 5 })

const waitUntilChained = (world: ChainWorld) =>
  waitUntil(world, ({ events, chained, pending }) => pending === 0 && chained === events)

/** Terminates the database connections of the running sequencers; returns how many. */
const endConnections = async (world: ChainWorld): Promise<number> => {
  const { rowCount } = await world.ownerClient.query(`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = 'mediagraph sequencer' AND datname = current_database()`)
  return rowCount ?? 0
}

/** Runs a statement; returns the payloads of the notifications until the one that marks the end. */
const captureNotifications = async (world: ChainWorld, statement: string): Promise<(string | undefined)[]> => {
  const listener = await world.connect(world.testDatabase.appUrl)
  await listener.query('LISTEN event_pending')
  const payloads: (string | undefined)[] = []
  const last = Promise.withResolvers<void>()
  const onNotification = ({ payload }: { payload?: string }) => {
    payloads.push(payload)
    if (payload === 'last') last.resolve()
  }
  listener.on('notification', onNotification)
  await world.ownerClient.query(statement)
  await world.ownerClient.query(`NOTIFY event_pending, 'last'`)
  await last.promise
  listener.off('notification', onNotification)
  return payloads
}

describe('a stopped sequencer', () => {
  it('leaves all events in the queue', async ({ world }) => {
    const before = await readCounts(world)
    const writer = await world.connect(world.testDatabase.appUrl)
    for (let n = 0; n < 5; n++) await writer.query(insertEventsSql(700))
    expect(await readCounts(world)).toEqual({ ...before, events: before.events + 3500, pending: 3500 })
    expect(await world.verify()).toMatchObject({ ok: true, checked: before.chained })
  })

  it('numbers the queued events after its start', async ({ world, start }) => {
    await world.ownerClient.query(insertEventsSql(3500))
    start()
    await waitUntilChained(world)
    await expectIntact(world)
  })

  it('is not notified of commits', async ({ world }) => {
    await world.sequencePending()
    expect(await captureNotifications(world, insertEventsSql(1))).toEqual(['last'])
  })
})

describe('a running sequencer', () => {
  it('numbers every commit without waiting for its poll interval', async ({ world, start }) => {
    start(600_000)
    await waitUntilChained(world)
    const writer = await world.connect(world.testDatabase.appUrl)
    for (let n = 0; n < 2; n++) {
      await waitUntilIdle(world)
      await waitUntilQuiescent(world)
      for (let m = 0; m < 3; m++) {
        await writer.query(insertEventsSql(1))
        await waitUntilChained(world)
      }
    }
    await expectIntact(world)
  })

  it('keeps polling for a while when it becomes idle, for events written while it was active', async ({
    world,
    start,
  }) => {
    let polls = 0
    start(600_000, () => polls++)
    const [slow, quick] = [
      await world.connect(world.testDatabase.appUrl),
      await world.connect(world.testDatabase.appUrl),
    ]
    await quick.query(insertEventsSql(1))
    await waitUntilChained(world)
    await slow.query('BEGIN')
    try {
      // The sequencer is active while this is written, so the commit will send no notification.
      await slow.query(insertEventsSql(1))
      await waitUntilIdle(world)
      const before = polls
      await vi.waitUntil(() => polls > before, { timeout: 10_000, interval: 5 })
      await slow.query('COMMIT')
      await waitUntilChained(world)
    } finally {
      await slow.query('ROLLBACK') // after a failure, so that later tests do not wait for it
    }
    await expectIntact(world)
  })

  it('saves the checkpoint of events that a crashed process numbered', async ({ world, start }) => {
    start()
    await waitUntilChained(world)
    const { pubsub } = world
    const neverSaved = { ...world.checkpoints, save: () => new Promise<void>(() => {}) }
    const crashedSequencer = createSequencer({ pubsub, checkpoints: neverSaved, log })
    const writer = await world.connect(world.testDatabase.appUrl)
    // Returns false while the leader holds the lock.
    const sequenceOne = async (): Promise<boolean> => {
      await writer.query(`BEGIN; ${insertEventsSql(1)}`)
      const count = await crashedSequencer.advance(createSequencerConnection(writer))
      await writer.query(count > 0 ? 'COMMIT' : 'ROLLBACK')
      return count > 0
    }
    while (!(await sequenceOne()));
    const { events } = await readCounts(world)
    await vi.waitUntil(async () => (await world.checkpoints.list()).at(-1)?.position === events, { timeout: 10_000 })
    await expectIntact(world)
  })

  it('numbers within a second an event that was written while it was active but commits when it is idle', async ({
    world,
    start,
  }) => {
    start()
    const [slow, quick] = [
      await world.connect(world.testDatabase.appUrl),
      await world.connect(world.testDatabase.appUrl),
    ]
    await quick.query(insertEventsSql(1))
    await waitUntilChained(world)
    await slow.query('BEGIN')
    await slow.query(insertEventsSql(1))
    await waitUntilIdle(world)
    await waitUntilQuiescent(world)
    await slow.query('COMMIT')
    await waitUntilChained(world)
    await expectIntact(world)
  })

  it('numbers events in the order of their commits', async ({ world, start }) => {
    start()
    const [slow, quick] = [
      await world.connect(world.testDatabase.appUrl),
      await world.connect(world.testDatabase.appUrl),
    ]
    await slow.query('BEGIN')
    await slow.query(insertEventsSql(1))
    await quick.query(insertEventsSql(1))
    await waitUntil(world, ({ pending }) => pending === 0)
    const { events } = await readCounts(world)
    await slow.query('COMMIT')
    await waitUntil(world, ({ chained }) => chained === events + 1)
    await expectIntact(world)
  })

  it('numbers nothing after a rollback', async ({ world, start }) => {
    start()
    const before = await readCounts(world)
    const writer = await world.connect(world.testDatabase.appUrl)
    await writer.query('BEGIN')
    await writer.query(insertEventsSql(3))
    await writer.query('ROLLBACK')
    expect(await readCounts(world)).toEqual(before)
  })

  it('sets tcp_user_timeout, so that an unacknowledged connection fails within seconds', async ({ open }) => {
    const settings = Promise.withResolvers<unknown[]>()
    const sequencer: Sequencer = {
      advance: async (connection) => {
        settings.resolve(await connection.transact('SHOW tcp_user_timeout'))
        return 0
      },
      close: async () => undefined,
    }
    open(sequencer)
    expect(await settings.promise).toEqual([{ tcp_user_timeout: '6000' }])
  })

  it('is notified of each commit while it is idle', async ({ world, start }) => {
    await world.sequencePending()
    let polls = 0
    // Without polls between, which would number the event before its notification is seen.
    start(60_000, () => void polls++)
    await vi.waitUntil(() => polls > 0, { timeout: 10_000, interval: 5 })
    await waitUntilIdle(world)
    await waitUntilQuiescent(world)
    expect(await captureNotifications(world, insertEventsSql(1))).toEqual(['', 'last'])
    await waitUntilChained(world)
  })

  it('leaves the rest of a backlog to the next process when it is closed', async ({ world, start }) => {
    await world.sequencePending()
    await world.ownerClient.query(insertEventsSql(5000))
    const firstBatch = Promise.withResolvers<void>()
    const runner = start(60_000, () => firstBatch.resolve())
    await firstBatch.promise
    await runner.close()
    expect((await readCounts(world)).pending).toBeGreaterThanOrEqual(3000)
    await world.sequencePending()
    await expectIntact(world)
  })

  it('closes within seconds even if the database does not answer', { timeout: 15_000 }, async ({ world, start }) => {
    await world.sequencePending()
    const blocker = await world.connect(world.testDatabase.ownerUrl)
    await blocker.query('BEGIN; LOCK TABLE "EventPending"')
    const runner = start()
    await vi.waitUntil(
      async () =>
        (await blocker.query('SELECT FROM pg_locks WHERE NOT granted AND relation IS NOT NULL')).rowCount === 1,
      { timeout: 10_000, interval: 5 },
    )
    await runner.close()
    await blocker.query('ROLLBACK')
  })

  it('loses neither events nor checkpoints when its connection is cut repeatedly', async ({ world, start }) => {
    const runner = start(100)
    await waitUntilChained(world)
    const writer = await world.connect(world.testDatabase.appUrl)
    for (let n = 0; n < 5; n++) {
      await writer.query(insertEventsSql(50))
      await vi.waitUntil(async () => (await endConnections(world)) > 0, { interval: 10 })
      await writer.query(insertEventsSql(1))
      await waitUntilChained(world)
    }
    await expectIntact(world)
    await runner.close()
    const { events } = await readCounts(world)
    expect((await world.checkpoints.list()).at(-1)?.position).toBe(events)
  })

  it('has exactly one leader among several processes, also after the leader closes', async ({ world, start }) => {
    const processes = [start(50), start(50), start(50)]
    await waitUntilChained(world)
    const writer = await world.connect(world.testDatabase.appUrl)
    for (const runner of processes) {
      for (let n = 0; n < 10; n++) await writer.query(insertEventsSql(20))
      await waitUntilChained(world)
      const { rows } = await world.ownerClient.query(`
        SELECT count(*)::int AS leading FROM pg_locks JOIN pg_database ON pg_database.oid = database
        WHERE locktype = 'advisory' AND classid = 7303 AND objid = 2 AND datname = current_database() AND granted`)
      expect(rows).toEqual([{ leading: 1 }])
      await runner.close()
    }
    await expectIntact(world)
  })
})

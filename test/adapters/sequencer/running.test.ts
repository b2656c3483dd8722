import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createLogger } from '../../../src/adapters/logger.ts'
import { createSequencerConnection, openSequencer, type SequencerRunner } from '../../../src/adapters/sequencer.ts'
import { createSequencer, type Sequencer } from '../../../src/services/event/sequencer.ts'
import { type ChainWorld, openChainWorld } from '../../harness/chain.ts'
import { type Counts, expectIntact, insertEventsSql, readCounts } from './counts.ts'

let world: ChainWorld
const runningSequencers: SequencerRunner[] = []

beforeAll(async () => {
  world = await openChainWorld()
})
afterEach(async () => {
  for (const sequencing of runningSequencers.splice(0)) await sequencing.close()
})
afterAll(() => world?.close())

/** As a process of its own would: with its own rule, connection and turn. */
const start = (pollIntervalMs = 1000, onPoll = () => {}): SequencerRunner => {
  const { pubsub, checkpoints: heads } = world
  const log = createLogger('silent')
  const inner = createSequencer({ pubsub, checkpoints: heads, log })
  const advance: Sequencer['advance'] = (session, leads) => {
    onPoll()
    return inner.advance(session, leads)
  }
  const sequencing = openSequencer({
    databaseUrl: world.testDatabase.appUrl,
    sequencer: { ...inner, advance },
    log,
    pollIntervalMs,
  })
  runningSequencers.push(sequencing)
  return sequencing
}

const getCounts = () => readCounts(world)

const waitUntil = async (condition: (current: Counts) => boolean, timeout = 10_000) =>
  vi.waitUntil(async () => condition(await getCounts()), { timeout, interval: 5 })

const waitUntilChained = () => waitUntil(({ events, chained, pending }) => pending === 0 && chained === events)

/** Backends of the running sequencers; those that are woken listen. */
const endConnections = async (): Promise<number> => {
  const { rowCount } = await world.ownerClient.query(`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = 'mediagraph sequencer' AND datname = current_database()`)
  return rowCount ?? 0
}

const expectIntactLog = () => expectIntact(world)

describe('while it is down', () => {
  it('nothing is numbered and nothing is lost, and afterwards it catches up', async () => {
    const before = await getCounts()
    const writer = await world.connect(world.testDatabase.appUrl)
    for (let n = 0; n < 5; n++) await writer.query(insertEventsSql(700))
    expect(await getCounts()).toEqual({ ...before, events: before.events + 3500, pending: 3500 })
    expect(await world.verify()).toMatchObject({ ok: true, checked: before.chained })
    start()
    await waitUntilChained()
    await expectIntactLog()
  })
})

describe('while it runs', () => {
  /** Awake it looks by itself; asleep it has to be woken. */
  const waitUntilIdle = () =>
    vi.waitUntil(
      async () => {
        const { rowCount } = await world.ownerClient.query(`
          SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = database
          WHERE locktype = 'advisory' AND classid = 7303 AND objid = 3 AND datname = current_database() AND granted`)
        return rowCount === 0
      },
      { timeout: 10_000, interval: 20 },
    )

  /** It does not even look by itself any more. */
  const waitUntilQuiescent = () =>
    vi.waitUntil(
      async () => {
        const { rowCount } = await world.ownerClient.query(`
          SELECT FROM pg_stat_activity WHERE application_name = 'mediagraph sequencer' AND datname = current_database()
            AND state = 'idle' AND state_change < now() - interval '300 ms'`)
        return rowCount === 1
      },
      { timeout: 10_000, interval: 20 },
    )

  it('is woken by a commit, and looks by itself while more come; its clock is not needed', async () => {
    start(600_000)
    await waitUntilChained()
    const writer = await world.connect(world.testDatabase.appUrl)
    for (let n = 0; n < 3; n++) {
      await waitUntilIdle()
      await waitUntilQuiescent()
      for (let m = 0; m < 3; m++) {
        await writer.query(insertEventsSql(1))
        await waitUntilChained()
      }
    }
    await expectIntactLog()
  })

  it('goes on looking when it sleeps: what found it awake may commit a moment later, and wakes nobody', async () => {
    let polls = 0
    start(600_000, () => polls++)
    const [slow, quick] = [
      await world.connect(world.testDatabase.appUrl),
      await world.connect(world.testDatabase.appUrl),
    ]
    await quick.query(insertEventsSql(1))
    await waitUntilChained()
    await slow.query('BEGIN')
    await slow.query(insertEventsSql(1))
    await waitUntilIdle()
    const before = polls
    await vi.waitUntil(() => polls > before + 5, { timeout: 10_000, interval: 5 })
    await slow.query('COMMIT')
    await waitUntilChained()
    await expectIntactLog()
  })

  it('keeps the head also of what another has numbered, who has gone without keeping it', async () => {
    start()
    await waitUntilChained()
    const { pubsub } = world
    const heads = { ...world.checkpoints, keep: () => new Promise<void>(() => {}) }
    const crashedSequencer = createSequencer({ pubsub, checkpoints: heads, log: createLogger('silent') })
    const writer = await world.connect(world.testDatabase.appUrl)
    // The one that leads may be at it.
    const sequenceOne = async (): Promise<boolean> => {
      await writer.query(`BEGIN; ${insertEventsSql(1)}`)
      const count = await crashedSequencer.advance(createSequencerConnection(writer))
      await writer.query(count > 0 ? 'COMMIT' : 'ROLLBACK')
      return count > 0
    }
    while (!(await sequenceOne()));
    const { events } = await getCounts()
    await vi.waitUntil(async () => (await world.checkpoints.list()).at(-1)?.position === events, { timeout: 10_000 })
    await expectIntactLog()
  })

  it('numbers within a second what found it awake and commits when it sleeps', async () => {
    start()
    const [slow, quick] = [
      await world.connect(world.testDatabase.appUrl),
      await world.connect(world.testDatabase.appUrl),
    ]
    await quick.query(insertEventsSql(1))
    await waitUntilChained()
    await slow.query('BEGIN')
    await slow.query(insertEventsSql(1))
    await waitUntilIdle()
    await waitUntilQuiescent()
    await slow.query('COMMIT')
    await waitUntilChained()
    await expectIntactLog()
  })

  it('numbers what commits late after what committed before it', async () => {
    start()
    const [slow, quick] = [
      await world.connect(world.testDatabase.appUrl),
      await world.connect(world.testDatabase.appUrl),
    ]
    await slow.query('BEGIN')
    await slow.query(insertEventsSql(1))
    await quick.query(insertEventsSql(1))
    await waitUntil(({ pending }) => pending === 0)
    const { events } = await getCounts()
    await slow.query('COMMIT')
    await waitUntil(({ chained }) => chained === events + 1)
    await expectIntactLog()
  })

  it('a rollback leaves nothing', async () => {
    start()
    const before = await getCounts()
    const writer = await world.connect(world.testDatabase.appUrl)
    await writer.query('BEGIN')
    await writer.query(insertEventsSql(3))
    await writer.query('ROLLBACK')
    expect(await getCounts()).toEqual(before)
  })

  it('has a connection that the database gives up within seconds, also where it waits for an acknowledgement', async () => {
    const settings = Promise.withResolvers<unknown[]>()
    const sequencer: Sequencer = {
      advance: async (session) => {
        settings.resolve(await session.transact('SHOW tcp_user_timeout'))
        return 0
      },
      close: async () => undefined,
    }
    runningSequencers.push(
      openSequencer({ databaseUrl: world.testDatabase.appUrl, sequencer, log: createLogger('silent') }),
    )
    expect(await settings.promise).toEqual([{ tcp_user_timeout: '6000' }])
  })

  it('notifies nobody where there is no sequencer, and a sleeping one at each commit', async () => {
    await world.sequencePending()
    const listener = await world.connect(world.testDatabase.appUrl)
    await listener.query('LISTEN event_pending')
    const captureNotifications = async (statement: string): Promise<(string | undefined)[]> => {
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
    expect(await captureNotifications(insertEventsSql(1))).toEqual(['last'])
    start()
    await waitUntilChained()
    await waitUntilIdle()
    expect(await captureNotifications(insertEventsSql(1))).toEqual(['', 'last'])
    await waitUntilChained()
  })

  it('breaks off a backlog when it is closed, and leaves the rest to whoever comes next', async () => {
    await world.sequencePending()
    const before = await getCounts()
    await world.ownerClient.query(insertEventsSql(12_000))
    const sequencing = start()
    await waitUntil(({ chained }) => chained > before.chained)
    await sequencing.close()
    expect((await getCounts()).pending).toBeGreaterThan(5000)
    await world.sequencePending()
    await expectIntactLog()
  })

  it('is closed within seconds, also where the database does not answer', { timeout: 15_000 }, async () => {
    await world.sequencePending()
    const blocker = await world.connect(world.testDatabase.ownerUrl)
    await blocker.query('BEGIN; LOCK TABLE "EventPending"')
    const sequencing = start()
    await vi.waitUntil(
      async () =>
        (await blocker.query('SELECT FROM pg_locks WHERE NOT granted AND relation IS NOT NULL')).rowCount === 1,
      { timeout: 10_000, interval: 5 },
    )
    await sequencing.close()
    await blocker.query('ROLLBACK')
  })

  it('goes on within seconds after its connection was cut, and keeps the head that it had to leave', async () => {
    start(100)
    await waitUntilChained()
    const writer = await world.connect(world.testDatabase.appUrl)
    for (let n = 0; n < 5; n++) {
      await writer.query(insertEventsSql(50))
      await vi.waitUntil(async () => (await endConnections()) > 0, { interval: 10 })
      await writer.query(insertEventsSql(1))
      await waitUntilChained()
    }
    await expectIntactLog()
    await runningSequencers.splice(0)[0]?.close()
    const { events } = await getCounts()
    expect((await world.checkpoints.list()).at(-1)?.position).toBe(events)
  })

  it('several processes are one sequencer, of which one is woken; when it goes, another is', async () => {
    const sequencers = [start(50), start(50), start(50)]
    await waitUntilChained()
    const writer = await world.connect(world.testDatabase.appUrl)
    for (const sequencing of sequencers) {
      for (let n = 0; n < 10; n++) await writer.query(insertEventsSql(20))
      await waitUntilChained()
      const { rows } = await world.ownerClient.query(`
        SELECT count(*)::int AS leading FROM pg_locks JOIN pg_database ON pg_database.oid = database
        WHERE locktype = 'advisory' AND classid = 7303 AND objid = 2 AND datname = current_database() AND granted`)
      expect(rows).toEqual([{ leading: 1 }])
      await sequencing.close()
    }
    await expectIntactLog()
  })
})

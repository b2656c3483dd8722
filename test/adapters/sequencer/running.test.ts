import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { createLog } from '../../../src/adapters/logger.ts'
import { openSequencer, type Sequencing, sessionOn } from '../../../src/adapters/sequencer.ts'
import { createSequencer, type Sequencer } from '../../../src/services/event/sequencer.ts'
import { type ChainWorld, openChain } from '../../harness/chain.ts'
import { type Counts, countsOf, expectWhole, insert } from './counts.ts'

let world: ChainWorld
const running: Sequencing[] = []

beforeAll(async () => {
  world = await openChain()
})
afterEach(async () => {
  for (const sequencing of running.splice(0)) await sequencing.close()
})
afterAll(() => world?.close())

/** As a process of its own would: with its own rule, connection and turn. */
const start = (lookMs = 1000, onLook = () => {}): Sequencing => {
  const { pubsub, heads } = world
  const log = createLog('silent')
  const rule = createSequencer({ pubsub, heads, log })
  const advance: Sequencer['advance'] = (session, leads) => {
    onLook()
    return rule.advance(session, leads)
  }
  const sequencing = openSequencer({ databaseUrl: world.urls.appUrl, sequencer: { ...rule, advance }, log, lookMs })
  running.push(sequencing)
  return sequencing
}

const counts = () => countsOf(world)

const until = async (condition: (found: Counts) => boolean, timeout = 10_000) =>
  vi.waitUntil(async () => condition(await counts()), { timeout, interval: 5 })

const allChained = () => until(({ events, chained, pending }) => pending === 0 && chained === events)

/** Backends of the running sequencers; those that are woken listen. */
const endConnections = async (): Promise<number> => {
  const { rowCount } = await world.owner.query(`
    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = 'mediagraph sequencer' AND datname = current_database()`)
  return rowCount ?? 0
}

const whole = () => expectWhole(world)

describe('while it is down', () => {
  it('nothing is numbered and nothing is lost, and afterwards it catches up', async () => {
    const before = await counts()
    const writer = await world.connect(world.urls.appUrl)
    for (let n = 0; n < 5; n++) await writer.query(insert(700))
    expect(await counts()).toEqual({ ...before, events: before.events + 3500, pending: 3500 })
    expect(await world.verify()).toMatchObject({ ok: true, checked: before.chained })
    start()
    await allChained()
    await whole()
  })
})

describe('while it runs', () => {
  /** Awake it looks by itself; asleep it has to be woken. */
  const sleeps = () =>
    vi.waitUntil(
      async () => {
        const { rowCount } = await world.owner.query(`
          SELECT FROM pg_locks JOIN pg_database ON pg_database.oid = database
          WHERE locktype = 'advisory' AND classid = 7303 AND objid = 3 AND datname = current_database() AND granted`)
        return rowCount === 0
      },
      { timeout: 10_000, interval: 20 },
    )

  /** It does not even look by itself any more. */
  const rests = () =>
    vi.waitUntil(
      async () => {
        const { rowCount } = await world.owner.query(`
          SELECT FROM pg_stat_activity WHERE application_name = 'mediagraph sequencer' AND datname = current_database()
            AND state = 'idle' AND state_change < now() - interval '300 ms'`)
        return rowCount === 1
      },
      { timeout: 10_000, interval: 20 },
    )

  it('is woken by a commit, and looks by itself while more come; its clock is not needed', async () => {
    start(600_000)
    await allChained()
    const writer = await world.connect(world.urls.appUrl)
    for (let n = 0; n < 3; n++) {
      await sleeps()
      await rests()
      for (let m = 0; m < 3; m++) {
        await writer.query(insert(1))
        await allChained()
      }
    }
    await whole()
  })

  it('goes on looking when it sleeps: what found it awake may commit a moment later, and wakes nobody', async () => {
    let looks = 0
    start(600_000, () => looks++)
    const [slow, quick] = [await world.connect(world.urls.appUrl), await world.connect(world.urls.appUrl)]
    await quick.query(insert(1))
    await allChained()
    await slow.query('BEGIN')
    await slow.query(insert(1))
    await sleeps()
    const before = looks
    await vi.waitUntil(() => looks > before + 5, { timeout: 10_000, interval: 5 })
    await slow.query('COMMIT')
    await allChained()
    await whole()
  })

  it('keeps the head also of what another has numbered, who has gone without keeping it', async () => {
    start()
    await allChained()
    const { pubsub } = world
    const heads = { ...world.heads, keep: () => new Promise<void>(() => {}) }
    const gone = createSequencer({ pubsub, heads, log: createLog('silent') })
    const writer = await world.connect(world.urls.appUrl)
    // The one that leads may be at it.
    const numbered = async (): Promise<boolean> => {
      await writer.query(`BEGIN; ${insert(1)}`)
      const count = await gone.advance(sessionOn(writer))
      await writer.query(count > 0 ? 'COMMIT' : 'ROLLBACK')
      return count > 0
    }
    while (!(await numbered()));
    const { events } = await counts()
    await vi.waitUntil(async () => (await world.heads.list()).at(-1)?.position === events, { timeout: 10_000 })
    await whole()
  })

  it('numbers within a second what found it awake and commits when it sleeps', async () => {
    start()
    const [slow, quick] = [await world.connect(world.urls.appUrl), await world.connect(world.urls.appUrl)]
    await quick.query(insert(1))
    await allChained()
    await slow.query('BEGIN')
    await slow.query(insert(1))
    await sleeps()
    await rests()
    await slow.query('COMMIT')
    await allChained()
    await whole()
  })

  it('numbers what commits late after what committed before it', async () => {
    start()
    const [slow, quick] = [await world.connect(world.urls.appUrl), await world.connect(world.urls.appUrl)]
    await slow.query('BEGIN')
    await slow.query(insert(1))
    await quick.query(insert(1))
    await until(({ pending }) => pending === 0)
    const { events } = await counts()
    await slow.query('COMMIT')
    await until(({ chained }) => chained === events + 1)
    await whole()
  })

  it('a rollback leaves nothing', async () => {
    start()
    const before = await counts()
    const writer = await world.connect(world.urls.appUrl)
    await writer.query('BEGIN')
    await writer.query(insert(3))
    await writer.query('ROLLBACK')
    expect(await counts()).toEqual(before)
  })

  it('has a connection that the database gives up within seconds, also where it waits for an acknowledgement', async () => {
    const shown = Promise.withResolvers<unknown[]>()
    const sequencer: Sequencer = {
      advance: async (session) => {
        shown.resolve(await session.transact('SHOW tcp_user_timeout'))
        return 0
      },
      close: async () => undefined,
    }
    running.push(openSequencer({ databaseUrl: world.urls.appUrl, sequencer, log: createLog('silent') }))
    expect(await shown.promise).toEqual([{ tcp_user_timeout: '6000' }])
  })

  it('notifies nobody where there is no sequencer, and a sleeping one at each commit', async () => {
    await world.settle()
    const listener = await world.connect(world.urls.appUrl)
    await listener.query('LISTEN event_pending')
    const heard = async (statement: string): Promise<(string | undefined)[]> => {
      const payloads: (string | undefined)[] = []
      const last = Promise.withResolvers<void>()
      const note = ({ payload }: { payload?: string }) => {
        payloads.push(payload)
        if (payload === 'last') last.resolve()
      }
      listener.on('notification', note)
      await world.owner.query(statement)
      await world.owner.query(`NOTIFY event_pending, 'last'`)
      await last.promise
      listener.off('notification', note)
      return payloads
    }
    expect(await heard(insert(1))).toEqual(['last'])
    start()
    await allChained()
    await sleeps()
    expect(await heard(insert(1))).toEqual(['', 'last'])
    await allChained()
  })

  it('breaks off a backlog when it is closed, and leaves the rest to whoever comes next', async () => {
    await world.settle()
    const before = await counts()
    await world.owner.query(insert(12_000))
    const sequencing = start()
    await until(({ chained }) => chained > before.chained)
    await sequencing.close()
    expect((await counts()).pending).toBeGreaterThan(5000)
    await world.settle()
    await whole()
  })

  it('is closed within seconds, also where the database does not answer', { timeout: 15_000 }, async () => {
    await world.settle()
    const holder = await world.connect(world.urls.ownerUrl)
    await holder.query('BEGIN; LOCK TABLE "EventPending"')
    const sequencing = start()
    await vi.waitUntil(
      async () =>
        (await holder.query('SELECT FROM pg_locks WHERE NOT granted AND relation IS NOT NULL')).rowCount === 1,
      { timeout: 10_000, interval: 5 },
    )
    await sequencing.close()
    await holder.query('ROLLBACK')
  })

  it('goes on within seconds after its connection was cut, and keeps the head that it had to leave', async () => {
    start(100)
    await allChained()
    const writer = await world.connect(world.urls.appUrl)
    for (let n = 0; n < 5; n++) {
      await writer.query(insert(50))
      await vi.waitUntil(async () => (await endConnections()) > 0, { interval: 10 })
      await writer.query(insert(1))
      await allChained()
    }
    await whole()
    await running.splice(0)[0]?.close()
    const { events } = await counts()
    expect((await world.heads.list()).at(-1)?.position).toBe(events)
  })

  it('several processes are one sequencer, of which one is woken; when it goes, another is', async () => {
    const sequencers = [start(50), start(50), start(50)]
    await allChained()
    const writer = await world.connect(world.urls.appUrl)
    for (const sequencing of sequencers) {
      for (let n = 0; n < 10; n++) await writer.query(insert(20))
      await allChained()
      const { rows } = await world.owner.query(`
        SELECT count(*)::int AS leading FROM pg_locks JOIN pg_database ON pg_database.oid = database
        WHERE locktype = 'advisory' AND classid = 7303 AND objid = 2 AND datname = current_database() AND granted`)
      expect(rows).toEqual([{ leading: 1 }])
      await sequencing.close()
    }
    await whole()
  })
})

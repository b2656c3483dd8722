import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { batchSize, type Sequencer } from '../services/event/sequencer.ts'
import type { Log, Session } from '../services/kernel/ports.ts'
import { keptAlive } from './keepAlive.ts'

interface SequencerOptions {
  databaseUrl: string
  sequencer: Sequencer
  log: Log
  /** How often it looks although nothing woke it, and how long a lost connection stays lost. */
  lookMs?: number
}

export interface Sequencing {
  /** After a last batch; what waits beyond it is numbered by whoever comes next. */
  close(): Promise<void>
}

/** A batch takes a fraction of a second; an answer that takes so long will not come. */
const queryMs = 30_000

/** How long the last batch may take: the process has more to close, and little time. */
const closeMs = 3000

/** Between two looks: who commits meanwhile is numbered together, so that many writers cost little more than one. */
const pauseMs = 20

/** How long it stays awake after the last event, and how long it goes on looking after that: who found it awake does not
 * wake it. Whoever takes longer from writing one to the commit may find it asleep, and waits for its clock. */
const lingerMs = 1000

/** Whose turn it is to be woken, for which a trigger of Event looks too; not what keeps two from numbering at once, which is in the rule itself. */
const leadership = 'SELECT pg_try_advisory_lock(7303, 2) AS held'
/** While it is held nobody notifies: a trigger of Event looks for it. */
const wakefulness = 'SELECT pg_try_advisory_lock(7303, 3) AS held'
const sleep = 'SELECT pg_advisory_unlock(7303, 3)'

/** For whoever has a connection to himself. Several statements sent at once are one transaction of their own. */
export const sessionOn = (connection: pg.Client): Session => ({
  async transact(...statements) {
    const answers = [await connection.query(statements.join(';'))].flat() // several answers come as a list
    return answers.at(-1)?.rows ?? []
  },
})

/**
 * Runs the sequencer on a connection of its own, in every process. One of them is woken by each commit; the others look
 * once a second, and whether its turn has come free.
 */
export const openSequencer = ({ databaseUrl, sequencer, log, lookMs = 1000 }: SequencerOptions): Sequencing => {
  let client: pg.Client | null = null
  let leads = false
  let isAwake = false
  let awakeUntilMs = 0
  let looksUntilMs = 0
  let isAway = false
  let isClosed = false
  let hasMore = false
  let working: Promise<void> | null = null

  /** Its locks go with it; the next look makes another. */
  const drop = (lost: pg.Client | null): void => {
    lost?.end().catch(() => undefined) // it is gone anyway
    if (client !== lost) return
    client = null
    leads = false
    isAwake = false
  }

  const onFailed = (error: unknown): void => {
    drop(client)
    if (!isAway && !isClosed) log.warn({ err: error }, 'The log cannot be numbered: the feed waits until that is over.')
    isAway = true
  }

  const connect = async (): Promise<pg.Client> => {
    const made = new pg.Client({
      ...keptAlive(databaseUrl),
      connectionTimeoutMillis: 5000,
      query_timeout: queryMs,
      application_name: 'mediagraph sequencer',
    })
    made.on('error', () => drop(made))
    made.on('end', () => drop(made))
    made.on('notification', wake)
    await made.connect()
    client = made
    return made
  }

  const lead = async (connection: pg.Client): Promise<void> => {
    const { rows } = await connection.query(leadership)
    if (rows[0].held !== true) return
    // Before the look that follows: what commits after it wakes us.
    await connection.query('LISTEN event_pending')
    leads = true
    // Who has written before found nobody to be woken, and may not have committed yet.
    awakeUntilMs = performance.now() + lingerMs
  }

  const drain = async (connection: pg.Client): Promise<number> => {
    const session = sessionOn(connection)
    let total = 0
    for (;;) {
      const count = await sequencer.advance(session, leads)
      total += count
      if (isClosed || count < batchSize) return total
    }
  }

  /** Awake as long as something comes; true where another look is due without being woken. */
  const stayAwake = async (connection: pg.Client, found: number): Promise<boolean> => {
    if (found > 0) awakeUntilMs = performance.now() + lingerMs
    if (performance.now() < awakeUntilMs) {
      if (!isAwake) isAwake = (await connection.query(wakefulness)).rows[0].held === true
      return true
    }
    if (isAwake) {
      await connection.query(sleep)
      isAwake = false
      // Who has written until now has not woken it, and may not have committed yet.
      looksUntilMs = performance.now() + lingerMs
    }
    return performance.now() < looksUntilMs
  }

  const look = async (): Promise<void> => {
    const connection = client ?? (await connect())
    if (!leads) await lead(connection)
    const found = await drain(connection)
    if (leads && (await stayAwake(connection, found))) hasMore = true
    if (isAway) log.info({}, 'The log is numbered again.')
    isAway = false
  }

  const work = async (): Promise<void> => {
    while (hasMore && !isClosed) {
      hasMore = false
      await look()
      await wait(pauseMs)
    }
  }

  /** Looks now; whoever wakes it meanwhile makes it look again. */
  const wake = (): void => {
    if (isClosed) return
    hasMore = true
    working ??= work()
      .catch(onFailed)
      .finally(() => {
        working = null
        // Woken after the last look and before this.
        if (hasMore && !isAway) wake()
      })
  }

  const timer = setInterval(wake, lookMs)
  timer.unref()
  wake()

  return {
    async close() {
      clearInterval(timer)
      isClosed = true
      hasMore = false
      const finish = async (): Promise<void> => {
        await working
        try {
          if (client !== null) await drain(client)
        } finally {
          await client?.end()
        }
      }
      try {
        await Promise.race([finish(), wait(closeMs, undefined, { ref: false })])
      } finally {
        await sequencer.close().finally(() => client?.end())
      }
    },
  }
}

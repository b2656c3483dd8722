import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { maxBatchSize, type Sequencer } from '../services/event/sequencer.ts'
import type { Logger, SequencerConnection } from '../services/kernel/ports.ts'
import { withKeepAlive } from './keepAlive.ts'

interface SequencerOptions {
  databaseUrl: string
  sequencer: Sequencer
  log: Logger
  /** How often it looks although nothing woke it, and how long a lost connection stays lost. */
  pollIntervalMs?: number
}

export interface SequencerRunner {
  /** After a last batch; what waits beyond it is numbered by whoever comes next. */
  close(): Promise<void>
}

/** A batch takes a fraction of a second; an answer that takes so long will not come. */
const queryTimeoutMs = 30_000

/** How long the last batch may take: the process has more to close, and little time. */
const closeTimeoutMs = 3000

/** Between two looks: who commits meanwhile is numbered together, so that many writers cost little more than one. */
const batchIntervalMs = 20

/** How long it stays awake after the last event, and how long it goes on looking after that: who found it awake does not
 * wake it. Whoever takes longer from writing one to the commit may find it asleep, and waits for its clock. */
const idleTimeoutMs = 1000

/** Whose turn it is to be woken, for which a trigger of Event looks too; not what keeps two from numbering at once, which is in the rule itself. */
const acquireLeadershipSql = 'SELECT pg_try_advisory_lock(7303, 2) AS held'
/** While it is held nobody notifies: a trigger of Event looks for it. */
const acquireActivitySql = 'SELECT pg_try_advisory_lock(7303, 3) AS held'
const releaseActivitySql = 'SELECT pg_advisory_unlock(7303, 3)'

/** For whoever has a connection to himself. Several statements sent at once are one transaction of their own. */
export const createSequencerConnection = (connection: pg.Client): SequencerConnection => ({
  async transact(...statements) {
    const results = [await connection.query(statements.join(';'))].flat() // several answers come as a list
    return results.at(-1)?.rows ?? []
  },
})

/**
 * Runs the sequencer on a connection of its own, in every process. One of them is woken by each commit; the others look
 * once a second, and whether its turn has come free.
 */
export const openSequencer = ({
  databaseUrl,
  sequencer,
  log,
  pollIntervalMs = 1000,
}: SequencerOptions): SequencerRunner => {
  let client: pg.Client | null = null
  let isLeader = false
  let isActive = false
  let activeUntilMs = 0
  let pollUntilMs = 0
  let isFailing = false
  let isClosed = false
  let isPollDue = false
  let loop: Promise<void> | null = null

  /** Its locks go with it; the next look makes another. */
  const disconnect = (connection: pg.Client | null): void => {
    connection?.end().catch(() => undefined) // it is gone anyway
    if (client !== connection) return
    client = null
    isLeader = false
    isActive = false
  }

  const onFailure = (error: unknown): void => {
    disconnect(client)
    if (!isFailing && !isClosed)
      log.warn({ err: error }, 'The log cannot be numbered: the feed waits until that is over.')
    isFailing = true
  }

  const connect = async (): Promise<pg.Client> => {
    const connection = new pg.Client({
      ...withKeepAlive(databaseUrl),
      connectionTimeoutMillis: 5000,
      query_timeout: queryTimeoutMs,
      application_name: 'mediagraph sequencer',
    })
    connection.on('error', () => disconnect(connection))
    connection.on('end', () => disconnect(connection))
    connection.on('notification', wake)
    await connection.connect()
    client = connection
    return connection
  }

  const tryBecomeLeader = async (connection: pg.Client): Promise<void> => {
    const { rows } = await connection.query(acquireLeadershipSql)
    if (rows[0].held !== true) return
    // Before the look that follows: what commits after it wakes us.
    await connection.query('LISTEN event_pending')
    isLeader = true
    // Who has written before found nobody to be woken, and may not have committed yet.
    activeUntilMs = performance.now() + idleTimeoutMs
  }

  const drain = async (connection: pg.Client): Promise<number> => {
    const sequencerConnection = createSequencerConnection(connection)
    let total = 0
    for (;;) {
      const count = await sequencer.advance(sequencerConnection, isLeader)
      total += count
      if (isClosed || count < maxBatchSize) return total
    }
  }

  /** Awake as long as something comes; true where another look is due without being woken. */
  const keepActive = async (connection: pg.Client, eventCount: number): Promise<boolean> => {
    if (eventCount > 0) activeUntilMs = performance.now() + idleTimeoutMs
    if (performance.now() < activeUntilMs) {
      if (!isActive) isActive = (await connection.query(acquireActivitySql)).rows[0].held === true
      return true
    }
    if (isActive) {
      await connection.query(releaseActivitySql)
      isActive = false
      // Who has written until now has not woken it, and may not have committed yet.
      pollUntilMs = performance.now() + idleTimeoutMs
    }
    return performance.now() < pollUntilMs
  }

  const poll = async (): Promise<void> => {
    const connection = client ?? (await connect())
    if (!isLeader) await tryBecomeLeader(connection)
    const eventCount = await drain(connection)
    if (isLeader && (await keepActive(connection, eventCount))) isPollDue = true
    if (isFailing) log.info({}, 'The log is numbered again.')
    isFailing = false
  }

  const runLoop = async (): Promise<void> => {
    while (isPollDue && !isClosed) {
      isPollDue = false
      await poll()
      await wait(batchIntervalMs)
    }
  }

  /** Looks now; whoever wakes it meanwhile makes it look again. */
  const wake = (): void => {
    if (isClosed) return
    isPollDue = true
    loop ??= runLoop()
      .catch(onFailure)
      .finally(() => {
        loop = null
        // Woken after the last look and before this.
        if (isPollDue && !isFailing) wake()
      })
  }

  const timer = setInterval(wake, pollIntervalMs)
  timer.unref()
  wake()

  return {
    async close() {
      clearInterval(timer)
      isClosed = true
      isPollDue = false
      const finish = async (): Promise<void> => {
        await loop
        try {
          if (client !== null) await drain(client)
        } finally {
          await client?.end()
        }
      }
      try {
        await Promise.race([finish(), wait(closeTimeoutMs, undefined, { ref: false })])
      } finally {
        await sequencer.close().finally(() => client?.end())
      }
    },
  }
}

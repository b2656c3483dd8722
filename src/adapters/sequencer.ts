import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { maxBatchSize, type Sequencer } from '../services/event/sequencer.ts'
import type { Logger, SequencerConnection } from '../services/kernel/ports.ts'
import { statementTimeoutMs, withKeepAlive } from './keepAlive.ts'

interface SequencerOptions {
  databaseUrl: string
  sequencer: Sequencer
  log: Logger
  /** Interval of polling without a notification, and of reconnecting after a lost connection; 1 s by default. */
  pollIntervalMs?: number
}

export interface SequencerRunner {
  /** Numbers a last batch, then closes. Another process numbers the events beyond it. */
  close(): Promise<void>
}

/**
 * Timeout of a query. A batch takes a fraction of a second, the first one after a long pause some seconds. PostgreSQL ends
 * a statement earlier; a response that takes this long will not arrive.
 */
const queryTimeoutMs = statementTimeoutMs + 2000

/** How long the last batch may take at shutdown: the process has more to close, and little time. */
const closeTimeoutMs = 3000

/**
 * Pause between two batches: events committed meanwhile are numbered together, so that many writers cost little more
 * than one.
 */
const batchIntervalMs = 20

/**
 * How long the sequencer stays active after the last event, and how long it polls after that: a writer that saw it
 * active does not notify it. An event whose writer takes longer from the insert to the commit may be committed after
 * the polling has stopped; it then waits for the next interval.
 */
const idleTimeoutMs = 1000

/**
 * Takes the advisory lock of the process that listens for notifications, the leader. A trigger of Event checks it too.
 * It is not the lock that serialises numbering: the service takes that one.
 */
const acquireLeadershipSql = 'SELECT pg_try_advisory_lock(7303, 2) AS held'
/** Takes the advisory lock of an active leader: while it is held, the trigger of Event sends no notification. */
const acquireActivitySql = 'SELECT pg_try_advisory_lock(7303, 3) AS held'
const releaseActivitySql = 'SELECT pg_advisory_unlock(7303, 3)'

/** Wraps a dedicated connection. Several statements sent at once are one transaction. */
export const createSequencerConnection = (connection: pg.Client): SequencerConnection => ({
  async transact(...statements) {
    const results = [await connection.query(statements.join(';'))].flat() // several statements return a list of results
    return results.at(-1)?.rows ?? []
  },
})

/**
 * Runs the sequencer on a connection of its own, in every process. One of them, the leader, is notified of each commit;
 * the others poll once a second, and take over if there is no leader.
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

  /** Drops a connection, which releases its locks; the next poll opens another. */
  const disconnect = (connection: pg.Client | null): void => {
    connection?.end().catch(() => undefined) // the connection is dropped anyway
    if (client !== connection) return
    client = null
    isLeader = false
    isActive = false
  }

  const onFailure = (error: unknown): void => {
    disconnect(client)
    if (!isFailing && !isClosed)
      log.warn({ err: error }, 'Failed to number events; the event feed waits until numbering resumes.')
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
    // Before the poll that follows: events committed after that poll send a notification.
    await connection.query('LISTEN event_pending')
    isLeader = true
    // Earlier writers found no leader to notify, and may not have committed yet.
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

  /** Stays active while events arrive. Returns whether another poll is due without a notification. */
  const keepActive = async (connection: pg.Client, eventCount: number): Promise<boolean> => {
    if (eventCount > 0) activeUntilMs = performance.now() + idleTimeoutMs
    if (performance.now() < activeUntilMs) {
      if (!isActive) isActive = (await connection.query(acquireActivitySql)).rows[0].held === true
      return true
    }
    if (isActive) {
      await connection.query(releaseActivitySql)
      isActive = false
      // Writers until now have not notified it, and may not have committed yet.
      pollUntilMs = performance.now() + idleTimeoutMs
    }
    return performance.now() < pollUntilMs
  }

  const poll = async (): Promise<void> => {
    const connection = client ?? (await connect())
    if (!isLeader) await tryBecomeLeader(connection)
    const eventCount = await drain(connection)
    if (isLeader && (await keepActive(connection, eventCount))) isPollDue = true
    if (isFailing) log.info({}, 'Resumed numbering events.')
    isFailing = false
  }

  const runLoop = async (): Promise<void> => {
    while (isPollDue && !isClosed) {
      isPollDue = false
      await poll()
      await wait(batchIntervalMs)
    }
  }

  /** Polls now; a call during a poll makes it poll again. */
  const wake = (): void => {
    if (isClosed) return
    isPollDue = true
    loop ??= runLoop()
      .catch(onFailure)
      .finally(() => {
        loop = null
        // A notification arrived after the last poll and before this line.
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

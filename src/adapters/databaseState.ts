import { createPool } from './postgresPool.ts'

/** Reads what tells whether anything was committed in the database. */
export interface DatabaseState {
  /**
   * Returns a text that was current after the call. If two calls return the same text, nothing was committed between
   * them, by any process: it names the transactions that had not ended, the first one that had not begun, and the
   * connection: a server that has crashed or that takes over from another may give their numbers to others.
   */
  read(): Promise<string>
  close(): Promise<void>
}

const statement = { name: 'snapshot', text: 'SELECT pg_current_snapshot()::text AS "snapshot"' }

interface DatabaseStateOptions {
  url: string
  /** How long a read may wait for a connection, and for its answer; 1 s by default, since queries wait for it. */
  maxWaitMs?: number
}

/**
 * Opens a connection of its own. One statement runs at a time: calls that arrive while one runs share the next one, since
 * the running one may have read its snapshot before they arrived.
 */
export const openDatabaseState = ({ url, maxWaitMs = 1000 }: DatabaseStateOptions): DatabaseState => {
  const pool = createPool({ url, max: 1, responseTimeoutMs: maxWaitMs, connectionTimeoutMs: maxWaitMs })
  let connectionCount = 0
  pool.on('connect', () => (connectionCount += 1))
  pool.on('error', () => undefined) // the next call opens another connection, or fails
  let running: Promise<string> | null = null
  let next: Promise<string> | null = null

  const start = (): Promise<string> => {
    next = null
    running = pool
      .query<{ snapshot: string }>(statement)
      .then(({ rows: [row] }) => {
        if (row === undefined) throw new Error('PostgreSQL returned no snapshot.')
        return `${connectionCount} ${row.snapshot}`
      })
      .finally(() => {
        running = null
      })
    return running
  }

  return {
    read() {
      if (running === null) return start()
      next ??= running.then(start, start)
      return next
    },
    close: () => pool.end(),
  }
}

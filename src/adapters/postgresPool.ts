import pg from 'pg'
import { joinBegins } from './joinedBegin.ts'
import { abandonedTransactionGraceMs, statementTimeoutMs, withKeepAlive } from './keepAlive.ts'

interface PoolOptions {
  url: string
  max: number
  /** How long a statement outside a transaction may take to be answered; a little longer than PostgreSQL's own limit. */
  responseTimeoutMs?: number
  /** How long a caller waits for a free connection or for a new one; 8 s by default. */
  connectionTimeoutMs?: number
}

/** Shorter than the time that callers of queries wait. */
const defaultConnectionTimeoutMs = 8000

/** PostgreSQL ends a statement first; this is for a database that does not answer at all. */
const defaultResponseTimeoutMs = statementTimeoutMs + 2000

/** Statements that begin and end transactions. They never take long, and nothing else would end them. */
const controlStatements = new Set(['BEGIN', 'COMMIT', 'ROLLBACK'])

type Send = (...args: unknown[]) => unknown

const textOf = (statement: unknown): string =>
  typeof statement === 'object' && statement !== null && 'text' in statement
    ? String(statement.text)
    : String(statement)

/**
 * Ends a connection whose response did not arrive. Its pending statements fail, and the pool replaces it: another caller
 * would get the late response. The fields are those of a socket that timed out, which Prisma's adapter knows.
 */
const abandon = ({ connection }: pg.Client, timeoutMs: number): void => {
  const error = new Error(`PostgreSQL did not answer within ${timeoutMs} ms.`)
  connection.stream.destroy(Object.assign(error, { code: 'ETIMEDOUT', errno: -110, syscall: 'read' }))
}

/**
 * Limits how long the statements of a connection may wait for their response. Inside a transaction they have the time of
 * the transaction, after which Prisma sends ROLLBACK: one that waits behind a statement without a response ends the
 * connection, and with it the transaction.
 */
const limitResponseTime = (client: pg.Client, responseTimeoutMs: number): void => {
  const send = client.query.bind(client) as Send // as: all overloads are passed on unchanged
  let pendingCount = 0

  const timeoutOf = (statement: unknown): number | null => {
    const text = textOf(statement)
    if (pendingCount > 0 && text === 'ROLLBACK') return Math.min(abandonedTransactionGraceMs, responseTimeoutMs)
    return client.getTransactionStatus() === 'T' && !controlStatements.has(text) ? null : responseTimeoutMs
  }

  const query: Send = (...args) => {
    const timeoutMs = timeoutOf(args[0])
    const timer = timeoutMs === null ? undefined : setTimeout(() => abandon(client, timeoutMs), timeoutMs)
    pendingCount += 1
    let isSettled = false
    const settle = (): void => {
      if (isSettled) return
      isSettled = true
      pendingCount -= 1
      clearTimeout(timer)
    }
    const callback = args.at(-1)
    if (typeof callback === 'function')
      return send(...args.slice(0, -1), (...results: unknown[]) => {
        settle()
        callback(...results)
      })
    const response = send(...args)
    if (response instanceof Promise) response.then(settle, settle)
    else settle()
    return response
  }
  client.query = query as pg.Client['query'] // as: see `send`
}

/** Creates a pool whose callers wait for a limited time, whatever the database does. */
export const createPool = ({ url, max, ...options }: PoolOptions): pg.Pool => {
  const { responseTimeoutMs = defaultResponseTimeoutMs, connectionTimeoutMs = defaultConnectionTimeoutMs } = options
  const pool = new pg.Pool({
    ...withKeepAlive(url),
    max,
    connectionTimeoutMillis: connectionTimeoutMs,
    // A new connection has no plans yet: callers after a pause would wait for all of them.
    idleTimeoutMillis: 600_000,
  })
  pool.on('connect', (client) => limitResponseTime(client as pg.Client, responseTimeoutMs)) // as: the pool's class
  joinBegins(pool)
  return pool
}

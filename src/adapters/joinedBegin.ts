import type pg from 'pg'
import { firstStatementMark } from '../services/kernel/planHint.ts'

type Send = (...args: unknown[]) => Promise<unknown>

const begin = 'BEGIN'
const endings = new Set(['COMMIT', 'ROLLBACK'])

/** Result of a statement that is not sent. */
const emptyResult = { command: '', rowCount: null, oid: 0, fields: [], rows: [] } satisfies pg.QueryResult

const toConfig = (statement: unknown): pg.QueryConfig =>
  typeof statement === 'object' && statement !== null && 'text' in statement
    ? (statement as pg.QueryConfig) // as: the driver's other form of a statement
    : { text: String(statement) }

/** Returns a function that forgets a BEGIN that was not sent. */
const joinBegin = (client: Pick<pg.Client, 'query'>): (() => void) => {
  const send = client.query.bind(client) as Send // as: all overloads are passed on unchanged
  let isBeginDue = false
  let beginning: Promise<void> | null = null
  let failure: { error: unknown } | null = null

  const sendJoined = async (config: pg.QueryConfig): Promise<unknown> => {
    const results = await send({ ...config, name: undefined, text: `${begin}; ${config.text}` })
    return Array.isArray(results) ? results.at(-1) : results
  }

  const startTransaction = (args: unknown[]): Promise<unknown> => {
    isBeginDue = false
    const config = toConfig(args[0])
    if (endings.has(config.text)) return Promise.resolve(emptyResult)
    const isJoined = config.text.startsWith(firstStatementMark)
    const started = isJoined ? sendJoined(config) : send(begin)
    beginning = started
      .catch((error: unknown) => {
        failure = { error }
      })
      .then(() => {
        beginning = null
      })
    return isJoined ? started : started.then(() => send(...args))
  }

  /** Refuses all statements after a failed beginning: it is not certain that there is a transaction. */
  const refuse = async (text: string, error: unknown): Promise<unknown> => {
    if (!endings.has(text)) throw error
    failure = null
    const result = await send('ROLLBACK')
    if (text === 'COMMIT') throw error
    return result
  }

  const query = (...args: unknown[]): unknown => {
    // Statements with callbacks are sent by the pool, outside transactions.
    if (typeof args.at(-1) === 'function') return send(...args)
    const { text } = toConfig(args[0])
    // A transaction whose time is over waits for no response: see `limitResponseTime`.
    if (beginning !== null && text !== 'ROLLBACK') return beginning.then(() => query(...args))
    if (failure !== null) return refuse(text, failure.error)
    if (isBeginDue) return startTransaction(args)
    if (text !== begin) return send(...args)
    isBeginDue = true
    return Promise.resolve(emptyResult)
  }
  client.query = query as pg.Client['query'] // as: see `send`
  return () => {
    isBeginDue = false
    failure = null
  }
}

/**
 * Sends the BEGIN of a transaction together with its first statement, in one message, if that has the mark
 * `firstStatementMark`; otherwise before it. PostgreSQL skips the rest of a message after an error, so that no statement
 * runs outside its transaction.
 */
export const joinBegins = (pool: pg.Pool): void => {
  const forgets = new WeakMap<object, () => void>()
  pool.on('connect', (client) => void forgets.set(client, joinBegin(client)))
  // Nothing of the previous caller may be sent for the next one.
  pool.on('acquire', (client) => forgets.get(client)?.())
}

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

/**
 * Sends the BEGIN of a transaction together with its first statement, in one message, if that has the mark
 * `firstStatementMark`; otherwise before it. PostgreSQL skips the rest of a message after an error, so that no statement
 * runs outside its transaction.
 */
export const joinBegin = (client: Pick<pg.Client, 'query'>): void => {
  const send = client.query.bind(client) as Send // as: all overloads are passed on unchanged
  let isBeginDue = false
  let beginning: Promise<unknown> | null = null

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
    const settle = () => {
      beginning = null
    }
    beginning = started.then(settle, settle)
    return isJoined ? started : started.then(() => send(...args))
  }

  const query = (...args: unknown[]): unknown => {
    // Statements with callbacks are sent by the pool, outside transactions.
    if (typeof args.at(-1) === 'function') return send(...args)
    if (toConfig(args[0]).text === begin) {
      isBeginDue = true
      return Promise.resolve(emptyResult)
    }
    if (isBeginDue) return startTransaction(args)
    return beginning === null ? send(...args) : beginning.then(() => send(...args))
  }
  client.query = query as pg.Client['query'] // as: see `send`
}

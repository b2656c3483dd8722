import type pg from 'pg'
import { toOutageError } from '../../services/kernel/outages.ts'
import { toPrismaError } from './errors.ts'

interface Query {
  text: string
  values: unknown[]
}

/** A call of Prisma's client that is answered without it. */
export interface Call {
  model: string
  method: string
  /** Asks Prisma. */
  fallBack(): PromiseLike<unknown>
}

export interface Reader {
  /** Runs a statement that returns one JSON text. */
  query(query: Query): Promise<string | null>
  /** Returns the result of a call whose statement failed, or throws the error that Prisma would throw. */
  recover(error: unknown, call: Call): Promise<unknown>
}

interface ReaderOptions {
  pool: pg.Pool
  statementNames: (query: { sql: string }) => string
  onStatement?: (sql: string) => void
  onFailure: (error: unknown) => void
}

export const createReader = ({ pool, statementNames, onStatement, onFailure }: ReaderOptions): Reader => ({
  async query({ text, values }) {
    onStatement?.(text)
    const { rows } = await pool.query<[string | null]>({
      name: statementNames({ sql: text }),
      text,
      values,
      rowMode: 'array',
    })
    return rows[0]?.[0] ?? null
  },

  async recover(error, { model, method, fallBack }) {
    // Prisma would wait for the same database as long as the statement has waited.
    if (error instanceof Error && toOutageError(error) !== null) throw toPrismaError(error, model, method)
    if (!pool.ending) onFailure(error)
    return fallBack()
  },
})

import type pg from 'pg'
import { describe, expect } from 'vitest'
import { createPool } from '../../src/adapters/postgresPool.ts'
import { firstStatementMark } from '../../src/services/kernel/planHint.ts'
import { it as base } from '../harness/databaseIt.ts'

const first = (sql: string) => `${firstStatementMark} ${sql}`

/** `client` is a connection of the pool of a process; `messages` are the statements that it sends. */
const it = base
  .extend('messages', () => [] as string[])
  .extend('client', async ({ testDatabase, messages }, { onCleanup }) => {
    const pool = createPool({ url: testDatabase.appUrl, max: 1 })
    const client = await pool.connect()
    const { connection } = client as unknown as {
      connection: { query(text: string): void; parse(query: { text: string }): void }
    } // as: internals of the driver
    const [query, parse] = [connection.query.bind(connection), connection.parse.bind(connection)]
    connection.query = (text) => {
      messages.push(text)
      query(text)
    }
    connection.parse = (statement) => {
      messages.push(statement.text)
      parse(statement)
    }
    onCleanup(async () => {
      client.release(true)
      await pool.end()
    })
    return client
  })

const readId = async (client: pg.PoolClient) =>
  (await client.query<{ id: string | null }>('SELECT pg_current_xact_id_if_assigned()::text AS "id"')).rows[0]?.id

describe('the beginning of a transaction', () => {
  it('is sent with a first statement that is marked', async ({ client, messages }) => {
    await client.query('BEGIN')
    expect((await client.query(first('SELECT 1 AS "one"'))).rows).toEqual([{ one: 1 }])
    expect(messages).toEqual([`BEGIN; ${first('SELECT 1 AS "one"')}`])
    await client.query('SELECT pg_current_xact_id()')
    expect(await readId(client)).not.toBeNull()
    await client.query('ROLLBACK')
    expect(await readId(client)).toBeNull()
  })

  it('is sent before any other first statement', async ({ client, messages }) => {
    await client.query('BEGIN')
    await client.query('SELECT $1::int', [1])
    expect(messages).toEqual(['BEGIN', 'SELECT $1::int'])
    await client.query('COMMIT')
  })

  it('precedes statements that are sent at the same moment', async ({ client }) => {
    await client.query('BEGIN')
    const statement = 'SELECT pg_current_xact_id()::text AS "id"'
    const results = await Promise.all([client.query(statement), client.query(statement), client.query(statement)])
    expect(new Set(results.map(({ rows: [row] }) => row.id)).size).toBe(1)
    await client.query('COMMIT')
  })

  it('is not sent for a transaction without statements', async ({ client, messages }) => {
    await client.query('BEGIN')
    await client.query('COMMIT')
    expect(messages).toEqual([])
  })

  it('is not sent for the next user of its connection', async ({ testDatabase }) => {
    const pool = createPool({ url: testDatabase.appUrl, max: 1 })
    const client = await pool.connect()
    await client.query('BEGIN')
    client.release()
    const next = await pool.connect()
    await next.query('SELECT pg_current_xact_id()')
    expect(await readId(next)).toBeNull()
    next.release()
    await pool.end()
  })

  it('fails with its first statement', async ({ client }) => {
    await client.query('BEGIN')
    await expect(client.query(first('SELECT 1 / 0'))).rejects.toMatchObject({ code: '22012' })
    await expect(client.query('SELECT 1')).rejects.toMatchObject({ code: '22012' })
    await client.query('ROLLBACK')
    expect((await client.query('SELECT 1 AS "one"')).rows).toEqual([{ one: 1 }])
  })

  it('that failed lets nothing be committed', async ({ client }) => {
    await client.query('BEGIN')
    await expect(client.query(first('SELECT 1 / 0'))).rejects.toMatchObject({ code: '22012' })
    await expect(client.query('COMMIT')).rejects.toMatchObject({ code: '22012' })
    expect(await readId(client)).toBeNull()
  })
})

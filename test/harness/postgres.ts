import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'

export interface TestDatabase {
  ownerUrl: string
  appUrl: string
  /** Ends every session on it. */
  drop(): Promise<void>
}

/** A migrated database of its own for a test file. */
export const createTestDatabase = async (): Promise<TestDatabase> => {
  const { ownerUrl } = inject('template')
  return createDatabase(`TEMPLATE ${pg.escapeIdentifier(databaseNameOf(ownerUrl))}`)
}

/** One without tables. */
export const createEmptyDatabase = (): Promise<TestDatabase> => createDatabase('')

const createDatabase = async (clause: string): Promise<TestDatabase> => {
  const template = inject('template')
  const name = `test_${randomBytes(8).toString('hex')}`
  await runAsAdmin(`CREATE DATABASE ${name} ${clause}`)
  return {
    ownerUrl: withDatabase(template.ownerUrl, name),
    appUrl: withDatabase(template.appUrl, name),
    drop: () => runAsAdmin(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`),
  }
}

/** From the database `postgres`: one that is connected to can be neither cloned nor dropped. */
const runAsAdmin = async (statement: string): Promise<void> => {
  await query(withDatabase(inject('template').ownerUrl, 'postgres'), statement)
}

/** The rows of a statement on a connection of its own. */
export const query = async (url: string, statement: string) => {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(statement)).rows
  } finally {
    await client.end()
  }
}

const databaseNameOf = (url: string): string => new URL(url).pathname.slice(1)

const withDatabase = (url: string, name: string): string => {
  const parsed = new URL(url)
  parsed.pathname = `/${name}`
  return parsed.href
}

import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { inject } from 'vitest'

export interface TestDatabase {
  ownerUrl: string
  appUrl: string
  /** Drops the database after terminating all of its sessions. */
  drop(): Promise<void>
}

/** Creates a migrated database for one test file, by cloning the template. */
export const createTestDatabase = async (): Promise<TestDatabase> => {
  const { ownerUrl } = inject('template')
  return createDatabase(`TEMPLATE ${pg.escapeIdentifier(databaseNameOf(ownerUrl))}`)
}

/** Creates a database without tables. */
export const createEmptyDatabase = (): Promise<TestDatabase> => createDatabase('')

const createDatabase = async (clause: string): Promise<TestDatabase> => {
  const template = inject('template')
  const name = `test_${randomBytes(8).toString('hex')}`
  await runAsAdmin(`CREATE DATABASE ${name} ${clause}`)
  return {
    ownerUrl: withDatabase(template.ownerUrl, name),
    appUrl: withDatabase(template.appUrl, name),
    drop: () => dropDatabase(name),
  }
}

/** Drops a database. Only a superuser may end an autovacuum worker that is at work in it: wait for it. */
const dropDatabase = async (name: string): Promise<void> => {
  for (let attempt = 1; ; attempt++)
    try {
      return await runAsAdmin(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)
    } catch (error) {
      const isPermissionDenied = error instanceof pg.DatabaseError && error.code === '42501'
      if (!isPermissionDenied || attempt === 50) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
}

/** Runs a statement in the database `postgres`: a database with open connections can be neither cloned nor dropped. */
const runAsAdmin = async (statement: string): Promise<void> => {
  await query(withDatabase(inject('template').ownerUrl, 'postgres'), statement)
}

/** Runs a statement on a new connection and returns its rows. */
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
  const databaseUrl = new URL(url)
  databaseUrl.pathname = `/${name}`
  return databaseUrl.href
}

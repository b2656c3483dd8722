import pg from 'pg'
import type { Home, Passwords } from './home.ts'

const databaseName = 'mediagraph'
const ownerRole = 'mediagraph_owner'
const appRole = 'mediagraph_app'

export interface DatabaseUrls {
  /** URL for migrations; its role owns the database. */
  ownerUrl: string
  /** URL for the application. */
  appUrl: string
}

const urlOf = (role: string, password: string, port: number, database: string): string =>
  `postgresql://${role}:${password}@127.0.0.1:${port}/${database}`

export const urlsOf = (passwords: Passwords, port: number): DatabaseUrls => ({
  ownerUrl: urlOf(ownerRole, passwords.owner, port, databaseName),
  appUrl: urlOf(appRole, passwords.app, port, databaseName),
})

/** Connects as superuser and verifies that the server runs this cluster: SCRAM authenticates the server too. */
export const connectAsSuperuser = async (home: Home, passwords: Passwords, port: number): Promise<pg.Client> => {
  const client = new pg.Client({
    connectionString: urlOf('postgres', passwords.superuser, port, 'postgres'),
    connectionTimeoutMillis: 10_000,
  })
  client.on('error', () => undefined) // the pending query rejects with it
  await client.connect()
  try {
    const { rows } = await client.query('SHOW data_directory')
    if (rows[0].data_directory === home.cluster) return client
    throw new Error(
      `Port ${port} belongs to the cluster ${rows[0].data_directory}, not to ${home.cluster}. Start again.`,
    )
  } catch (error) {
    await client.end()
    throw error
  }
}

/**
 * Returns whether the database is complete and ours. It is created after the roles, so a login that succeeds finds all
 * of it, and the password proves that it is ours.
 */
export const canConnect = async (url: string): Promise<boolean> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 })
  client.on('error', () => undefined)
  const isConnected = await client.connect().then(
    () => true,
    () => false,
  )
  await client.end()
  return isConnected
}

/** Creates the roles and the database; runs one query if they exist. */
export const ensureDatabase = async (client: pg.Client, passwords: Passwords): Promise<void> => {
  const { rows } = await client.query(
    `SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1) AS owner,
            EXISTS (SELECT FROM pg_roles WHERE rolname = $2) AS app,
            EXISTS (SELECT FROM pg_database WHERE datname = $3) AS database`,
    [ownerRole, appRole, databaseName],
  )
  const state = rows[0]
  if (state.database) return
  // Prisma tries migrations out in shadow databases, hence CREATEDB.
  if (!state.owner) await createRole(client, ownerRole, passwords.owner, 'LOGIN CREATEDB')
  if (!state.app) await createRole(client, appRole, passwords.app, 'LOGIN')
  // The owner may end the application's sessions, for example to drop a database.
  await client.query(`GRANT ${appRole} TO ${ownerRole}`)
  await client.query(`CREATE DATABASE ${databaseName} OWNER ${ownerRole}`)
}

const createRole = (client: pg.Client, role: string, password: string, rights: string) =>
  client.query(`CREATE ROLE ${role} ${rights} PASSWORD ${client.escapeLiteral(password)}`)

import pg from 'pg'
import type { Home } from './home.ts'
import type { Passwords } from './passwords.ts'

export const databaseName = 'mediagraph'
export const ownerRole = 'mediagraph_owner'
export const appRole = 'mediagraph_app'

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

import type pg from 'pg'
import { appRole, databaseName, ownerRole } from './connection.ts'
import type { Passwords } from './passwords.ts'

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

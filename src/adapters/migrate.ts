import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { delimiter, dirname, join } from 'node:path'
import pg from 'pg'
import { getConstructionPlans, getMigrationPlans } from 'pg-boss'
import pgBoss from 'pg-boss/package.json' with { type: 'json' }
import type { Logger } from '../services/kernel/ports.ts'
import { nameCollationIsCurrent, refreshNameCollation } from './nameCollation.ts'

export interface MigrateOptions {
  ownerUrl: string
  appUrl: string
  log?: Pick<Logger, 'info'>
}

const root = join(import.meta.dirname, '..', '..')
const migrationsFolder = join(root, 'prisma', 'migrations')
const queueSchema = 'pgboss'
/** Tables into which the application may only insert. */
const appendOnlyTables = ['Event', 'EventChain']
/** Columns of an event that the application may set: all but the time. */
const eventColumns = ['id', 'action', 'actorId', 'nodeType', 'nodeId', 'mediaId', 'data', 'requestId']
/** Key of the advisory lock: any number except Prisma's 72707369. */
const lockKey = 7_262_019_640

/** Migrates tables, queue and privileges; runs one query if they are up to date. Safe in several processes at once. */
export const migrate = async ({ ownerUrl, appUrl, log }: MigrateOptions): Promise<void> => {
  const client = new pg.Client({ connectionString: ownerUrl, connectionTimeoutMillis: 10_000 })
  client.on('error', () => undefined) // the pending query rejects with it
  await client.connect()
  try {
    const appRole = roleOf(appUrl)
    const hasSeparateRoles = appRole !== roleOf(ownerUrl)
    if (isUpToDate(await readState(client, appRole), hasSeparateRoles)) return
    await client.query('SELECT pg_advisory_lock($1)', [lockKey])
    // The previous holder of the lock may have migrated everything.
    const state = await readState(client, appRole)
    if (!state.tables) await deploy(ownerUrl, log)
    if (!state.nameCollation) {
      log?.info({}, 'Building the indexes of names again for another version of ICU')
      await refreshNameCollation(client)
    }
    if (!state.queue) await migrateQueue(client, state.queueVersion, log)
    if (hasSeparateRoles) await grantRights(client, appRole)
  } finally {
    // Releases the lock too.
    await client.end()
  }
}

interface MigrationState {
  tables: boolean
  queue: boolean
  queueVersion: number | null
  rights: boolean
  nameCollation: boolean
}

/** Whether there is nothing to migrate. A single role owns the tables: there are no privileges to grant or revoke. */
const isUpToDate = (state: MigrationState, hasSeparateRoles: boolean): boolean =>
  state.tables && state.queue && state.nameCollation && (state.rights || !hasSeparateRoles)

const roleOf = (url: string): string => decodeURIComponent(new URL(url).username)

const readState = async (client: pg.Client, appRole: string): Promise<MigrationState> => {
  const { rows } = await client.query(
    `SELECT to_regclass('public._prisma_migrations') IS NOT NULL AS tables,
            to_regclass('${queueSchema}.version') IS NOT NULL AS queue,
            ${nameCollationIsCurrent} AS "nameCollation",
            NOT EXISTS (
              SELECT FROM pg_class
              WHERE relnamespace IN (to_regnamespace('public'), to_regnamespace('${queueSchema}'))
                AND relkind IN ('r', 'p') AND relname <> '_prisma_migrations'
                AND (NOT has_any_column_privilege($1, oid, 'INSERT')
                  -- The default privileges also apply to append-only tables that a later migration adds.
                  OR (relname = ANY($2) AND has_table_privilege($1, oid, 'UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER'))
                  OR (relname = 'Event' AND has_column_privilege($1, oid, 'at', 'INSERT')))
            ) AS rights`,
    [appRole, appendOnlyTables],
  )
  const row = rows[0]
  const queueVersion = row.queue ? await queueVersionOf(client) : null
  return {
    tables: row.tables && (await areTablesCurrent(client)),
    queue: queueVersion !== null && queueVersion >= pgBoss.pgboss.schema,
    queueVersion,
    rights: row.rights,
    nameCollation: row.nameCollation,
  }
}

const queueVersionOf = async (client: pg.Client): Promise<number> =>
  Number((await client.query(`SELECT version FROM ${queueSchema}.version`)).rows[0].version)

const areTablesCurrent = async (client: pg.Client): Promise<boolean> => {
  const { rows } = await client.query(
    'SELECT migration_name || checksum AS id FROM _prisma_migrations WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL',
  )
  const appliedIds = new Set(rows.map((row) => row.id))
  const expectedIds = await readMigrations()
  return expectedIds.every((id) => appliedIds.has(id))
}

const readMigrations = async (): Promise<string[]> => {
  const entries = await readdir(migrationsFolder, { withFileTypes: true })
  const folders = entries.filter((entry) => entry.isDirectory())
  return Promise.all(
    folders.map(async ({ name }) => {
      const sql = await readFile(join(migrationsFolder, name, 'migration.sql'))
      return name + createHash('sha256').update(sql).digest('hex')
    }),
  )
}

const deploy = async (ownerUrl: string, log: MigrateOptions['log']): Promise<void> => {
  log?.info({}, 'Migrating the database')
  const cli = join(dirname(createRequire(import.meta.url).resolve('prisma/package.json')), 'build', 'index.js')
  // The schema engine is a script that runs with the first Node in PATH: make it this one.
  const path = [dirname(process.execPath), process.env.PATH].join(delimiter)
  const prisma = spawn(process.execPath, [cli, 'migrate', 'deploy'], {
    cwd: root,
    env: { ...process.env, PATH: path, DATABASE_OWNER_URL: ownerUrl, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [prisma.stdout, prisma.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const [code] = await once(prisma, 'close')
  if (code !== 0) throw new Error(`Failed to migrate the database:\n${output.trim()}`)
}

/**
 * Migrates the queue as the owner, without starting pg-boss, so that the application's role never needs to alter
 * tables.
 */
const migrateQueue = async (client: pg.Client, version: number | null, log: MigrateOptions['log']): Promise<void> => {
  log?.info({}, version === null ? 'Installing the queue' : `Migrating the queue from version ${version}`)
  await client.query(version === null ? getConstructionPlans(queueSchema) : getMigrationPlans(queueSchema, version))
}

/** Grants the application all privileges on rows, except changing those of append-only tables. */
const grantRights = async (client: pg.Client, appRole: string): Promise<void> => {
  const role = pg.escapeIdentifier(appRole)
  const schemas = `public, ${queueSchema}`
  const names = (list: string[]) => list.map((name) => pg.escapeIdentifier(name)).join(', ')
  await client.query(`
    BEGIN;
    GRANT USAGE ON SCHEMA ${schemas} TO ${role};
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA ${schemas} TO ${role};
    GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA ${schemas} TO ${role};
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA ${schemas} TO ${role};
    ALTER DEFAULT PRIVILEGES IN SCHEMA ${schemas} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ${role};
    ALTER DEFAULT PRIVILEGES IN SCHEMA ${schemas} GRANT USAGE, SELECT ON SEQUENCES TO ${role};
    ALTER DEFAULT PRIVILEGES IN SCHEMA ${schemas} GRANT EXECUTE ON FUNCTIONS TO ${role};
    REVOKE UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER ON ${names(appendOnlyTables)} FROM ${role};
    REVOKE INSERT ON "Event" FROM ${role};
    GRANT INSERT (${names(eventColumns)}) ON "Event" TO ${role};
    REVOKE UPDATE ON "EventPending" FROM ${role};
    REVOKE ALL ON _prisma_migrations FROM ${role};
    COMMIT;
  `)
}

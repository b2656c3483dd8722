import { randomUUID } from 'node:crypto'
import { PrismaPg } from '@prisma/adapter-pg'
import { ColumnTypeEnum } from '@prisma/driver-adapter-utils'
import pg from 'pg'

const charOid = 18
const textOid = 25

/** Creates the adapter factory for the engine: Prisma's pg adapter for clients, extended by what migrations need. */
export const createAdapterFactory = (url) => {
  return {
    provider: 'postgres',
    adapterName: '@prisma/adapter-pg',
    connect: async () => openAdapter(parseDatabaseUrl(url)),
    connectToShadowDb: async () => openShadow(parseDatabaseUrl(url)),
  }
}

/**
 * Creates a shadow database and connects to it. Replaces the adapter's own version, which stays connected to the database
 * of the connection string and drops a database while it is still connected to it.
 */
const openShadow = async (config) => {
  const database = `prisma_migrate_shadow_db_${randomUUID()}`
  await runOnce(config, `CREATE DATABASE "${database}"`)
  const adapter = await openAdapter({ ...config, database })
  const dispose = adapter.dispose.bind(adapter)
  adapter.dispose = async () => {
    await dispose()
    await runOnce(config, `DROP DATABASE "${database}" WITH (FORCE)`)
  }
  return adapter
}

/** Runs a statement on a new connection. */
const runOnce = async (config, statement) => {
  const client = new pg.Client(config)
  await client.connect()
  await client.query(statement).finally(() => client.end())
}

/** Parses the URL into separate settings: a connection string would override a database that is set beside it. */
export const parseDatabaseUrl = (url) => {
  if (!url) throw new Error('No database URL. Set DATABASE_OWNER_URL or DATABASE_URL.')
  const parts = new URL(url)
  const schema = parts.searchParams.get('schema') ?? 'public'
  const sslmode = parts.searchParams.get('sslmode')
  return {
    host: decodeURIComponent(parts.hostname),
    port: Number(parts.port || 5432),
    user: decodeURIComponent(parts.username),
    password: decodeURIComponent(parts.password),
    database: decodeURIComponent(parts.pathname.slice(1)),
    schema,
    ssl: sslmode && sslmode !== 'disable' ? { rejectUnauthorized: sslmode.startsWith('verify') } : undefined,
    connectionTimeoutMillis: 10_000,
  }
}

const openAdapter = async (config) => {
  const adapter = await new PrismaPg(config, { schema: config.schema }).connect()
  supportCharType(adapter)
  // Sends the script as a whole, as the binary does: splitting at semicolons would cut through function bodies.
  adapter.executeScript = async (script) => {
    await adapter
      .underlyingDriver()
      .query(script)
      .catch((error) => adapter.onError(error))
  }
  return adapter
}

/**
 * Adds the catalog type "char", which the adapter does not support: reads such fields as text, then reports their column
 * type as Character.
 */
const supportCharType = (queryable) => {
  const performIO = queryable.performIO.bind(queryable)
  const queryRaw = queryable.queryRaw.bind(queryable)
  const startTransaction = queryable.startTransaction?.bind(queryable)
  const charFields = new WeakMap()

  queryable.performIO = async (query) => {
    const result = await performIO(query)
    const positions = result.fields.flatMap((field, position) => (field.dataTypeID === charOid ? [position] : []))
    for (const position of positions) result.fields[position].dataTypeID = textOid
    charFields.set(query, positions)
    return result
  }
  queryable.queryRaw = async (query) => {
    const result = await queryRaw(query)
    for (const position of charFields.get(query) ?? []) result.columnTypes[position] = ColumnTypeEnum.Character
    return result
  }
  if (startTransaction === undefined) return
  queryable.startTransaction = async (...args) => {
    const transaction = await startTransaction(...args)
    supportCharType(transaction)
    return transaction
  }
}

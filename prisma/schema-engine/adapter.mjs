import { randomUUID } from 'node:crypto'
import { PrismaPg } from '@prisma/adapter-pg'
import { ColumnTypeEnum } from '@prisma/driver-adapter-utils'
import pg from 'pg'

const charOid = 18
const textOid = 25

/** A factory whose connections fit the engine: Prisma's own adapter for clients, with what migrations need besides. */
export const createAdapterFactory = (url) => {
  return {
    provider: 'postgres',
    adapterName: '@prisma/adapter-pg',
    connect: async () => open(configOf(url)),
    connectToShadowDb: async () => openShadow(configOf(url)),
  }
}

/** The adapter's own leaves the connection string's database in force and drops a database that it is still connected to. */
const openShadow = async (config) => {
  const database = `prisma_migrate_shadow_db_${randomUUID()}`
  await once(config, `CREATE DATABASE "${database}"`)
  const adapter = await open({ ...config, database })
  const dispose = adapter.dispose.bind(adapter)
  adapter.dispose = async () => {
    await dispose()
    await once(config, `DROP DATABASE "${database}" WITH (FORCE)`)
  }
  return adapter
}

const once = async (config, statement) => {
  const client = new pg.Client(config)
  await client.connect()
  await client.query(statement).finally(() => client.end())
}

/** The parts of the URL instead of the URL: a connection string would win over a database given beside it. */
export const configOf = (url) => {
  if (!url) throw new Error('This needs a database: set DATABASE_OWNER_URL or DATABASE_URL.')
  const parsed = new URL(url)
  const schema = parsed.searchParams.get('schema') ?? 'public'
  const sslmode = parsed.searchParams.get('sslmode')
  return {
    host: decodeURIComponent(parsed.hostname),
    port: Number(parsed.port || 5432),
    user: decodeURIComponent(parsed.username),
    password: decodeURIComponent(parsed.password),
    database: decodeURIComponent(parsed.pathname.slice(1)),
    schema,
    ssl: sslmode && sslmode !== 'disable' ? { rejectUnauthorized: sslmode.startsWith('verify') } : undefined,
    connectionTimeoutMillis: 10_000,
  }
}

const open = async (config) => {
  const adapter = await new PrismaPg(config, { schema: config.schema }).connect()
  knowChars(adapter)
  // Whole, as the binary sends it: split at semicolons, a function's body would fall apart.
  adapter.executeScript = async (script) => {
    await adapter
      .underlyingDriver()
      .query(script)
      .catch((error) => adapter.onError(error))
  }
  return adapter
}

/** Fields of the catalog's type "char", which the adapter does not know: let through as text, then given their own type. */
const knowChars = (queryable) => {
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
    knowChars(transaction)
    return transaction
  }
}

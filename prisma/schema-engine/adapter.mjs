import { randomUUID } from 'node:crypto'
import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'

const charOid = 18
const textOid = 25

/** A factory whose connections fit the engine: Prisma's own adapter for clients, with what migrations need besides. */
export const createAdapterFactory = (url) => {
  const config = configOf(url)
  const factory = new PrismaPg(config, { schema: config.schema })
  return {
    provider: factory.provider,
    adapterName: factory.adapterName,
    connect: async () => forMigrations(await factory.connect()),
    connectToShadowDb: () => openShadow(config),
  }
}

/** The adapter's own leaves the connection string's database in force and drops a database that it is still connected to. */
const openShadow = async (config) => {
  const database = `prisma_migrate_shadow_db_${randomUUID()}`
  await once(config, `CREATE DATABASE "${database}"`)
  const adapter = forMigrations(await new PrismaPg({ ...config, database }, { schema: config.schema }).connect())
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

const forMigrations = (adapter) => {
  presentCharsAsText(adapter)
  // Whole, as the binary sends it: split at semicolons, a function's body would fall apart.
  adapter.executeScript = async (script) => {
    await adapter.underlyingDriver().query(script).catch((error) => adapter.onError(error))
  }
  return adapter
}

/** The engine reads fields of the catalog's type "char", which the adapter does not know. */
const presentCharsAsText = (queryable) => {
  const performIO = queryable.performIO.bind(queryable)
  queryable.performIO = async (query) => {
    const result = await performIO(query)
    for (const field of result.fields) if (field.dataTypeID === charOid) field.dataTypeID = textOid
    return result
  }
  const startTransaction = queryable.startTransaction?.bind(queryable)
  if (startTransaction === undefined) return
  queryable.startTransaction = async (...args) => {
    const transaction = await startTransaction(...args)
    presentCharsAsText(transaction)
    return transaction
  }
}

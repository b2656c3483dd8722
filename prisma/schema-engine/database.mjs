import pg from 'pg'
import { parseDatabaseUrl } from './adapter.mjs'

export const tryToConnect = (url) => runStatement(parseDatabaseUrl(url), 'SELECT 1')

export const createDatabase = (url) => {
  const config = parseDatabaseUrl(url)
  return runStatement({ ...config, database: 'postgres' }, `CREATE DATABASE ${pg.escapeIdentifier(config.database)}`)
}

export const dropDatabase = (url) => {
  const config = parseDatabaseUrl(url)
  return runStatement(
    { ...config, database: 'postgres' },
    `DROP DATABASE IF EXISTS ${pg.escapeIdentifier(config.database)}`,
  )
}

const runStatement = async (config, statement) => {
  const client = new pg.Client(config)
  await client.connect()
  await client.query(statement).finally(() => client.end())
}

/** Prisma's error codes by SQLSTATE or network error code. The CLI reacts to some of them. */
const prismaCodes = {
  '28P01': 'P1000',
  28000: 'P1010',
  '3D000': 'P1003',
  '42P04': 'P1009',
  ECONNREFUSED: 'P1001',
  ENOTFOUND: 'P1001',
  ETIMEDOUT: 'P1002',
}

/** Converts an error of the driver or of the engine to the code and message that the CLI expects. */
export const toPrismaError = (error) => {
  if (error instanceof WebAssembly.RuntimeError) {
    return { message: `The schema engine panicked: ${globalThis.PRISMA_WASM_PANIC_REGISTRY.message || error.message}` }
  }
  const code = /^P\d{4}$/.test(error.code) ? error.code : prismaCodes[error.code]
  return { code, message: error.message || String(error) }
}

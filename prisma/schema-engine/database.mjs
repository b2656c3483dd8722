import pg from 'pg'
import { configOf } from './adapter.mjs'

export const tryToConnect = (url) => run(configOf(url), 'SELECT 1')

export const createDatabase = (url) => {
  const config = configOf(url)
  return run({ ...config, database: 'postgres' }, `CREATE DATABASE ${pg.escapeIdentifier(config.database)}`)
}

export const dropDatabase = (url) => {
  const config = configOf(url)
  return run({ ...config, database: 'postgres' }, `DROP DATABASE IF EXISTS ${pg.escapeIdentifier(config.database)}`)
}

const run = async (config, statement) => {
  const client = new pg.Client(config)
  await client.connect()
  await client.query(statement).finally(() => client.end())
}

/** PostgreSQL's and the network's codes in the words of Prisma's CLI, which acts on some of them. */
const codes = {
  '28P01': 'P1000',
  28000: 'P1010',
  '3D000': 'P1003',
  '42P04': 'P1009',
  ECONNREFUSED: 'P1001',
  ENOTFOUND: 'P1001',
  ETIMEDOUT: 'P1002',
}

export const explain = (error) => {
  if (error instanceof WebAssembly.RuntimeError) {
    return { message: `The schema engine panicked: ${globalThis.PRISMA_WASM_PANIC_REGISTRY.message || error.message}` }
  }
  const code = /^P\d{4}$/.test(error.code) ? error.code : codes[error.code]
  return { code, message: error.message || String(error) }
}

import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg'
import { createAdapterFactory } from './adapter.mjs'

const require = createRequire(import.meta.url)
const entry = require.resolve('@prisma/schema-engine-wasm')

/** Commit of the engine, as the binary prints it for `--version`. */
export const version = JSON.parse(await readFile(new URL('package.json', `file://${entry}`), 'utf8'))
  .version.split('.')
  .at(-1)

const load = async () => {
  // The engine's panic hook stores its message here before the WebAssembly trap.
  globalThis.PRISMA_WASM_PANIC_REGISTRY = {
    message: '',
    set_message: (message) => {
      globalThis.PRISMA_WASM_PANIC_REGISTRY.message = message
    },
  }
  const bytes = await readFile(new URL('schema_engine_bg.wasm', `file://${entry}`))
  const { instance } = await WebAssembly.instantiate(bytes, { './schema_engine_bg.js': bindings })
  bindings.__wbg_set_wasm(instance.exports)
  instance.exports.__wbindgen_start()
}

/** Methods that the WebAssembly build names differently: JSON-RPC method to method of the build. */
const methodNames = { getDatabaseVersion: 'version' }

export const openEngine = ({ url, datamodels }) => {
  const start = async () => {
    await load()
    const sources = await Promise.all(datamodels.map(async (path) => [path, await readFile(path, 'utf8')]))
    const factory = bindMigrationAwareSqlAdapterFactory(createAdapterFactory(url))
    return bindings.SchemaEngine.new({ datamodels: sources.length > 0 ? sources : undefined }, () => undefined, factory)
  }
  let enginePromise
  return {
    call: async (method, params) => {
      enginePromise ??= start()
      const engine = await enginePromise
      const name = methodNames[method] ?? method
      if (typeof engine[name] !== 'function') throw new Error(`This schema engine has no method ${method}.`)
      return engine[name](params)
    },
    close: async () => {
      const engine = await enginePromise?.catch(() => undefined)
      engine?.free()
    },
  }
}

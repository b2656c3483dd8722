#!/usr/bin/env node
// Prisma's schema engine without its binary, which the CLI would have to download: the same engine compiled to
// WebAssembly behind the same interface, JSON-RPC lines on stdin and stdout. Named in PRISMA_SCHEMA_ENGINE_BINARY by
// prisma.config.ts. Plain JavaScript, so that any Node may run it that comes first on the PATH.
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { createDatabase, dropDatabase, explain, tryToConnect } from './schema-engine/database.mjs'
import { openEngine, version } from './schema-engine/engine.mjs'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    version: { type: 'boolean', short: 'V' },
    datasource: { type: 'string' },
    datamodels: { type: 'string', short: 'd', multiple: true },
    'enabled-preview-features': { type: 'string' },
    'extension-types': { type: 'string' },
  },
})
const url = values.datasource ? JSON.parse(values.datasource).url : undefined

const commands = {
  'can-connect-to-database': tryToConnect,
  'create-database': createDatabase,
  'drop-database': dropDatabase,
}

const runCommand = async (name) => {
  const command = commands[name]
  try {
    if (command === undefined) throw new Error(`Unknown command: ${name}`)
    await command(url)
    process.stderr.write('Done\n')
  } catch (error) {
    // The CLI skips the first line and reads the others as log records.
    const { code, message } = explain(error)
    const fields = { error_code: code, message, is_panic: false }
    process.stderr.write(`Failed\n${JSON.stringify({ level: 'ERROR', target: 'schema_engine::logger', fields })}\n`)
    process.exitCode = 1
  }
}

const serve = async () => {
  const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  let failed = false
  let pending
  const refuse = (id, error) => {
    const { code = null, message } = explain(error)
    // Never called a panic: for those the CLI offers to send a report to its makers.
    const data = { is_panic: false, message, error_code: code, meta: null }
    send({ id, error: { code: 4466, message: 'An error happened. Check the data field for details.', data } })
  }
  // A panic inside the engine's own tasks ends here, past the call that waits for it; unanswered, the CLI would report success.
  process.on('uncaughtException', (error) => {
    if (failed) return
    failed = true
    refuse(pending, error)
    process.exitCode = 101
  })
  const engine = openEngine({ url, datamodels: values.datamodels ?? [] })
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, method, params } = JSON.parse(line)
    if (method === undefined) continue // the CLI's answer to a print
    pending = id
    try {
      const result = (await engine.call(method, params)) ?? {}
      // The binary has its host print what diff found.
      if (method === 'diff' && result.stdout)
        send({ id: `print-${id}`, method: 'print', params: { content: result.stdout } })
      send({ id, result })
    } catch (error) {
      refuse(id, error)
    }
  }
  await engine.close()
}

if (values.version) process.stdout.write(`schema-engine-cli ${version}\n`)
else if (positionals[0] === 'cli') await runCommand(positionals[1])
else await serve()

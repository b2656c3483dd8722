#!/usr/bin/env node
// Runs Prisma's schema engine as WebAssembly instead of the binary that the CLI would download. It is the same engine
// with the same interface: JSON-RPC lines on stdin and stdout. prisma.config.ts sets PRISMA_SCHEMA_ENGINE_BINARY to this
// file. Plain JavaScript, because the CLI starts it with the first Node on the PATH, of any version.
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { createDatabase, dropDatabase, toPrismaError, tryToConnect } from './schema-engine/database.mjs'
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
    // The CLI skips the first line of stderr and parses the others as log records.
    const { code, message } = toPrismaError(error)
    const fields = { error_code: code, message, is_panic: false }
    process.stderr.write(`Failed\n${JSON.stringify({ level: 'ERROR', target: 'schema_engine::logger', fields })}\n`)
    process.exitCode = 1
  }
}

const serve = async () => {
  const send = (message) => process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`)
  let hasPanicked = false
  let pendingId
  const sendError = (id, error) => {
    const { code = null, message } = toPrismaError(error)
    // `is_panic` is always false: for a panic the CLI offers to send a report to Prisma.
    const data = { is_panic: false, message, error_code: code, meta: null }
    send({ id, error: { code: 4466, message: 'An error happened. Check the data field for details.', data } })
  }
  // A panic in one of the engine's own tasks arrives here, while the call that awaits it never settles. Answer that call:
  // without an answer the CLI would report success.
  process.on('uncaughtException', (error) => {
    if (hasPanicked) return
    hasPanicked = true
    sendError(pendingId, error)
    process.exitCode = 101
  })
  const engine = openEngine({ url, datamodels: values.datamodels ?? [] })
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, method, params } = JSON.parse(line)
    if (method === undefined) continue // the CLI's response to a `print` request
    pendingId = id
    try {
      const result = (await engine.call(method, params)) ?? {}
      // Like the binary, let the CLI print the output of `diff`.
      if (method === 'diff' && result.stdout)
        send({ id: `print-${id}`, method: 'print', params: { content: result.stdout } })
      send({ id, result })
    } catch (error) {
      sendError(id, error)
    }
  }
  await engine.close()
}

if (values.version) process.stdout.write(`schema-engine-cli ${version}\n`)
else if (positionals[0] === 'cli') await runCommand(positionals[1])
else await serve()

import { createLogger } from '../../src/adapters/logger.ts'
import { openRuntime } from '../../src/adapters/runtime.ts'
import { startServer } from '../../src/server.ts'
import { readConfig } from '../../src/services/config/config.ts'
import { serveRequests } from './rpc.ts'

// An API server that counts its statements. Those that each process repeats by the clock do not depend on events.
let statements: string[] = []
const isPeriodic = (sql: string): boolean => /"EventChain"|"EventPending"|"Rendition"/.test(sql)

const config = readConfig(process.env)
const runtime = await openRuntime({
  config,
  log: createLogger('error'),
  isWorker: false,
  joinsDatabase: true,
  onStatement: (sql) => void statements.push(sql),
})
await startServer(runtime)

/** The reply is the number of statements since the previous request. */
export interface CountRequest {
  type: 'count'
}

serveRequests(async (_request: CountRequest) => {
  const count = statements.filter((sql) => !isPeriodic(sql)).length
  statements = []
  return count
}, runtime.close)

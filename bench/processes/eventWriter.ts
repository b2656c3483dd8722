import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createLogger } from '../../src/adapters/logger.ts'
import { openRuntime } from '../../src/adapters/runtime.ts'
import { startServer } from '../../src/server.ts'
import { readConfig } from '../../src/services/config/config.ts'
import { record } from '../../src/services/event/record.ts'
import { systemActor } from '../../src/services/kernel/actor.ts'
import { serveRequests } from './rpc.ts'

// Commits events as a worker does. Without Redis there is no messaging between processes, so the API runs in this one.
const config = readConfig(process.env)
const runtime = await openRuntime({ config, log: createLogger('error'), isWorker: false, joinsDatabase: true })
if (config.pubsub.type === 'memory') await startServer(runtime)

export interface WriteRequest {
  events: number
  intervalMs: number
}

/** Commit of one event, with its time by the machine's monotonic clock. */
export interface Commit {
  nodeId: string
  atMs: number
}

const commitEvents = async ({ events, intervalMs }: WriteRequest): Promise<Commit[]> => {
  const startMs = performance.now()
  const commits: Commit[] = []
  for (let n = 0; n < events; n++) {
    await sleep(Math.max(0, startMs + n * intervalMs - performance.now()))
    const nodeId = randomUUID()
    await runtime.ports.database.$transaction((transaction) =>
      record(
        transaction,
        systemActor,
        'rendition.requested',
        { id: nodeId, mediaId: randomUUID() },
        { profile: 'WEBM' },
      ),
    )
    commits.push({ nodeId: `Rendition:${nodeId}`, atMs: Number(process.hrtime.bigint()) / 1e6 })
  }
  return commits
}

serveRequests(commitEvents, runtime.close)

import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createLog } from '../../src/adapters/logger.ts'
import { openRuntime } from '../../src/adapters/runtime.ts'
import { startServer } from '../../src/server.ts'
import { readConfig } from '../../src/services/config/config.ts'
import { record } from '../../src/services/event/actions.ts'
import { system } from '../../src/services/kernel/actor.ts'
import { answerQuestions } from './rpc.ts'

// Commits events as a worker does. Without Redis the API has to be in this very process.
const config = readConfig(process.env)
const runtime = await openRuntime({ config, log: createLog('error'), works: false, joins: true })
if (config.pubsub.type === 'memory') await startServer(runtime)

export interface WriteQuestion {
  events: number
  intervalMs: number
}

/** When it was committed, by the machine's monotonic clock. */
export interface Committed {
  nodeId: string
  atMs: number
}

const write = async ({ events, intervalMs }: WriteQuestion): Promise<Committed[]> => {
  const began = performance.now()
  const committed: Committed[] = []
  for (let n = 0; n < events; n++) {
    await sleep(Math.max(0, began + n * intervalMs - performance.now()))
    const nodeId = randomUUID()
    await runtime.ports.database.$transaction((transaction) =>
      record(transaction, system, {
        action: 'rendition.requested',
        nodeType: 'Rendition',
        nodeId,
        mediaId: null,
        data: { profile: 'WEBM' },
      }),
    )
    committed.push({ nodeId: `Rendition:${nodeId}`, atMs: Number(process.hrtime.bigint()) / 1e6 })
  }
  return committed
}

answerQuestions(write, runtime.close)

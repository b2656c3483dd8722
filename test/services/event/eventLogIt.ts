import { createLogger } from '../../../src/adapters/logger.ts'
import { createEventLog, type EventLog } from '../../../src/services/event/eventLog.ts'
import type { PubSub } from '../../../src/services/kernel/ports.ts'
import { it as base } from '../../harness/chainIt.ts'

/** `it` that can also open event logs, as servers do; they are closed after each test. */
export const it = base.extend('openEventLog', ({ world }, { onCleanup }) => {
  const eventLogs: EventLog[] = []
  onCleanup(() => {
    for (const eventLog of eventLogs) eventLog.close()
  })
  return (pollIntervalMs: number, pubsub: PubSub = world.pubsub): EventLog => {
    const { database, checkpoints } = world
    const eventLog = createEventLog({ database, checkpoints, pubsub, pollIntervalMs, log: createLogger('silent') })
    eventLogs.push(eventLog)
    return eventLog
  }
})

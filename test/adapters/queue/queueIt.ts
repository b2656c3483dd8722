import { createLogger } from '../../../src/adapters/logger.ts'
import { openQueue } from '../../../src/adapters/queue.ts'
import type { Queue } from '../../../src/services/kernel/ports.ts'
import { it as base } from '../../harness/databaseIt.ts'

/** `it` that can also open queues: they are closed at the end of the test, and its jobs are deleted. */
export const it = base.extend('openTestQueue', ({ testDatabase, database }, { onCleanup }) => {
  const queues: Queue[] = []
  onCleanup(async () => {
    await Promise.all(queues.map((queue) => queue.close()))
    await database.$executeRaw`DELETE FROM pgboss.job`
  })
  return async (isWorker: boolean): Promise<Queue> => {
    const queue = await openQueue({
      databaseUrl: testDatabase.appUrl,
      log: createLogger('silent'),
      isWorker,
      concurrency: 1,
    })
    queues.push(queue)
    return queue
  }
})

import { randomUUID } from 'node:crypto'
import { describe, expect, vi } from 'vitest'
import { createLogger } from '../../../src/adapters/logger.ts'
import { openQueue } from '../../../src/adapters/queue.ts'
import { openSequencer } from '../../../src/adapters/sequencer.ts'
import { createSequencer } from '../../../src/services/event/sequencer.ts'
import type { JobHandlers } from '../../../src/services/kernel/jobs.ts'
import { insertEventsSql } from '../../harness/chain.ts'
import { it as base } from '../../harness/chainIt.ts'
import { startTcpProxy } from '../../harness/tcpProxy.ts'

const log = createLogger('silent')
const ignore = async (): Promise<void> => undefined
const handlers: JobHandlers = {
  ingest: ignore,
  preview: ignore,
  transcode: ignore,
  abandoned: ignore,
  operation: ignore,
  sweep: ignore,
  retention: ignore,
  reclaim: ignore,
  repair: ignore,
  scrub: ignore,
  thumbnails: ignore,
}

const it = base
  .extend('proxy', async ({ world }, { onCleanup }) => {
    const proxy = await startTcpProxy(world.testDatabase.appUrl)
    onCleanup(() => proxy.close())
    return proxy
  })
  /** A queue behind the proxy that runs jobs, and the versions of those that it has run. */
  .extend('worker', async ({ proxy }, { onCleanup }) => {
    const ran: string[] = []
    const queue = await openQueue({ databaseUrl: proxy.url, log, isWorker: true, concurrency: 1 })
    onCleanup(() => queue.close())
    await queue.work({ ...handlers, ingest: async ({ versionId }) => void ran.push(versionId) })
    return { queue, ran }
  })
  .extend('send', ({ world, worker }) => async (): Promise<string> => {
    const versionId = randomUUID()
    await world.database.$transaction((transaction) =>
      worker.queue.send(transaction, { name: 'ingest', payload: { versionId, revision: 0 } }),
    )
    return versionId
  })
  .extend('runningSequencer', async ({ world, proxy }, { onCleanup }) => {
    const sequencer = createSequencer({ pubsub: world.pubsub, checkpoints: world.checkpoints, log })
    const runner = openSequencer({ databaseUrl: proxy.url, sequencer, log })
    onCleanup(() => runner.close())
    return runner
  })

const untilRan = (worker: { ran: string[] }, id: string) =>
  vi.waitUntil(() => worker.ran.includes(id), { timeout: 20_000 })

describe('the queue after an outage', { timeout: 60_000 }, () => {
  it('runs jobs that were sent while its database did not answer', async ({ proxy, worker, send }) => {
    await untilRan(worker, await send())
    proxy.freeze()
    const id = await send()
    proxy.thaw()
    await untilRan(worker, id)
  })

  it('runs jobs that were sent while its connections were broken', async ({ proxy, worker, send }) => {
    await untilRan(worker, await send())
    proxy.cut()
    const id = await send()
    proxy.mend()
    await untilRan(worker, id)
  })
})

describe('the sequencer after an outage', { timeout: 60_000 }, () => {
  it.for(['freeze', 'cut'] as const)(
    'numbers the events of the time: %s',
    async (fault, { world, proxy, runningSequencer }) => {
      expect(runningSequencer).toBeDefined()
      const isChained = async (): Promise<boolean> => (await world.database.eventPending.count()) === 0
      await world.ownerClient.query(insertEventsSql(10))
      await vi.waitUntil(isChained, { timeout: 20_000 })
      proxy[fault]()
      await world.ownerClient.query(insertEventsSql(10))
      expect(await isChained()).toBe(false)
      proxy.thaw()
      proxy.mend()
      await vi.waitUntil(isChained, { timeout: 20_000 })
    },
  )
})

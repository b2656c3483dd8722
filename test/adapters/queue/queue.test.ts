import { randomUUID } from 'node:crypto'
import { describe, expect, vi } from 'vitest'
import type { JobContext, JobHandlers } from '../../../src/services/kernel/jobs.ts'
import type { Database, Queue } from '../../../src/services/kernel/ports.ts'
import { it } from './queueIt.ts'

type Ingest = JobHandlers['ingest']
const rejectJob = async () => {
  throw new Error('This test expects no such job.')
}
const handlers = (overrides: Partial<JobHandlers>): JobHandlers => ({
  ingest: rejectJob,
  preview: rejectJob,
  transcode: rejectJob,
  abandoned: rejectJob,
  operation: rejectJob,
  sweep: async () => undefined,
  repair: async () => undefined,
  retention: async () => undefined,
  reclaim: async () => undefined,
  scrub: async () => undefined,
  thumbnails: async () => undefined,
  ...overrides,
})

const send = (database: Database, queue: Queue, versionId: string) =>
  database.$transaction((transaction) =>
    queue.send(transaction, { name: 'ingest', payload: { versionId, revision: 0 } }),
  )

const jobs = (database: Database) => database.$queryRaw<{ name: string; state: string; retries: number }[]>`
  SELECT name, state::text, retry_count AS retries FROM pgboss.job WHERE name NOT IN ('sweep', 'repair', 'thumbnails') ORDER BY created_on`

/** Returns when the next attempt of the job may start, once its last one has failed. */
const readNextStart = async (database: Database): Promise<number> => {
  const read = () => database.$queryRaw<{ nextStart: Date }[]>`
    SELECT start_after AS "nextStart" FROM pgboss.job WHERE name = 'ingest' AND state = 'retry'`
  const row = await vi.waitUntil(async () => (await read())[0], { timeout: 20_000 })
  return row?.nextStart.getTime() ?? Number.NaN
}

/** Creates a handler that records its calls; each call waits until the test ends it. */
const createBlockingHandler = () => {
  const calls: { versionId: string; context: JobContext; end: (error?: unknown) => void }[] = []
  const handler: Ingest = ({ versionId }, context) =>
    new Promise((resolve, reject) => {
      const end = (error?: unknown) => (error === undefined ? resolve() : reject(error))
      calls.push({ versionId, context, end })
    })
  return { calls, handler }
}

describe('the queue', () => {
  it('has no job if the transaction that sent it is rolled back', async ({ database, openTestQueue }) => {
    const queue = await openTestQueue(false)
    const transaction = database.$transaction(async (transaction) => {
      await queue.send(transaction, { name: 'ingest', payload: { versionId: randomUUID(), revision: 0 } })
      throw new Error('rollback')
    })
    await expect(transaction).rejects.toThrow('rollback')
    expect(await jobs(database)).toEqual([])
  })

  it('has a job once the transaction that sent it is committed', async ({ database, openTestQueue }) => {
    const queue = await openTestQueue(false)
    await send(database, queue, randomUUID())
    expect(await jobs(database)).toEqual([{ name: 'ingest', state: 'created', retries: 0 }])
  })

  it('notifies a worker of a new job', async ({ database, openTestQueue }) => {
    const [sender, worker] = [await openTestQueue(false), await openTestQueue(true)]
    const { calls, handler } = createBlockingHandler()
    await worker.work(handlers({ ingest: handler }))
    const versionId = randomUUID()
    const sentAt = Date.now()
    await send(database, sender, versionId)
    await vi.waitFor(() => expect(calls.length).toBe(1), { timeout: 20_000, interval: 5 })
    process.stdout.write(`  a job started ${Date.now() - sentAt} ms after it was sent\n`)
    expect(calls[0]).toMatchObject({ versionId, context: { willRetry: true } })
    calls[0]?.end()
    await vi.waitFor(async () => expect(await jobs(database)).toMatchObject([{ state: 'completed' }]), {
      timeout: 20_000,
    })
  })

  it('runs a job with a higher priority first', async ({ database, openTestQueue }) => {
    const queue = await openTestQueue(true)
    const ids = Array.from({ length: 4 }, () => randomUUID())
    await database.$transaction(async (transaction) => {
      for (const [index, versionId] of ids.entries())
        await queue.send(transaction, {
          name: 'ingest',
          payload: { versionId, revision: 0 },
          priority: index === 2 ? 5 : 0,
        })
    })
    const versionIds: string[] = []
    await queue.work(handlers({ ingest: async ({ versionId }) => void versionIds.push(versionId) }))
    // Runs the jobs without a pause, although it polls only every second.
    await vi.waitFor(() => expect(versionIds.length).toBe(4), { timeout: 900 })
    expect(versionIds[0]).toBe(ids[2])
  })

  it('abandons a job after three retries with growing pauses', async ({ database, openTestQueue }) => {
    const queue = await openTestQueue(true)
    const versionId = randomUUID()
    const attempts: { at: number; willRetry: boolean }[] = []
    const abandonedPayloads: unknown[] = []
    await queue.work(
      handlers({
        ingest: async (_payload, { willRetry }) => {
          attempts.push({ at: Date.now(), willRetry })
          throw new Error('the disk is full')
        },
        abandoned: async (payload) => void abandonedPayloads.push(payload),
      }),
    )
    await send(database, queue, versionId)
    const pauses: number[] = []
    for (const index of [0, 1, 2]) {
      const attempt = await vi.waitUntil(() => attempts[index], { timeout: 20_000 })
      pauses.push((await readNextStart(database)) - (attempt?.at ?? Number.NaN))
      // The first pause is waited for, the others are cut short.
      if (index > 0) await database.$executeRaw`UPDATE pgboss.job SET start_after = now() WHERE name = 'ingest'`
    }
    await vi.waitFor(() => expect(abandonedPayloads).toEqual([{ versionId, revision: 0 }]), { timeout: 20_000 })
    expect(attempts.map(({ willRetry }) => willRetry)).toEqual([true, true, true, false])
    process.stdout.write(`  pauses between attempts: ${pauses.join(', ')} ms\n`)
    expect((attempts[1]?.at ?? 0) - (attempts[0]?.at ?? 0)).toBeGreaterThanOrEqual(pauses[0] ?? Number.NaN)
    for (const [index, pause] of pauses.entries()) expect(pause).toBeGreaterThan(1000 * 2 ** index * 0.95)
  })

  it('returns running jobs to other workers when it closes, without using up an attempt', async ({
    database,
    openTestQueue,
  }) => {
    const [first, second] = [await openTestQueue(true), await openTestQueue(true)]
    const { calls, handler } = createBlockingHandler()
    await first.work(handlers({ ingest: handler }))
    await send(database, first, randomUUID())
    await vi.waitFor(() => expect(calls.length).toBe(1), { timeout: 20_000 })
    calls[0]?.context.signal.addEventListener('abort', () => calls[0]?.end(calls[0]?.context.signal.reason))
    await first.close()
    expect(await jobs(database)).toMatchObject([{ state: 'retry' }])
    // Requests that still run can send jobs.
    await send(database, first, randomUUID())
    const next = createBlockingHandler()
    await second.work(handlers({ ingest: next.handler }))
    await vi.waitFor(() => expect(next.calls.length).toBe(1), { timeout: 2000 })
    expect(next.calls[0]?.context.willRetry).toBe(true)
    next.calls[0]?.end()
    await vi.waitFor(() => expect(next.calls.length).toBe(2), { timeout: 2000 })
    next.calls[1]?.end()
  })
})

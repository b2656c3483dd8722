import { randomUUID } from 'node:crypto'
import { describe, expect, vi } from 'vitest'
import type { JobContext, JobHandlers } from '../../../src/services/kernel/jobs.ts'
import type { Database, Queue } from '../../../src/services/kernel/ports.ts'
import { it } from './queueIt.ts'

/** Handlers that record their calls; a call of `ingest` and `preview` waits until the job's signal is aborted. */
const createRecorder = () => {
  const calls: { name: string; context: JobContext }[] = []
  const block = (name: string) => (_payload: object, context: JobContext) => {
    calls.push({ name, context })
    return new Promise<void>((_resolve, reject) => {
      context.signal.addEventListener('abort', () => reject(context.signal.reason))
    })
  }
  const ignore = async () => undefined
  const handlers: JobHandlers = {
    ...{
      transcode: ignore,
      operation: ignore,
      sweep: ignore,
      repair: ignore,
      retention: ignore,
      reclaim: ignore,
      scrub: ignore,
      thumbnails: ignore,
    },
    ingest: block('ingest'),
    preview: block('preview'),
    abandoned: async (_payload, context) => void calls.push({ name: 'abandoned', context }),
  }
  return { calls, handlers }
}

const send = (database: Database, queue: Queue, name: 'ingest' | 'preview') =>
  database.$transaction((transaction) =>
    name === 'ingest'
      ? queue.send(transaction, { name, payload: { versionId: randomUUID(), revision: 0 } })
      : queue.send(transaction, { name, payload: { renditionId: randomUUID(), request: 0 } }),
  )

/** Makes the only job look like one whose workers were lost so often. */
const loseWorkers = (database: Database, count: number) => database.$executeRaw`
  UPDATE pgboss.job SET state = 'retry', started_on = now(), retry_count = ${count - 1} WHERE name = 'ingest'`

const readAloneFlags = async (database: Database) => {
  const rows = await database.$queryRaw<{ isAlone: boolean }[]>`
    SELECT (data->'run'->>'isAlone')::boolean AS "isAlone" FROM pgboss.job WHERE name IN ('ingest', 'preview') ORDER BY created_on`
  return rows.map(({ isAlone }) => isAlone)
}

const waitForCalls = (calls: unknown[], count: number) =>
  vi.waitFor(() => expect(calls.length).toBe(count), { timeout: 20_000 })

describe('a job whose workers were lost', () => {
  it('keeps its retries after failures', async ({ database, openTestQueue }) => {
    const queue = await openTestQueue(true)
    const { calls, handlers } = createRecorder()
    await send(database, queue, 'ingest')
    await loseWorkers(database, 12)
    await queue.work(handlers)
    await waitForCalls(calls, 1)
    expect(calls).toMatchObject([{ name: 'ingest', context: { willRetry: true } }])
  })

  it('is given up after more than twenty', async ({ database, openTestQueue }) => {
    const queue = await openTestQueue(true)
    const { calls, handlers } = createRecorder()
    await send(database, queue, 'ingest')
    await loseWorkers(database, 21)
    await queue.work(handlers)
    await waitForCalls(calls, 1)
    expect(calls).toMatchObject([{ name: 'abandoned' }])
  })

  it('may run again as soon as the loss is noticed, however often', async ({ database, openTestQueue }) => {
    const queue = await openTestQueue(true)
    const { calls, handlers } = createRecorder()
    await send(database, queue, 'ingest')
    await loseWorkers(database, 12)
    await queue.work(handlers)
    await waitForCalls(calls, 1)
    await database.$executeRaw`UPDATE pgboss.job SET heartbeat_on = now() - interval '1 minute' WHERE name = 'ingest'`
    // A delay that grew with each loss would be longer than this waits.
    await waitForCalls(calls, 2)
  })

  it('gets the limits of this version even if an older one sent it', async ({ database, openTestQueue }) => {
    const queue = await openTestQueue(false)
    await send(database, queue, 'ingest')
    await database.$executeRaw`UPDATE pgboss.job SET retry_limit = 3, retry_backoff = true WHERE name = 'ingest'`
    await openTestQueue(true)
    const rows = await database.$queryRaw`
      SELECT retry_limit AS "retryLimit", retry_backoff AS "retryBackoff" FROM pgboss.job WHERE name = 'ingest'`
    expect(rows).toEqual([{ retryLimit: 1000, retryBackoff: false }])
  })
})

describe('a worker', () => {
  it('records whether a job runs alone', async ({ database, openTestQueue }) => {
    const queue = await openTestQueue(true)
    const { calls, handlers } = createRecorder()
    await queue.work(handlers)
    await send(database, queue, 'ingest')
    await waitForCalls(calls, 1)
    expect(await readAloneFlags(database)).toEqual([true])
    await send(database, queue, 'preview')
    await waitForCalls(calls, 2)
    expect(await readAloneFlags(database)).toEqual([false, false])
  })
})

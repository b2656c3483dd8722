import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import type { RenditionStatus } from '../../prisma/generated/client/enums.ts'
import { openDatabase } from '../../src/adapters/database.ts'
import { createLogger } from '../../src/adapters/logger.ts'
import { createMemoryPubSub } from '../../src/adapters/pubsub/memory.ts'
import { openQueue } from '../../src/adapters/queue.ts'
import type { UserActor } from '../../src/services/kernel/actor.ts'
import { StateConflictError } from '../../src/services/kernel/errors.ts'
import type { JobContext, JobHandlers } from '../../src/services/kernel/jobs.ts'
import type { Database, Queue } from '../../src/services/kernel/ports.ts'
import { type Conversions, type ConversionTask, createConversions } from '../../src/services/rendition/conversions.ts'
import { createRenditions, type Renditions } from '../../src/services/rendition/renditions.ts'
import { createTestDatabase, type TestDatabase } from '../harness/postgres.ts'

const log = createLogger('silent')
let testDatabase: TestDatabase
let database: Database
const queues: Queue[] = []

beforeAll(async () => {
  testDatabase = await createTestDatabase()
  database = openDatabase({ url: testDatabase.appUrl, log })
})
afterAll(async () => {
  await database?.$disconnect()
  await testDatabase?.drop()
})
afterEach(async () => {
  await Promise.all(queues.splice(0).map((queue) => queue.close()))
  await database.$executeRaw`DELETE FROM pgboss.job`
})

const openTestQueue = async (works: boolean): Promise<Queue> => {
  const queue = await openQueue({ databaseUrl: testDatabase.appUrl, log, isWorker: works, concurrency: 1 })
  queues.push(queue)
  return queue
}

type Ingest = JobHandlers['ingest']
const unexpected = async () => {
  throw new Error('not in this test')
}
const handlers = (some: Partial<JobHandlers>): JobHandlers => ({
  ingest: unexpected,
  preview: unexpected,
  transcode: unexpected,
  abandoned: unexpected,
  operation: unexpected,
  sweep: async () => undefined,
  retention: async () => undefined,
  reclaim: async () => undefined,
  ...some,
})

const send = (queue: Queue, versionId: string) =>
  database.$transaction((transaction) =>
    queue.send(transaction, { name: 'ingest', payload: { versionId, revision: 0 } }),
  )

const jobs = () => database.$queryRaw<{ name: string; state: string; tries: number }[]>`
  SELECT name, state::text, retry_count AS tries FROM pgboss.job WHERE name <> 'sweep' ORDER BY created_on`

/** A handler that waits to be told how to end, and says when it is called. */
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
  it('has a job exactly if the transaction that sent it commits', async () => {
    const queue = await openTestQueue(false)
    const rolledBack = database.$transaction(async (transaction) => {
      await queue.send(transaction, { name: 'ingest', payload: { versionId: randomUUID(), revision: 0 } })
      throw new Error('no')
    })
    await expect(rolledBack).rejects.toThrow('no')
    expect(await jobs()).toEqual([])
    await send(queue, randomUUID())
    expect(await jobs()).toEqual([{ name: 'ingest', state: 'created', tries: 0 }])
  })

  it('wakes a worker at once, which takes the job', async () => {
    const [sender, worker] = [await openTestQueue(false), await openTestQueue(true)]
    const { calls, handler } = createBlockingHandler()
    await worker.work(handlers({ ingest: handler }))
    const versionId = randomUUID()
    const sentAt = Date.now()
    await send(sender, versionId)
    await vi.waitFor(() => expect(calls.length).toBe(1), { interval: 5 })
    process.stdout.write(`  a job was taken ${Date.now() - sentAt} ms after it was sent\n`)
    expect(calls[0]).toMatchObject({ versionId, context: { willRetry: true } })
    calls[0]?.end()
    await vi.waitFor(async () => expect(await jobs()).toMatchObject([{ state: 'completed' }]))
  })

  it('takes what matters more first, else what came first', async () => {
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
    // One after the other without a pause, though a look is taken only every second.
    await vi.waitFor(() => expect(versionIds.length).toBe(4), { timeout: 900 })
    expect(versionIds[0]).toBe(ids[2])
  })

  it('tries three times more with growing pauses, then tells whoever tidies up', async () => {
    const queue = await openTestQueue(true)
    const versionId = randomUUID()
    const tries: { at: number; willRetry: boolean }[] = []
    const abandoned: unknown[] = []
    await queue.work(
      handlers({
        ingest: async (_payload, { willRetry }) => {
          tries.push({ at: Date.now(), willRetry })
          throw new Error('the disk is full')
        },
        abandoned: async (payload) => void abandoned.push(payload),
      }),
    )
    await send(queue, versionId)
    await vi.waitFor(() => expect(abandoned).toEqual([{ versionId, revision: 0 }]), { timeout: 30_000 })
    expect(tries.map(({ willRetry }) => willRetry)).toEqual([true, true, true, false])
    const pauses = tries.slice(1).map(({ at }, index) => at - (tries[index]?.at ?? 0))
    process.stdout.write(`  pauses between tries: ${pauses.join(', ')} ms\n`)
    for (const [index, pause] of pauses.entries()) expect(pause).toBeGreaterThan(1000 * 2 ** index * 0.95)
  })

  it('gives jobs back when it closes: the next worker has them at once, with no try used up', async () => {
    const [first, second] = [await openTestQueue(true), await openTestQueue(true)]
    const { calls, handler } = createBlockingHandler()
    await first.work(handlers({ ingest: handler }))
    await send(first, randomUUID())
    await vi.waitFor(() => expect(calls.length).toBe(1))
    calls[0]?.context.signal.addEventListener('abort', () => calls[0]?.end(calls[0]?.context.signal.reason))
    await first.close()
    // It may have been taken and given back more than once before the worker had stopped looking.
    const jobsAfterClose = await jobs()
    expect(jobsAfterClose.at(-1)).toMatchObject({ state: 'created', tries: 0 })
    expect(jobsAfterClose.slice(0, -1).every(({ state, tries }) => state === 'completed' && tries === 0)).toBe(true)
    // Requests that are still being answered can send.
    await send(first, randomUUID())
    const next = createBlockingHandler()
    await second.work(handlers({ ingest: next.handler }))
    await vi.waitFor(() => expect(next.calls.length).toBe(1), { timeout: 2000 })
    next.calls[0]?.end()
    await vi.waitFor(() => expect(next.calls.length).toBe(2), { timeout: 2000 })
    next.calls[1]?.end()
  })
})

describe('the states of a rendition', () => {
  const allowed: Record<RenditionStatus, RenditionStatus[]> = {
    QUEUED: ['PROCESSING', 'FAILED', 'CANCELLED'],
    PROCESSING: ['PROCESSING', 'QUEUED', 'READY', 'FAILED', 'CANCELLED'],
    FAILED: ['QUEUED'],
    CANCELLED: ['QUEUED'],
    READY: [],
  }
  const failure = { code: 'INTERNAL', message: 'It broke.', remedy: null, retryable: true }
  const sha256 = 'ab'.repeat(32)
  const file = { sha256, sizeBytes: 1, mimeType: 'video/webm', width: 1, height: 1 }
  let actor: UserActor
  let versionId: string

  beforeAll(async () => {
    const owner = await database.user.create({ data: { externalId: 'ada', name: 'Ada' } })
    actor = { type: 'user', userId: owner.id, role: 'EDITOR', requestId: null }
    versionId = randomUUID()
    const mediaId = randomUUID()
    const facts = { kind: 'VIDEO', mimeType: 'video/mp4', sizeBytes: 1, sha256, originalFileName: 'a.mp4' } as const
    await database.blob.create({ data: { sha256, sizeBytes: 1 } })
    await database.$transaction(async (transaction) => {
      await transaction.media.create({
        data: {
          id: mediaId,
          title: 'a',
          fileName: 'a.mp4',
          status: 'READY',
          uploadedById: owner.id,
          currentVersionId: versionId,
          ...facts,
        },
      })
      await transaction.mediaVersion.create({ data: { id: versionId, mediaId, number: 1, status: 'READY', ...facts } })
    })
  })

  type Verb = 'start' | 'progress' | 'complete' | 'fail' | 'release' | 'abandon' | 'cancel' | 'retry'
  const verbs: Verb[] = ['start', 'progress', 'complete', 'fail', 'release', 'abandon', 'cancel', 'retry']
  const commands = fc.array(fc.record({ worker: fc.nat(1), verb: fc.constantFrom(...verbs) }), { maxLength: 14 })

  const ignoreConflict = (error: unknown): boolean => {
    if (error instanceof StateConflictError) return false
    throw error
  }

  const servicesOf = (queue: Queue) => {
    const ports = { database, queue, pubsub: createMemoryPubSub({ log }), clock: { now: () => new Date() } }
    return { ...createConversions(ports), ...createRenditions(ports) }
  }

  const perform = async (
    renditions: Conversions & Renditions,
    verb: Verb,
    id: string,
    task: ConversionTask | null,
  ): Promise<boolean> => {
    const globalId = `Rendition:${id}`
    if (verb === 'cancel' || verb === 'retry') return renditions[verb](actor, globalId).then(() => true, ignoreConflict)
    if (verb === 'abandon') {
      const { requests: request } = await database.rendition.findUniqueOrThrow({ where: { id } })
      return renditions.abandon({ renditionId: id, request }, failure).then(() => true)
    }
    if (task === null || verb === 'start') return false
    if (verb === 'progress') return renditions.reportProgress(task, 50, true)
    if (verb === 'complete') return renditions.complete(task, file)
    if (verb === 'fail') return renditions.fail(task, failure)
    return renditions.release(task)
  }

  it('change only along what is allowed, and never by an attempt that was overtaken', async () => {
    const queue = await openTestQueue(false)
    const renditions = servicesOf(queue)
    const read = (id: string) => database.rendition.findUniqueOrThrow({ where: { id } })

    await fc.assert(
      fc.asyncProperty(commands, async (steps) => {
        await database.rendition.deleteMany({ where: { versionId } })
        const { id } = await database.rendition.create({ data: { versionId, profile: 'WEBM' } })
        const tasks: (ConversionTask | null)[] = [null, null]
        for (const { worker, verb } of steps) {
          const before = await read(id)
          const task = tasks[worker] ?? null
          if (verb === 'start') tasks[worker] = await renditions.start(id)
          const succeeded = verb === 'start' ? tasks[worker] !== null : await perform(renditions, verb, id, task)
          const after = await read(id)
          if (after.revision !== before.revision) {
            expect(after.revision).toBe(before.revision + 1)
            expect(allowed[before.status]).toContain(after.status)
          } else expect(after.status).toBe(before.status)
          const byWorker = ['progress', 'complete', 'fail', 'release'].includes(verb)
          const isNewest = before.status === 'PROCESSING' && task?.rendition.attempts === before.attempts
          if (!byWorker) continue
          expect(succeeded).toBe(isNewest)
          if (!isNewest) expect(after).toEqual(before)
        }
      }),
      { numRuns: 60 },
    )
  })

  it('is won by exactly one of those who end it at the same time', async () => {
    const queue = await openTestQueue(false)
    const renditions = servicesOf(queue)
    for (let round = 0; round < 10; round++) {
      await database.rendition.deleteMany({ where: { versionId } })
      const { id } = await database.rendition.create({ data: { versionId, profile: 'WEBM' } })
      const task = await renditions.start(id)
      const ends: Verb[] = ['complete', 'fail', 'release', 'cancel']
      const results = await Promise.all(ends.map((verb) => perform(renditions, verb, id, task)))
      // A cancel after a release is allowed: it then ends what waits.
      expect(results.filter((each) => each).length).toBe(results[2] && results[3] ? 2 : 1)
    }
  })
})

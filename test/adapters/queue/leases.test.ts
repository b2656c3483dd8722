import { describe, expect, vi } from 'vitest'
import type { Prisma } from '../../../prisma/generated/client/client.ts'
import { leaseOf } from '../../../src/adapters/jobRuns.ts'
import { createLogger } from '../../../src/adapters/logger.ts'
import { createMemoryPubSub } from '../../../src/adapters/pubsub/memory.ts'
import type { Database } from '../../../src/services/kernel/ports.ts'
import { createHandlers } from '../../../worker/handlers.ts'
import { createLease } from '../../harness/lease.ts'
import { it } from './renditionIt.ts'

const failure = { code: 'INTERRUPTED', message: 'Interrupted.', remedy: null, retryable: true }

interface JobRow {
  renditionId: string
  request?: number
  state: string
  name?: string
}

/** Inserts a job in the given state; resolves to the lease that its first attempt holds. */
const insertJob = async (database: Database, { renditionId, request = 0, state, name = 'transcode' }: JobRow) => {
  const data = { renditionId, request }
  const [row] = await database.$queryRaw<{ id: string }[]>`
    INSERT INTO pgboss.job (name, data, state, started_on, heartbeat_on)
    VALUES (${name}, ${data}, ${state}::pgboss.job_state, now(), now()) RETURNING id`
  return leaseOf({ name, id: row?.id ?? '', data, retryCount: 0 })
}

/** Does what the queue does when a worker sends no heartbeat and another one takes the job. */
const handOver = (database: Database, jobId: string) =>
  database.$executeRaw`UPDATE pgboss.job SET retry_count = retry_count + 1 WHERE id = ${jobId}::uuid`

const readJobs = (database: Database) => database.$queryRaw<{ data: object; state: string }[]>`
  SELECT data, state::text FROM pgboss.job WHERE name IN ('transcode', 'preview') ORDER BY created_on`

describe('a claim', () => {
  it('changes nothing if another worker has taken the job', async ({ database, createRendition, renditions }) => {
    const id = await createRendition()
    const lease = await insertJob(database, { renditionId: id, state: 'active' })
    await handOver(database, lease.jobId)
    expect(await renditions.start({ renditionId: id, request: 0 }, lease)).toBeNull()
    expect(await database.rendition.findUnique({ where: { id } })).toMatchObject({ status: 'QUEUED', attempts: 0 })
  })

  it('changes nothing if the job waits for its retry', async ({ database, createRendition, renditions }) => {
    const id = await createRendition()
    const lease = await insertJob(database, { renditionId: id, state: 'retry' })
    expect(await renditions.start({ renditionId: id, request: 0 }, lease)).toBeNull()
  })

  it('takes over the row of a worker that was lost', async ({ database, createRendition, renditions }) => {
    const renditionId = await createRendition()
    const lease = await insertJob(database, { renditionId, state: 'active' })
    await renditions.start({ renditionId, request: 0 }, lease)
    await handOver(database, lease.jobId)
    const nextLease = leaseOf({ name: 'transcode', id: lease.jobId, data: {}, retryCount: 1 })
    const task = await renditions.start({ renditionId, request: 0 }, nextLease)
    expect(task?.rendition).toMatchObject({ attempts: 2, status: 'PROCESSING', jobId: lease.jobId })
  })

  it('changes nothing while another job of the request runs', async ({ database, createRendition, renditions }) => {
    const renditionId = await createRendition()
    const first = await insertJob(database, { renditionId, state: 'active' })
    const second = await insertJob(database, { renditionId, state: 'active' })
    expect(await renditions.start({ renditionId, request: 0 }, first)).not.toBeNull()
    expect(await renditions.start({ renditionId, request: 0 }, second)).toBeNull()
  })

  it('for a new request does not wait for the job of a cancelled one', async ({
    database,
    createRendition,
    renditions,
    version: { actor },
  }) => {
    const renditionId = await createRendition()
    const cancelled = await insertJob(database, { renditionId, state: 'active' })
    await renditions.start({ renditionId, request: 0 }, cancelled)
    await renditions.cancel(actor, `Rendition:${renditionId}`)
    await renditions.retry(actor, `Rendition:${renditionId}`)
    const next = await insertJob(database, { renditionId, request: 1, state: 'active' })
    expect(await renditions.start({ renditionId, request: 1 }, next)).not.toBeNull()
  })

  it('changes nothing for an older request', async ({ database, createRendition, renditions }) => {
    const renditionId = await createRendition()
    await database.rendition.update({ where: { id: renditionId }, data: { requests: 1 } })
    expect(await renditions.start({ renditionId, request: 0 }, createLease())).toBeNull()
  })
})

describe('an attempt that was superseded', () => {
  /** Runs the job of a rendition whose state is changed while its file is fetched, which then fails. */
  const runJob = async (
    database: Database,
    conversions: Parameters<typeof createHandlers>[0]['services']['conversions'],
    renditionId: string,
    change: Prisma.RenditionUpdateInput,
  ) => {
    const unused = {} as never // not used by a conversion that fails before it starts
    const blobs = {
      async localFile() {
        await database.rendition.update({ where: { id: renditionId }, data: change })
        throw new Error('The file cannot be read.')
      },
    }
    const log = createLogger('silent')
    const { transcode } = createHandlers({
      services: { conversions, blobs } as never, // no other service is called
      pubsub: createMemoryPubSub({ log }),
      binaries: unused,
      workspaces: { create: async () => ({ path: '/nowhere', [Symbol.asyncDispose]: async () => undefined }) } as never,
      cores: 1,
      log,
    })
    const context = { signal: new AbortController().signal, willRetry: true, lease: createLease() }
    return transcode({ renditionId, request: 0 }, context)
  }

  it('is delivered again if its request has not ended', async ({ database, createRendition, renditions }) => {
    const id = await createRendition()
    const run = runJob(database, renditions, id, { attempts: { increment: 1 } })
    await expect(run).rejects.toThrow('Another attempt took over')
  })

  it.for<Prisma.RenditionUpdateInput>([{ status: 'CANCELLED' }, { status: 'QUEUED', requests: 1 }])(
    'is done if the rendition became %o',
    async (change, { database, createRendition, renditions }) => {
      const id = await createRendition()
      await expect(runJob(database, renditions, id, change)).resolves.toBeUndefined()
    },
  )
})

describe('the repair of renditions', () => {
  it('sends the job of one that has none', async ({ database, createRendition, renditions }) => {
    const renditionId = await createRendition()
    await insertJob(database, { renditionId, state: 'completed' })
    expect(await renditions.repair(failure)).toBe(1)
    const job = { data: { renditionId, request: 0 } }
    expect(await readJobs(database)).toMatchObject([
      { ...job, state: 'completed' },
      { ...job, state: 'created' },
    ])
    expect(await renditions.repair(failure)).toBe(0)
  })

  it.for([
    { name: 'transcode', state: 'created' },
    { name: 'transcode', state: 'retry' },
    { name: 'transcode', state: 'active' },
    { name: 'abandoned', state: 'created' },
  ])('leaves one alone whose job is $state in $name', async (job, { database, createRendition, renditions }) => {
    const renditionId = await createRendition()
    await insertJob(database, { renditionId, ...job })
    expect(await renditions.repair(failure)).toBe(0)
  })

  it('sends a job if only that of an older request exists', async ({ database, createRendition, renditions }) => {
    const renditionId = await createRendition()
    await insertJob(database, { renditionId, state: 'active' })
    await database.rendition.update({ where: { id: renditionId }, data: { requests: 1 } })
    expect(await renditions.repair(failure)).toBe(1)
    expect((await readJobs(database)).map(({ data }) => data)).toContainEqual({ renditionId, request: 1 })
  })

  it.for(['READY', 'FAILED', 'CANCELLED'] as const)(
    'leaves one alone that is %s',
    async (status, { database, createRendition, renditions }) => {
      const id = await createRendition()
      await database.rendition.update({ where: { id }, data: { status } })
      expect(await renditions.repair(failure)).toBe(0)
    },
  )

  it('fails one that five jobs have left unfinished', async ({ database, createRendition, renditions }) => {
    const renditionId = await createRendition()
    for (let job = 0; job < 5; job++) await insertJob(database, { renditionId, state: 'completed' })
    expect(await renditions.repair(failure)).toBe(1)
    const row = await database.rendition.findUnique({ where: { id: renditionId } })
    expect(row).toMatchObject({ status: 'FAILED', failure: { code: 'INTERRUPTED' } })
  })

  it('waits for no lock of a row', async ({ database, createRendition, renditions }) => {
    const id = await createRendition()
    await database.$transaction(async (transaction) => {
      await transaction.$queryRaw`SELECT 1 FROM "Rendition" WHERE "id" = ${id}::uuid FOR UPDATE`
      expect(await renditions.repair(failure)).toBe(0)
    })
    await vi.waitFor(async () => expect(await renditions.repair(failure)).toBe(1))
  })
})

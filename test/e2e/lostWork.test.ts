import { describe, expect } from 'vitest'
import { MediaBulkTagDocument } from '../../client/generated/documents.ts'
import { uuidOf } from '../harness/ids.ts'
import { it as base } from '../harness/it.ts'
import { createLease } from '../harness/lease.ts'
import { seedMediaId } from '../harness/seed.ts'

const failure = { code: 'INTERRUPTED', message: 'Interrupted.', remedy: null, retryable: true }
const mediaInfo = {
  kind: 'DOCUMENT',
  mimeType: 'text/plain',
  durationSeconds: null,
  width: null,
  height: null,
} as const

const it = base
  .extend('endJobs', ({ world }) => async (): Promise<void> => {
    await world.runtime.ports.database.$executeRaw`UPDATE pgboss.job SET state = 'completed'`
  })
  /** Ends the jobs that are sent for unfinished work, without doing the work, until the work is given up. */
  .extend('endJobsRepeatedly', ({ endJobs }) => async (repair: () => Promise<number>): Promise<number> => {
    for (let jobs = 1; ; jobs++) {
      await endJobs()
      await repair()
      if ((await repair()) === 0 && jobs >= 5) return jobs
    }
  })
  /** A version whose examination has been queued. */
  .extend('examination', async ({ world, users: { editor } }) => {
    const mediaId = await world.upload(editor, Buffer.from('Some text.'), { fileName: 'a.txt' })
    const where = { mediaId_number: { mediaId: uuidOf(mediaId), number: 1 } }
    const { id, revision } = await world.runtime.ports.database.mediaVersion.findUniqueOrThrow({ where })
    return { versionId: id, revision }
  })
  .extend(
    'readVersion',
    ({ world, examination }) =>
      () =>
        world.runtime.ports.database.mediaVersion.findUniqueOrThrow({ where: { id: examination.versionId } }),
  )
  /** Id of an operation that has been queued. */
  .extend('operationId', async ({ world, users: { editor } }) => {
    const target = { ids: [await seedMediaId(world, { uploader: 'Ada' })] }
    const { mediaBulkTag } = await editor.send(MediaBulkTagDocument, { input: { target, add: ['lost'] } })
    if (mediaBulkTag.__typename !== 'Operation') throw new Error(mediaBulkTag.__typename)
    return uuidOf(mediaBulkTag.id)
  })
  .extend(
    'readOperation',
    ({ world, operationId }) =>
      () =>
        world.runtime.ports.database.operation.findUniqueOrThrow({ where: { id: operationId } }),
  )
  .extend('services', ({ world }) => world.runtime.services)

describe('an examination', () => {
  it('gets a new job if its job ended without it', async ({ services, examination, endJobs }) => {
    await services.ingest.repair(failure, createLease())
    await endJobs()
    expect(await services.ingest.repair(failure, createLease())).toBe(1)
    expect(await services.ingest.repair(failure, createLease())).toBe(0)
    expect(await services.ingest.readTask(examination)).not.toBeNull()
  })

  it('fails after five jobs that ended without it', async ({ services, readVersion, endJobsRepeatedly }) => {
    expect((await readVersion()).status).toBe('PROCESSING')
    expect(await endJobsRepeatedly(() => services.ingest.repair(failure, createLease()))).toBe(5)
    expect(await readVersion()).toMatchObject({ status: 'FAILED', failure: { code: 'INTERRUPTED' } })
  })

  it('refuses a report of a worker that has lost the job', async ({ services, examination, readVersion }) => {
    const lease = createLease({ isHeld: false })
    await expect(services.ingest.succeed(examination, mediaInfo, [], lease)).rejects.toThrow('lost the job')
    await expect(services.ingest.fail(examination, {}, failure, lease)).rejects.toThrow('lost the job')
    expect((await readVersion()).status).toBe('PROCESSING')
  })
})

describe('an operation', () => {
  it('gets a new job if its job ended without it', async ({ services, readOperation, endJobs }) => {
    await services.bulkRunner.repair()
    expect((await readOperation()).status).toBe('QUEUED')
    await endJobs()
    expect(await services.bulkRunner.repair()).toBe(1)
    expect(await services.bulkRunner.repair()).toBe(0)
  })

  it('fails after five jobs that ended without it', async ({ services, readOperation, endJobsRepeatedly }) => {
    expect((await readOperation()).status).toBe('QUEUED')
    expect(await endJobsRepeatedly(() => services.bulkRunner.repair())).toBe(5)
    expect((await readOperation()).status).toBe('FAILED')
  })

  it('is not started by a worker that has lost the job', async ({ services, operationId, readOperation }) => {
    await services.bulkRunner.run(operationId, new AbortController().signal, createLease({ isHeld: false }))
    expect((await readOperation()).status).toBe('QUEUED')
  })

  it('is not continued by a worker that has lost the job', async ({ world, services, operationId, readOperation }) => {
    await world.runtime.ports.database.operation.update({ where: { id: operationId }, data: { status: 'RUNNING' } })
    const run = services.bulkRunner.run(operationId, new AbortController().signal, createLease({ isHeld: false }))
    await expect(run).rejects.toThrow('lost the job')
    expect(await readOperation()).toMatchObject({ status: 'RUNNING', processed: 0 })
  })
})

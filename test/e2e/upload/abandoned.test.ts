import { describe, expect } from 'vitest'
import type { Client } from '../../../client/client.ts'
import {
  MediaBulkTagDocument,
  MediaConvertDocument,
  MediaRetryDocument,
  RenditionRetryDocument,
} from '../../../client/generated/documents.ts'
import { type JobName, jobPayloads } from '../../../src/services/kernel/jobs.ts'
import { createHandlers } from '../../../worker/handlers.ts'
import { uuidOf } from '../../harness/ids.ts'
import { it } from '../../harness/it.ts'
import { createLease } from '../../harness/lease.ts'
import { seedMediaId, seedMediaIds } from '../../harness/seed.ts'
import type { World } from '../../harness/world.ts'

/** Payload of the newest job of a name, which the queue delivers once it has given up on the job. */
const readPayload = async (world: World, name: JobName): Promise<unknown> => {
  const [job] = await world.runtime.ports.database.$queryRaw<{ data: unknown }[]>`
    SELECT data FROM pgboss.job WHERE name = ${name} ORDER BY created_on DESC, id DESC LIMIT 1`
  return job?.data
}

/** Stands for tools and folders. */
const unused = {} as never // not used by the handler of abandoned jobs
const deliverAbandoned = (world: World, payload: unknown): Promise<void> => {
  const { ports, services, log } = world.runtime
  const tools = { ...ports, services, log, binaries: unused, workspaces: unused, cores: 1 }
  const context = { signal: new AbortController().signal, willRetry: true, lease: createLease() }
  return createHandlers(tools).abandoned(jobPayloads.abandoned.parse(payload), context)
}

const retry = async (client: Client, id: string) =>
  (await client.send(MediaRetryDocument, { id })).mediaRetry.__typename

describe('a job that the queue has given up on', () => {
  it('fails its version once, but not an examination requested since', async ({ world, users: { editor } }) => {
    const id = await world.upload(editor, Buffer.from('One text.'), { fileName: 'one.txt' })
    const status = async () =>
      (await world.runtime.ports.database.media.findUniqueOrThrow({ where: { id: uuidOf(id) } })).status
    const payload = await readPayload(world, 'ingest')
    await deliverAbandoned(world, payload)
    expect(await status()).toBe('FAILED')
    expect(await retry(editor, id)).toBe('Media')
    await deliverAbandoned(world, payload)
    expect(await status()).toBe('PROCESSING')
    // A repeated delivery of the job itself finds nothing to do either.
    const task = await world.runtime.services.ingest.readTask(jobPayloads.ingest.parse(payload))
    expect(task).toBeNull()
    await deliverAbandoned(world, await readPayload(world, 'ingest'))
    expect(await status()).toBe('FAILED')
  })

  it.for(['renditionRetry', 'mediaRetry'])(
    'fails its rendition once, but not what %s requested since',
    async (verb, { world, users: { editor } }) => {
      const mediaId = await seedMediaId(world, { uploader: 'Ada', kind: 'IMAGE', status: 'READY' })
      const input = { mediaId, profiles: ['THUMBNAIL' as const] }
      expect((await editor.send(MediaConvertDocument, { input })).mediaConvert.__typename).toBe('Media')
      const rendition = () =>
        world.runtime.ports.database.rendition.findFirstOrThrow({ where: { version: { mediaId: uuidOf(mediaId) } } })
      const payload = await readPayload(world, 'preview')
      await deliverAbandoned(world, payload)
      const { id, status } = await rendition()
      expect(status).toBe('FAILED')
      if (verb === 'mediaRetry') await retry(editor, mediaId)
      else await editor.send(RenditionRetryDocument, { id: `Rendition:${id}` })
      await deliverAbandoned(world, payload)
      expect((await rendition()).status).toBe('QUEUED')
      await deliverAbandoned(world, await readPayload(world, 'preview'))
      expect((await rendition()).status).toBe('FAILED')
    },
  )

  it('ends its operation once', async ({ world, users: { editor } }) => {
    const ids = await seedMediaIds(world, 1, { uploader: 'Ada' })
    const { mediaBulkTag } = await editor.send(MediaBulkTagDocument, { input: { target: { ids }, add: ['a'] } })
    if (mediaBulkTag.__typename !== 'Operation') throw new Error(mediaBulkTag.__typename)
    const payload = await readPayload(world, 'operation')
    await deliverAbandoned(world, payload)
    await deliverAbandoned(world, payload)
    const { database } = world.runtime.ports
    const nodeId = uuidOf(mediaBulkTag.id)
    expect((await database.operation.findUniqueOrThrow({ where: { id: nodeId } })).status).toBe('FAILED')
    expect(await database.event.count({ where: { nodeId, action: 'operation.completed' } })).toBe(1)
  })
})

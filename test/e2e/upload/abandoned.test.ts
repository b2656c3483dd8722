import { afterAll, beforeAll, describe, expect, it } from 'vitest'
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
import { seedMediaId, seedMediaIds } from '../../harness/seed.ts'
import { openWorld, type World } from '../../harness/world.ts'

let world: World
let editor: Client

beforeAll(async () => {
  world = await openWorld()
  editor = await world.client('editor', 'Ada')
})
afterAll(() => world?.close())

/** What the queue delivers once it has given up on the newest job of a name: that job's own payload. */
const readPayload = async (name: JobName): Promise<unknown> => {
  const [job] = await world.runtime.ports.database.$queryRaw<{ data: unknown }[]>`
    SELECT data FROM pgboss.job WHERE name = ${name} ORDER BY created_on DESC, id DESC LIMIT 1`
  return job?.data
}

/** Neither tools nor folders are needed to give something up. */
const nothing = {} as never // never touched by the handler in question
const deliverAbandoned = (payload: unknown): Promise<void> => {
  const { ports, services, log } = world.runtime
  const tools = { ...ports, services, log, binaries: nothing, workspaces: nothing, cores: 1 }
  const context = { signal: new AbortController().signal, willRetry: true }
  return createHandlers(tools).abandoned(jobPayloads.abandoned.parse(payload), context)
}

const retry = async (id: string) => (await editor.send(MediaRetryDocument, { id })).mediaRetry.__typename

describe('what the queue has given up on', () => {
  it('fails a version once, and never the examination that was asked for since', async () => {
    const id = await world.upload(editor, Buffer.from('One text.'), { fileName: 'one.txt' })
    const status = async () =>
      (await world.runtime.ports.database.media.findUniqueOrThrow({ where: { id: uuidOf(id) } })).status
    const payload = await readPayload('ingest')
    await deliverAbandoned(payload)
    expect(await status()).toBe('FAILED')
    expect(await retry(id)).toBe('Media')
    await deliverAbandoned(payload)
    expect(await status()).toBe('PROCESSING')
    // Nor does the job itself, should it come once more.
    const task = await world.runtime.services.ingest.readTask(jobPayloads.ingest.parse(payload))
    expect(task).toBeNull()
    await deliverAbandoned(await readPayload('ingest'))
    expect(await status()).toBe('FAILED')
  })

  it.each([['renditionRetry'], ['mediaRetry']])('fails a rendition once, and never what %s asked for', async (verb) => {
    const mediaId = await seedMediaId(world, { uploader: 'Ada', kind: 'IMAGE', status: 'READY' })
    const input = { mediaId, profiles: ['THUMBNAIL' as const] }
    expect((await editor.send(MediaConvertDocument, { input })).mediaConvert.__typename).toBe('Media')
    const rendition = () =>
      world.runtime.ports.database.rendition.findFirstOrThrow({ where: { version: { mediaId: uuidOf(mediaId) } } })
    const payload = await readPayload('preview')
    await deliverAbandoned(payload)
    const { id, status } = await rendition()
    expect(status).toBe('FAILED')
    if (verb === 'mediaRetry') await retry(mediaId)
    else await editor.send(RenditionRetryDocument, { id: `Rendition:${id}` })
    await deliverAbandoned(payload)
    expect((await rendition()).status).toBe('QUEUED')
    await deliverAbandoned(await readPayload('preview'))
    expect((await rendition()).status).toBe('FAILED')
  })

  it('ends an operation once', async () => {
    const ids = await seedMediaIds(world, 1, { uploader: 'Ada' })
    const { mediaBulkTag } = await editor.send(MediaBulkTagDocument, { input: { target: { ids }, add: ['a'] } })
    if (mediaBulkTag.__typename !== 'Operation') throw new Error(mediaBulkTag.__typename)
    const payload = await readPayload('operation')
    await deliverAbandoned(payload)
    await deliverAbandoned(payload)
    const { database } = world.runtime.ports
    const nodeId = uuidOf(mediaBulkTag.id)
    expect((await database.operation.findUniqueOrThrow({ where: { id: nodeId } })).status).toBe('FAILED')
    expect(await database.event.count({ where: { nodeId, action: 'operation.completed' } })).toBe(1)
  })
})

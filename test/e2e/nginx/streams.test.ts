import { request } from 'node:http'
import { describe, expect } from 'vitest'
import { sendBytes } from '../../../client/client.ts'
import { FolderCreateDocument, UploadProgressDocument } from '../../../client/generated/documents.ts'
import { isNginxMissing } from '../../harness/nginx.ts'
import { createTicket } from '../../harness/tickets.ts'
import { readEvents } from '../../server/serverWorld.ts'
import { it as base } from './nginxIt.ts'

const it = base.extend('openLog', async ({ nginx: _, url, world }, { onCleanup }) => {
  const abort = new AbortController()
  onCleanup(() => abort.abort())
  const authorization = `Bearer ${await world.token('admin', 'Ada')}`
  return (): Promise<Response> =>
    fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify({ query: 'subscription { events(actions: ["folder.created"]) { action data } }' }),
      signal: abort.signal,
    })
})

describe.skipIf(isNginxMissing)('behind nginx', () => {
  it('an event stream shows its first comment before there is any event', async ({ openLog }) => {
    const { body } = await openLog()
    const chunk = await body?.getReader().read()
    expect(Buffer.from(chunk?.value ?? []).toString()).toMatch(/^:/)
  })

  it('an event stream shows each event before the next one happens', async ({ openLog, ada }) => {
    const events = readEvents(await openLog())
    for (const name of ['One', 'Two', 'Three']) {
      await ada.send(FolderCreateDocument, { input: { name } })
      const { value } = await events.next()
      expect(value).toMatchObject({ data: { events: { action: 'folder.created', data: { name } } } })
    }
  })

  it('a WebSocket carries a subscription from its first event to its end', async ({ ada }) => {
    const { upload, target } = await createTicket(ada, {})
    const states: string[] = []
    for await (const { uploadProgress } of ada.follow(UploadProgressDocument, { id: upload.id })) {
      if (states.push(uploadProgress.status) === 1) await sendBytes(target, Buffer.from('bytes'), { sizeBytes: 5 })
    }
    expect([states.at(0), states.at(-1)]).toEqual(['WAITING', 'COMPLETED'])
  })

  it('progress is shown while the bytes of an upload still arrive', async ({ ada }) => {
    const { upload, target } = await createTicket(ada, { sizeBytes: 200_000 })
    const states = ada.follow(UploadProgressDocument, { id: upload.id })
    await states.next()
    const headers = Object.fromEntries(target.headers.map(({ name, value }) => [name, value]))
    const sending = request(target.url, {
      method: 'PATCH',
      headers: {
        ...headers,
        'Upload-Offset': '0',
        'Content-Type': 'application/offset+octet-stream',
        'Content-Length': 200_000,
      },
    }).on('error', () => {}) // destroyed below
    sending.write(Buffer.alloc(100_000))
    let receivedBytes = 0
    while (receivedBytes < 100_000) receivedBytes = (await states.next()).value?.uploadProgress.receivedBytes ?? 100_001
    expect(receivedBytes).toBe(100_000)
    sending.destroy()
  })

  it('an upload that is refused before its bytes are read answers with the refusal', async ({ ada }) => {
    const { target } = await createTicket(ada, { sizeBytes: 50_000_000 })
    const response = await fetch(target.url, {
      method: 'PATCH',
      headers: { 'Tus-Resumable': '1.0.0', 'Upload-Offset': '0', 'Content-Type': 'application/offset+octet-stream' },
      body: new Uint8Array(50_000_000),
    })
    expect(response.status).toBe(401)
  })
})

import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { createFilesHandler, type FilesOptions } from '../../../src/server/files.ts'
import { createLogSpy } from '../../harness/logSpy.ts'

test('a file whose bytes are removed after they were looked up is answered with 404', async () => {
  const { log, errorFields } = createLogSpy()
  const path = '/nonexistent/blobs/0'
  const options = {
    signedUrls: {
      verify: () => ({ type: 'rendition', id: '0', isDownload: false, expiresAt: new Date(Date.now() + 1e6) }),
    },
    findFile: async () => ({
      key: 'blobs/0',
      sizeBytes: 10,
      sha256: '0',
      fault: null,
      mimeType: 'image/png',
      fileName: 'a',
    }),
    storage: { deliver: async () => ({ type: 'file', path, sizeBytes: 10 }) },
    reportFault: async () => undefined,
    clock: { now: () => new Date() },
    corsOrigins: [],
    log,
  }
  const handle = createFilesHandler(options as unknown as FilesOptions) // as: all that is used
  const server = createServer((req: IncomingMessage, res: ServerResponse) => void handle(req, res)).listen(
    0,
    '127.0.0.1',
  )
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo // as: a TCP server has no other address
  const response = await fetch(`http://127.0.0.1:${port}/files/renditions/0/a`)
  expect([response.status, response.headers.get('etag')]).toEqual([404, null])
  expect(errorFields).toEqual([])
})

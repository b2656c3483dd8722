import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { it as base, expect, vi } from 'vitest'
import { openS3Storage } from '../../../../src/adapters/storage/s3.ts'
import { toOutageError } from '../../../../src/services/kernel/outages.ts'
import { createLogSpy } from '../../../harness/logSpy.ts'

const key = `blobs/ab/cd/abcd${'0'.repeat(60)}`

/** `it` with a bucket that answers every request with the same status. */
const it = base
  .extend('credentials', { auto: true }, () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'id').stubEnv('AWS_SECRET_ACCESS_KEY', 'secret')
  })
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  .extend('bucket', async ({}, { onCleanup }) => {
    const answer = { status: 200 }
    const server = createServer((req, res) => {
      req.resume()
      res.writeHead(answer.status).end()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo // as: a TCP server has no other address
    const config = {
      type: 's3',
      bucket: 'files',
      prefix: '',
      region: 'us-east-1',
      endpoint: `http://127.0.0.1:${port}`,
      pathStyle: true,
    } as const
    const storage = await openS3Storage(config, createLogSpy().log)
    const close = async (): Promise<void> => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    }
    onCleanup(async () => {
      await storage.close()
      if (server.listening) await close()
    })
    return { answer, storage, close }
  })

const codeOf = (promise: Promise<unknown>): Promise<string | null> =>
  promise.then(
    () => 'no error',
    (error: unknown) => toOutageError(error)?.code ?? null,
  )

it.for([
  [503, 'UNAVAILABLE'],
  [500, 'UNAVAILABLE'],
  [507, 'STORAGE_FULL'],
  [403, null],
] as const)('a bucket that answers %i is reported as %s', async ([status, code], { bucket }) => {
  bucket.answer.status = status
  expect(await codeOf(bucket.storage.read(key))).toBe(code)
})

it('a bucket that is unreachable is reported as UNAVAILABLE', async ({ bucket }) => {
  await bucket.close()
  expect(await codeOf(bucket.storage.read(key))).toBe('UNAVAILABLE')
})

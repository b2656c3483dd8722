import { createHash, randomBytes } from 'node:crypto'
import { describe, expect } from 'vitest'
import { sendBytes } from '../../../client/client.ts'
import { isNginxMissing } from '../../harness/nginx.ts'
import { createTicket } from '../../harness/tickets.ts'
import { readMedia } from '../../harness/world.ts'
import { it as base } from './nginxIt.ts'

const bytes = randomBytes(24 * 1024 * 1024)
const sizeBytes = bytes.length

const sha256 = (part: Uint8Array): string => createHash('sha256').update(part).digest('hex')

const it = base
  // nginx collects a whole request before it passes it on, as it does by default.
  .extend('changeConfiguration', { scope: 'file' }, () => (configuration: string) => {
    return configuration.replace('proxy_request_buffering off;', '')
  })
  .extend('fileUrl', async ({ world, users: { admin } }) => {
    const id = await world.upload(admin, bytes, { fileName: 'large.bin', allowDuplicate: true })
    return (await readMedia(admin, id)).url
  })

describe.skipIf(isNginxMissing)('through nginx', () => {
  it('an upload arrives whole if nginx collects its requests', async ({ ada }) => {
    const { target, upload } = await createTicket(ada, { sizeBytes })
    await sendBytes(target, bytes, { sizeBytes, chunkSize: 10_000_000 })
    expect(await readMedia(ada, upload.mediaId)).toMatchObject({ sizeBytes, sha256: sha256(bytes) })
  })

  it.for(['identity', 'gzip'])(
    'a large file arrives whole with the encoding %s',
    async (encoding, { nginx: _, fileUrl }) => {
      const response = await fetch(fileUrl, { headers: { 'accept-encoding': encoding } })
      if (encoding === 'identity') expect(response.headers.get('content-length')).toBe(String(sizeBytes))
      expect(sha256(await response.bytes())).toBe(sha256(bytes))
    },
  )

  it.for([
    ['a part', 'bytes=1000000-1999999', 1_000_000, 2_000_000],
    ['the end', 'bytes=-500', sizeBytes - 500, sizeBytes],
  ] as const)('%s of a file is delivered', async ([, range, start, end], { nginx: _, fileUrl }) => {
    const response = await fetch(fileUrl, { headers: { range } })
    expect([response.status, response.headers.get('content-range')]).toEqual([
      206,
      `bytes ${start}-${end - 1}/${sizeBytes}`,
    ])
    expect(sha256(await response.bytes())).toBe(sha256(bytes.subarray(start, end)))
  })

  it('a file is not stored by nginx while a client reads it slowly', async ({ nginx, fileUrl }) => {
    const slow = await fetch(fileUrl)
    // Meanwhile nginx would have read the first response ahead. It warns when it stores a part of one on its disk.
    await (await fetch(fileUrl)).bytes()
    expect(nginx.lines.filter((line) => line.includes('upstream response is buffered'))).toEqual([])
    await slow.body?.cancel()
  })
})

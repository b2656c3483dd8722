import { S3Client } from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { createLogger } from '../../../../src/adapters/logger.ts'
import { openStorage } from '../../../../src/adapters/storage/openStorage.ts'
import { presign } from '../../../../src/adapters/storage/s3/presign.ts'
import { readConfig } from '../../../../src/services/config/config.ts'
import type { DeliveryRequest, Storage } from '../../../../src/services/kernel/ports.ts'
import { startS3, type TestS3 } from '../../../harness/s3.ts'

let s3: TestS3
beforeAll(async () => {
  s3 = await startS3()
})
afterAll(() => s3?.close())

const storages: Storage[] = []
afterEach(() => Promise.all(storages.splice(0).map((storage) => storage.close())))
const openUrl = async (url: string): Promise<Storage> => {
  const storage = await openStorage(readConfig({ STORAGE_URL: url }).storage, createLogger('silent'))
  storages.push(storage)
  return storage
}

describe('a presigned URL', () => {
  const bytes = Buffer.from('<script>alert(1)</script>')
  const presentation = { contentType: 'video/webm', contentDisposition: 'attachment; filename="a.webm"' }
  const urlFor = async (request: Partial<DeliveryRequest> = {}): Promise<URL> => {
    const storage = await openUrl(s3.url())
    await storage.put('blobs/shown', bytes)
    const delivery = await storage.deliver('blobs/shown', { method: 'GET', ...presentation, ...request })
    if (delivery.type !== 'redirect') throw new Error('not delivered from the bucket')
    return new URL(delivery.url)
  }

  test('lives for a minute and says how the bytes are shown', async () => {
    const url = await urlFor()
    expect(url.searchParams.get('X-Amz-Expires')).toBe('60')
    const answer = await fetch(url)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe(presentation.contentType)
    expect(answer.headers.get('content-disposition')).toBe(presentation.contentDisposition)
    expect(answer.headers.get('cache-control')).toBe('private, max-age=60, immutable')
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(bytes)
  })

  test('lives as long as a player may come back, and a week at most', async () => {
    const readLifetime = async (seconds: number) => {
      const url = await urlFor({ until: new Date(Date.now() + seconds * 1000) })
      return Number(url.searchParams.get('X-Amz-Expires'))
    }
    expect(await readLifetime(5)).toBe(60)
    const hour = await readLifetime(3600)
    expect(hour).toBeGreaterThanOrEqual(3600)
    expect(hour).toBeLessThan(3621)
    expect(await readLifetime(14 * 24 * 3600)).toBe(7 * 24 * 3600)
  })

  test('lives no longer than the credentials that sign it', async () => {
    const expiration = new Date(Date.now() + 600_000)
    const credentials = async () => ({
      accessKeyId: 'KEY',
      secretAccessKey: 'secret',
      sessionToken: 'token',
      expiration,
    })
    const client = new S3Client({ region: 'eu-central-1', credentials })
    const request = { method: 'GET', ...presentation, until: new Date(Date.now() + 3_600_000) } as const
    const url = new URL(await presign(client, { Bucket: 'school', Key: 'film' }, request))
    expect(Number(url.searchParams.get('X-Amz-Expires'))).toBeLessThanOrEqual(620)
    client.destroy()
  })

  const urlMadeAt = async (time: number): Promise<URL> => {
    vi.useFakeTimers({ toFake: ['Date'], now: time })
    try {
      return await urlFor()
    } finally {
      vi.useRealTimers()
    }
  }

  test('opens nothing after its minute', async () => {
    expect((await fetch(await urlMadeAt(Date.now() - 30_000))).status).toBe(200)
    expect((await fetch(await urlMadeAt(Date.now() - 61_000))).status).toBe(403)
  })

  test('is the same text for a while, so that caches know the bytes again', async () => {
    const begin = Math.floor(Date.now() / 20_000) * 20_000
    const [first, same, other] = [
      await urlMadeAt(begin),
      await urlMadeAt(begin + 19_999),
      await urlMadeAt(begin + 20_000),
    ]
    expect(same.href).toBe(first.href)
    expect(other.href).not.toBe(first.href)
  })

  test('answers ranges', async () => {
    const answer = await fetch(await urlFor(), { headers: { Range: 'bytes=1-6' } })
    expect([answer.status, await answer.text()]).toEqual([206, 'script'])
    expect(answer.headers.get('content-range')).toBe(`bytes 1-6/${bytes.length}`)
  })

  test('is for the method that it was made for', async () => {
    const [get, head] = [await urlFor(), await urlFor({ method: 'HEAD' })]
    const answer = await fetch(head, { method: 'HEAD' })
    expect([answer.status, answer.headers.get('content-length')]).toEqual([200, String(bytes.length)])
    expect(answer.headers.get('content-disposition')).toBe(presentation.contentDisposition)
    expect((await fetch(get, { method: 'HEAD' })).status).toBe(403)
    expect((await fetch(head)).status).toBe(403)
  })

  test.each(['response-content-type', 'response-content-disposition', 'X-Amz-Expires', 'X-Amz-Signature'])(
    'is worth nothing with another %s',
    async (name) => {
      const url = await urlFor()
      url.searchParams.set(name, name === 'X-Amz-Expires' ? '600' : 'text/html')
      expect((await fetch(url)).status).toBe(403)
    },
  )

  test('opens nothing but its own object', async () => {
    const url = await urlFor()
    await (await openUrl(s3.url())).put('blobs/other', Buffer.from('other'))
    url.pathname = url.pathname.replace('shown', 'other')
    expect((await fetch(url)).status).toBe(403)
  })
})

import { S3Client } from '@aws-sdk/client-s3'
import { describe, expect, vi } from 'vitest'
import { presign } from '../../../../src/adapters/storage/s3/presign.ts'
import type { DeliveryRequest } from '../../../../src/services/kernel/ports.ts'
import { it as base } from './s3It.ts'

const bytes = Buffer.from('<script>alert(1)</script>')
const presentation = { contentType: 'video/webm', contentDisposition: 'attachment; filename="a.webm"' }

const it = base
  /** Stores the bytes and presigns a URL for them. */
  .extend('urlFor', ({ s3, openUrl }) => async (request: Partial<DeliveryRequest> = {}): Promise<URL> => {
    const storage = await openUrl(s3.url())
    await storage.put('blobs/shown', bytes)
    const delivery = await storage.deliver('blobs/shown', { method: 'GET', ...presentation, ...request })
    if (delivery.type !== 'redirect') throw new Error('The file is not delivered by the bucket.')
    return new URL(delivery.url)
  })
  .extend(
    'urlForSeconds',
    ({ urlFor }) =>
      (seconds: number) =>
        urlFor({ reusableUntil: new Date(Date.now() + seconds * 1000) }),
  )
  /** Presigns a URL at another time. */
  .extend('urlMadeAt', ({ urlFor }) => async (time: number): Promise<URL> => {
    vi.useFakeTimers({ toFake: ['Date'], now: time })
    try {
      return await urlFor()
    } finally {
      vi.useRealTimers()
    }
  })

describe('a presigned URL', () => {
  const readLifetime = (url: URL): number => Number(url.searchParams.get('X-Amz-Expires'))

  it('returns the bytes', async ({ urlFor }) => {
    const response = await fetch(await urlFor())
    expect(response.status).toBe(200)
    expect(Buffer.from(await response.arrayBuffer())).toEqual(bytes)
  })

  it('sets the headers of the response', async ({ urlFor }) => {
    const { headers } = await fetch(await urlFor())
    expect(headers.get('content-type')).toBe(presentation.contentType)
    expect(headers.get('content-disposition')).toBe(presentation.contentDisposition)
    expect(headers.get('cache-control')).toBe('private, max-age=60, immutable')
  })

  it('is valid for one minute by default', async ({ urlFor }) => {
    expect(readLifetime(await urlFor())).toBe(60)
  })

  it('is valid for at least one minute', async ({ urlForSeconds }) => {
    expect(readLifetime(await urlForSeconds(5))).toBe(60)
  })

  it('is valid until the requested time', async ({ urlForSeconds }) => {
    const lifetimeSeconds = readLifetime(await urlForSeconds(3600))
    expect(lifetimeSeconds).toBeGreaterThanOrEqual(3600)
    expect(lifetimeSeconds).toBeLessThan(3621)
  })

  it('is valid for at most one week', async ({ urlForSeconds }) => {
    expect(readLifetime(await urlForSeconds(14 * 24 * 3600))).toBe(7 * 24 * 3600)
  })

  it('is valid no longer than the credentials that sign it', async () => {
    const expiration = new Date(Date.now() + 600_000)
    const credentials = async () => ({
      accessKeyId: 'KEY',
      secretAccessKey: 'secret',
      sessionToken: 'token',
      expiration,
    })
    const client = new S3Client({ region: 'eu-central-1', credentials })
    const request = { method: 'GET', ...presentation, reusableUntil: new Date(Date.now() + 3_600_000) } as const
    const url = new URL(await presign(client, { Bucket: 'school', Key: 'film' }, request))
    expect(readLifetime(url)).toBeLessThanOrEqual(620)
    client.destroy()
  })

  it('is accepted within one minute', async ({ urlMadeAt }) => {
    expect((await fetch(await urlMadeAt(Date.now() - 30_000))).status).toBe(200)
  })

  it('is refused after one minute', async ({ urlMadeAt }) => {
    expect((await fetch(await urlMadeAt(Date.now() - 61_000))).status).toBe(403)
  })

  it('stays the same for 20 s, so that caches recognise the file', async ({ urlMadeAt }) => {
    const begin = Math.floor(Date.now() / 20_000) * 20_000
    const [first, same, other] = [
      await urlMadeAt(begin),
      await urlMadeAt(begin + 19_999),
      await urlMadeAt(begin + 20_000),
    ]
    expect(same.href).toBe(first.href)
    expect(other.href).not.toBe(first.href)
  })

  it('supports ranges', async ({ urlFor }) => {
    const response = await fetch(await urlFor(), { headers: { Range: 'bytes=1-6' } })
    expect([response.status, await response.text()]).toEqual([206, 'script'])
    expect(response.headers.get('content-range')).toBe(`bytes 1-6/${bytes.length}`)
  })

  it('returns the headers for HEAD', async ({ urlFor }) => {
    const response = await fetch(await urlFor({ method: 'HEAD' }), { method: 'HEAD' })
    expect([response.status, response.headers.get('content-length')]).toEqual([200, String(bytes.length)])
    expect(response.headers.get('content-disposition')).toBe(presentation.contentDisposition)
  })

  it('for GET is refused for HEAD', async ({ urlFor }) => {
    expect((await fetch(await urlFor(), { method: 'HEAD' })).status).toBe(403)
  })

  it('for HEAD is refused for GET', async ({ urlFor }) => {
    expect((await fetch(await urlFor({ method: 'HEAD' }))).status).toBe(403)
  })

  it.for(['response-content-type', 'response-content-disposition', 'X-Amz-Expires', 'X-Amz-Signature'])(
    'is refused with another %s',
    async (name, { urlFor }) => {
      const url = await urlFor()
      url.searchParams.set(name, name === 'X-Amz-Expires' ? '600' : 'text/html')
      expect((await fetch(url)).status).toBe(403)
    },
  )

  it('is refused for another object', async ({ s3, openUrl, urlFor }) => {
    const url = await urlFor()
    await (await openUrl(s3.url())).put('blobs/other', Buffer.from('other'))
    url.pathname = url.pathname.replace('shown', 'other')
    expect((await fetch(url)).status).toBe(403)
  })
})

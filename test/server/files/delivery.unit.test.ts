import { describe, expect } from 'vitest'
import { it } from './filesIt.ts'
import { bytes, etag, id, site } from './filesWorld.ts'

describe('a response', () => {
  it('contains all bytes', async ({ world }) => {
    const { status, body } = await world.get()
    expect(status).toBe(200)
    expect(body.equals(bytes)).toBe(true)
  })

  it('has headers that restrict caches, embedding pages and scripts', async ({ world }) => {
    const { headers } = await world.get()
    expect(headers).toMatchObject({
      etag,
      'accept-ranges': 'bytes',
      'content-type': 'video/mp4',
      'content-length': String(bytes.length),
      'content-disposition': `inline; filename="lecture.mp4"; filename*=UTF-8''lecture.mp4`,
      'cache-control': 'private, max-age=7200, immutable, no-transform',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'cross-origin',
      'referrer-policy': 'no-referrer',
    })
    expect(headers['content-security-policy']).toMatch(/^default-src 'none';/)
    expect(headers['last-modified']).toBeUndefined()
  })

  it.for([
    ['without a range', {}],
    ['with a range', { Range: 'bytes=0-9' }],
  ] as const)('to HEAD %s has the headers of the whole file', async ([, requestHeaders], { world }) => {
    const { headers } = await world.get()
    const head = await world.call('HEAD', world.signUrl(), requestHeaders)
    expect(head.status).toBe(200)
    expect(head.body).toHaveLength(0)
    expect(head.headers['content-length']).toBe(String(bytes.length))
    expect(head.headers.etag).toBe(headers.etag)
  })

  it('may be cached for the remaining lifetime of its link', async ({ world }) => {
    const url = world.signUrl()
    world.wait(7000)
    expect((await world.call('GET', url)).headers['cache-control']).toBe(
      'private, max-age=200, immutable, no-transform',
    )
  })
})

describe('a conditional request', () => {
  it.for([etag, `W/${etag}`, `"other", ${etag}`, '*'])(
    'is answered with 304 for If-None-Match %s',
    async (tag, { world }) => {
      const { status, headers, body } = await world.get({ 'If-None-Match': tag })
      expect([status, body.length, headers.etag]).toEqual([304, 0, etag])
      expect(headers['cache-control']).toContain('immutable')
    },
  )

  it('returns the file for If-None-Match with another ETag', async ({ world }) => {
    expect((await world.get({ 'If-None-Match': '"other"' })).status).toBe(200)
  })

  it('is refused with 412 for If-Match with another ETag', async ({ world }) => {
    expect((await world.get({ 'If-Match': '"other"' })).status).toBe(412)
  })

  it('returns the file for If-Match with its ETag', async ({ world }) => {
    expect((await world.get({ 'If-Match': etag })).status).toBe(200)
  })
})

describe('a refused request', () => {
  it('is answered with 403 if the link is forged', async ({ world }) => {
    const url = world.signUrl().replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))
    const { status, headers, body } = await world.call('GET', url)
    expect([status, headers['cache-control']]).toEqual([403, 'no-store'])
    expect(body.toString()).toBe('This link is invalid or has expired. Request a new one.\n')
  })

  it('is answered with 403 if the link has expired', async ({ world }) => {
    const url = world.signUrl()
    world.wait(7200)
    expect((await world.call('GET', url)).status).toBe(403)
  })

  it('is answered with 403 if the link has no signature', async ({ world }) => {
    expect((await world.call('GET', `${world.origin}/files/versions/${id}/lecture.mp4`)).status).toBe(403)
  })

  it('is answered with 403 if the path is outside the files', async ({ world }) => {
    expect((await world.call('GET', `${world.origin}/files/../../etc/passwd`)).status).toBe(403)
  })

  it('is answered with 404 as soon as the file does not exist any more', async ({ world }) => {
    const url = world.signUrl()
    expect((await world.call('GET', url)).status).toBe(200)
    world.removeFile()
    expect((await world.call('GET', url)).status).toBe(404)
  })

  it.for(['POST', 'PUT', 'DELETE'])('is answered with 405 for the method %s', async (method, { world }) => {
    expect(await world.call(method, world.signUrl())).toMatchObject({
      status: 405,
      headers: { allow: 'GET, HEAD, OPTIONS' },
    })
  })
})

describe('another origin', () => {
  it('may read the response if it is listed', async ({ world }) => {
    const { headers } = await world.get({ Origin: site })
    expect(headers['access-control-allow-origin']).toBe(site)
    expect(headers['access-control-expose-headers']).toContain('Content-Range')
    expect(headers.vary).toBe('Origin')
  })

  it('may send ranges if it is listed', async ({ world }) => {
    const preflightHeaders = {
      Origin: site,
      'Access-Control-Request-Method': 'GET',
      'Access-Control-Request-Headers': 'range',
    }
    const preflight = await world.call('OPTIONS', world.signUrl(), preflightHeaders)
    expect(preflight.status).toBe(204)
    expect(preflight.headers['access-control-allow-headers']).toBe('range')
  })

  it('may not read the response if it is not listed', async ({ world }) => {
    const { headers } = await world.get({ Origin: 'https://evil.example.com' })
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([])
    expect(headers.vary).toBe('Origin')
  })
})

describe('a file in a bucket', () => {
  const url = 'https://bucket.example.com/blob?signature=1'

  it.for(['GET', 'HEAD'])('is delivered by an uncached redirect to a URL for %s', async (method, { world }) => {
    world.redirectTo(url)
    const { status, headers, body } = await world.call(method, world.signUrl(), { Origin: site })
    expect([status, headers.location, body.length]).toEqual([302, url, 0])
    expect(headers['cache-control']).toBe('no-store')
    expect(headers['access-control-allow-origin']).toBe(site)
    const reusableUntil = new Date(Number(new URL(world.signUrl()).searchParams.get('expires')) * 1000)
    expect(world.requests).toMatchObject([{ method, contentType: 'video/mp4', reusableUntil }])
  })

  it('is presented by the bucket like a local file', async ({ world }) => {
    world.redirectTo(url)
    world.changeFile({ mimeType: 'image/svg+xml', fileName: 'drawing.svg' })
    await world.get()
    expect(world.requests).toMatchObject([
      {
        contentType: 'application/octet-stream',
        contentDisposition: `attachment; filename="drawing.svg"; filename*=UTF-8''drawing.svg`,
        reusableUntil: undefined,
      },
    ])
  })
})

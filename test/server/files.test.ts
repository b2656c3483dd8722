import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type IncomingHttpHeaders, type OutgoingHttpHeaders, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createSigner } from '../../src/adapters/signer.ts'
import { createDiskStorage } from '../../src/adapters/storage/disk.ts'
import { createFilesHandler, type StoredFile } from '../../src/server/files.ts'
import type { DeliveryRequest, Storage } from '../../src/services/kernel/ports.ts'
import { createSignedUrls } from '../../src/services/storage/signedUrls.ts'
import { createLogSpy } from '../harness/logSpy.ts'

const bytes = randomBytes(200_000)
const sha256 = createHash('sha256').update(bytes).digest('hex')
const id = '01890000-0000-7000-8000-000000000001'
const site = 'https://app.example.com'
const clock = { time: new Date('2026-01-01T00:00:00Z'), now: () => clock.time }
const signer = createSigner({ keys: [{ id: 'k1', secret: 's'.repeat(32) }] })
const { log, errorFields } = createLogSpy()

let directory: string
let storage: Storage
let storedFile: StoredFile | null
let redirectUrl: string | null
const requests: DeliveryRequest[] = []
const server = createServer()
const delivery = () => createSignedUrls({ signer, clock, publicUrl: origin() })
const origin = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}` // a TCP server has no other kind

beforeAll(async () => {
  // Like the default data directory, which is hidden.
  directory = join(await mkdtemp(join(tmpdir(), 'files-')), '.data')
  storage = createDiskStorage({ root: directory })
  await writeFile(`${directory}.source`, bytes)
  await storage.putFile(`blobs/${sha256}`, `${directory}.source`)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const handler = createFilesHandler({
    signedUrls: delivery(),
    findFile: async () => storedFile,
    storage: {
      ...storage,
      deliver: async (key, request) => {
        requests.push(request)
        return redirectUrl === null ? storage.deliver(key, request) : { type: 'redirect', url: redirectUrl }
      },
    },
    clock,
    corsOrigins: [site],
    log,
  })
  server.on('request', (req, res) => void handler(req, res))
})

afterAll(async () => {
  server.closeAllConnections()
  server.close()
  await rm(join(directory, '..'), { recursive: true })
})

beforeEach(() => {
  errorFields.length = 0
  requests.length = 0
  redirectUrl = null
  clock.time = new Date('2026-01-01T00:00:00Z')
  storedFile = {
    key: `blobs/${sha256}`,
    sizeBytes: bytes.length,
    sha256,
    mimeType: 'video/mp4',
    fileName: 'lecture.mp4',
  }
})

interface Reply {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
}

const call = async (method: string, url: string, headers: OutgoingHttpHeaders = {}): Promise<Reply> => {
  const req = request(url, { method, headers }).end()
  const [res] = await once(req, 'response')
  return { status: res.statusCode, headers: res.headers, body: await buffer(res) }
}

const signUrl = () => delivery().url({ type: 'version', id, fileName: 'lecture.mp4' })
const get = (headers: OutgoingHttpHeaders = {}) => call('GET', signUrl(), headers)
const etag = `"${sha256}"`

describe('reading', () => {
  test('gives all bytes, and headers that keep caches, embedders and scripts in their place', async () => {
    const { status, headers, body } = await get()
    expect(status).toBe(200)
    expect(body.equals(bytes)).toBe(true)
    expect(headers).toMatchObject({
      etag,
      'accept-ranges': 'bytes',
      'content-type': 'video/mp4',
      'content-length': String(bytes.length),
      'content-disposition': `inline; filename="lecture.mp4"; filename*=UTF-8''lecture.mp4`,
      'cache-control': 'private, max-age=7200, immutable',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'cross-origin',
      'referrer-policy': 'no-referrer',
    })
    expect(headers['content-security-policy']).toMatch(/^default-src 'none';.* sandbox$/)
    expect(headers['last-modified']).toBeUndefined()
  })

  test('HEAD gives the same headers and no bytes, also with a range', async () => {
    const whole = await get()
    for (const headers of [{}, { Range: 'bytes=0-9' }]) {
      const head = await call('HEAD', signUrl(), headers)
      expect(head.status).toBe(200)
      expect(head.body).toHaveLength(0)
      expect(head.headers['content-length']).toBe(String(bytes.length))
      expect(head.headers.etag).toBe(whole.headers.etag)
    }
  })

  test('stays fresh in caches for the rest of its lifetime', async () => {
    const url = signUrl()
    clock.time = new Date(clock.time.getTime() + 7000 * 1000)
    expect((await call('GET', url)).headers['cache-control']).toBe('private, max-age=200, immutable')
  })
})

describe('ranges', () => {
  test.each([
    { range: 'bytes=0-0', start: 0, end: 1 },
    { range: 'bytes=100-199', start: 100, end: 200 },
    { range: 'bytes=199990-', start: 199_990, end: 200_000 },
    { range: 'bytes=-10', start: 199_990, end: 200_000 },
    { range: 'bytes=199999-999999', start: 199_999, end: 200_000 },
    { range: 'bytes=-999999', start: 0, end: 200_000 },
  ])('$range is a part', async ({ range, start, end }) => {
    const { status, headers, body } = await get({ Range: range })
    expect(status).toBe(206)
    expect(headers['content-range']).toBe(`bytes ${start}-${end - 1}/${bytes.length}`)
    expect(body.equals(bytes.subarray(start, end))).toBe(true)
  })

  test.each(['bytes=200000-', 'bytes=999999-9999999', 'bytes=-0'])('%s lies outside', async (range) => {
    const { status, headers, body } = await get({ Range: range, Origin: site })
    expect(status).toBe(416)
    expect(headers['content-range']).toBe(`bytes */${bytes.length}`)
    expect(headers['content-type']).toBe('text/plain; charset=utf-8')
    expect(headers['cache-control']).toBe('no-store')
    expect(headers['access-control-allow-origin']).toBe(site)
    expect(headers.etag).toBeUndefined()
    expect(body.toString()).toBe('The range lies outside of the file.\n')
  })

  test.each(['bytes=0-1,5-6', 'bytes=x', 'lines=1-2', 'bytes=5-1'])('%s gives all bytes', async (range) => {
    const { status, body } = await get({ Range: range })
    expect([status === 200, body.length]).toEqual([true, bytes.length])
  })

  test('If-Range gives the part only of the very same bytes', async () => {
    const range = { Range: 'bytes=0-9' }
    expect((await get({ ...range, 'If-Range': etag })).status).toBe(206)
    for (const other of ['"other"', `W/${etag}`, 'Thu, 01 Jan 2026 00:00:00 GMT']) {
      expect((await get({ ...range, 'If-Range': other })).status).toBe(200)
    }
  })
})

describe('conditions', () => {
  test.each([etag, `W/${etag}`, `"other", ${etag}`, '*'])('If-None-Match %s is not modified', async (tag) => {
    const { status, headers, body } = await get({ 'If-None-Match': tag })
    expect([status, body.length, headers.etag]).toEqual([304, 0, etag])
    expect(headers['cache-control']).toContain('immutable')
  })

  test('another tag gives the bytes', async () => {
    expect((await get({ 'If-None-Match': '"other"' })).status).toBe(200)
  })

  test('If-Match of other bytes fails', async () => {
    expect((await get({ 'If-Match': '"other"' })).status).toBe(412)
    expect((await get({ 'If-Match': etag })).status).toBe(200)
  })
})

describe('refusing', () => {
  test('a forged or expired link is forbidden', async () => {
    const url = signUrl()
    const altered = url.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'))
    const forged = await call('GET', altered)
    expect(forged).toMatchObject({ status: 403, headers: { 'cache-control': 'no-store' } })
    expect(forged.body.toString()).toBe('This link is not valid or has expired: ask for a new one.\n')
    clock.time = new Date(clock.time.getTime() + 7200 * 1000)
    expect((await call('GET', url)).status).toBe(403)
    expect((await call('GET', `${origin()}/files/versions/${id}/lecture.mp4`)).status).toBe(403)
    expect((await call('GET', `${origin()}/files/../../etc/passwd`)).status).toBe(403)
  })

  test('what is unknown or in the trash is not found, from one request to the next', async () => {
    const url = signUrl()
    expect((await call('GET', url)).status).toBe(200)
    storedFile = null
    expect((await call('GET', url)).status).toBe(404)
  })

  test.each(['POST', 'PUT', 'DELETE'])('%s is not possible', async (method) => {
    expect(await call(method, signUrl())).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD, OPTIONS' } })
  })

  test('lost bytes are a bug: logged and masked', async () => {
    storedFile = { key: 'blobs/lost', sizeBytes: 1, sha256, mimeType: 'video/mp4', fileName: 'a.mp4' }
    const { status, headers, body } = await get()
    expect(status).toBe(500)
    expect(body.toString()).toContain(String(headers['x-request-id']))
    expect(body.toString()).not.toContain('lost')
    expect(headers.etag).toBeUndefined()
    expect(errorFields).toHaveLength(1)
  })
})

describe('what browsers may do with it', () => {
  const readPresentation = async (mimeType: string, fileName = 'name') => {
    storedFile = storedFile && { ...storedFile, mimeType, fileName }
    const { headers } = await get({ Range: 'bytes=0-0' })
    return { type: headers['content-type'], disposition: String(headers['content-disposition']), headers }
  }

  test.each(['image/jpeg', 'image/avif', 'video/webm', 'audio/mpeg', 'application/pdf'])(
    '%s is shown',
    async (mimeType) => {
      const { type, disposition } = await readPresentation(mimeType)
      expect(type).toBe(mimeType)
      expect(disposition).toMatch(/^inline;/)
    },
  )

  test('text is shown as text', async () => {
    expect((await readPresentation('text/plain')).type).toBe('text/plain; charset=utf-8')
  })

  test.each([
    'text/html',
    'TEXT/HTML; charset=utf-8',
    'application/xhtml+xml',
    'image/svg+xml',
    'text/xml',
    'application/xml',
    'text/javascript',
    'application/javascript',
    'text/css',
    '',
    'x\r\nSet-Cookie: a=b',
  ])('%j is only a download without a type', async (mimeType) => {
    const { type, disposition, headers } = await readPresentation(mimeType, 'index.html')
    expect(type).toBe('application/octet-stream')
    expect(disposition).toMatch(/^attachment;/)
    expect(headers['set-cookie']).toBeUndefined()
  })

  test.each(['video/quicktime', 'application/zip', 'text/vtt'])('%s is a download of its type', async (mimeType) => {
    const { type, disposition } = await readPresentation(mimeType)
    expect([type, disposition.startsWith('attachment;')]).toEqual([mimeType, true])
  })

  test('PDF viewers are not locked up', async () => {
    expect((await readPresentation('application/pdf')).headers['content-security-policy']).not.toContain('sandbox')
  })

  test.each([
    ['Grüße "1".mp4', `filename="Gr__e _1_.mp4"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%221%22.mp4`],
    ["it's (a) *.mp4", `filename="it's (a) *.mp4"; filename*=UTF-8''it%27s%20%28a%29%20%2A.mp4`],
    ['a\r\nSet-Cookie: b=c', `filename="aSet-Cookie: b=c"; filename*=UTF-8''aSet-Cookie%3A%20b%3Dc`],
    ['photo\u202egpj.exe', `filename="photogpj.exe"; filename*=UTF-8''photogpj.exe`],
    ['../../etc', `filename=".._.._etc"; filename*=UTF-8''..%2F..%2Fetc`],
    ['\ud800', `filename="_"; filename*=UTF-8''%EF%BF%BD`],
    ['', `filename="file"; filename*=UTF-8''file`],
  ])('the name %j is written safely', async (fileName, expected) => {
    expect((await readPresentation('video/mp4', fileName)).disposition).toBe(`inline; ${expected}`)
  })
})

describe('other origins', () => {
  test('a listed one may read with ranges', async () => {
    const { headers } = await get({ Origin: site })
    expect(headers['access-control-allow-origin']).toBe(site)
    expect(headers['access-control-expose-headers']).toContain('Content-Range')
    expect(headers.vary).toBe('Origin')
    const preflightHeaders = {
      Origin: site,
      'Access-Control-Request-Method': 'GET',
      'Access-Control-Request-Headers': 'range',
    }
    const preflight = await call('OPTIONS', signUrl(), preflightHeaders)
    expect(preflight.status).toBe(204)
    expect(preflight.headers['access-control-allow-headers']).toContain('Range')
  })

  test('another one may not', async () => {
    const { headers } = await get({ Origin: 'https://evil.example.com' })
    expect(Object.keys(headers).filter((name) => name.startsWith('access-control-'))).toEqual([])
    expect(headers.vary).toBe('Origin')
  })
})

describe('bytes that lie elsewhere', () => {
  const url = 'https://bucket.example.com/blob?signature=1'

  test.each(['GET', 'HEAD'])(
    'are redirected to by a URL for %s, which no cache keeps for the other',
    async (method) => {
      redirectUrl = url
      const { status, headers, body } = await call(method, signUrl(), { Origin: site })
      expect([status, headers.location, body.length]).toEqual([302, url, 0])
      expect(headers['cache-control']).toBe('no-store')
      expect(headers['access-control-allow-origin']).toBe(site)
      const until = new Date(Number(new URL(signUrl()).searchParams.get('expires')) * 1000)
      expect(requests).toMatchObject([{ method, contentType: 'video/mp4', until }])
    },
  )

  test('are shown there no other way than here', async () => {
    redirectUrl = url
    storedFile = storedFile && { ...storedFile, mimeType: 'image/svg+xml', fileName: 'drawing.svg' }
    await get()
    expect(requests).toMatchObject([
      {
        contentType: 'application/octet-stream',
        contentDisposition: `attachment; filename="drawing.svg"; filename*=UTF-8''drawing.svg`,
        until: undefined,
      },
    ])
  })
})

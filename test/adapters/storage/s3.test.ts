import { randomBytes } from 'node:crypto'
import { mkdtemp, open, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { openStorage } from '../../../src/adapters/storage/open.ts'
import { createS3Client } from '../../../src/adapters/storage/s3/client.ts'
import { presign } from '../../../src/adapters/storage/s3/presign.ts'
import { readConfig } from '../../../src/services/config.ts'
import type { DeliveryRequest, Log, Storage } from '../../../src/services/ports.ts'
import { storageContract } from '../../contracts/storage.ts'
import { startS3, type TestS3, useCredentials } from '../../harness/s3.ts'

const warnings: string[] = []
const ignore = () => {}
const log: Log = {
  debug: ignore,
  info: ignore,
  warn: (_fields, message) => warnings.push(message),
  error: ignore,
  child: () => log,
}

const opened: Storage[] = []
const openUrl = async (url: string): Promise<Storage> => {
  const storage = await openStorage(readConfig({ STORAGE_URL: url }).storage, log)
  opened.push(storage)
  return storage
}

let s3: TestS3
let folder: string
let files = 0
/** Past the adapter. */
let direct: S3Client

beforeAll(async () => {
  s3 = await startS3()
  direct = createS3Client({ endpoint: s3.endpoint, region: 'us-east-1', pathStyle: true })
  folder = await mkdtemp(join(tmpdir(), 's3-files-'))
})
afterEach(async () => {
  useCredentials()
  s3.refuse(() => false)
  await s3.start()
  warnings.length = 0
  await Promise.all(opened.splice(0).map((storage) => storage.close()))
})
afterAll(async () => {
  direct.destroy()
  await s3.close()
  await rm(folder, { recursive: true, force: true })
})

const fileOf = async (bytes: Uint8Array): Promise<string> => {
  const path = join(folder, `file-${++files}`)
  await writeFile(path, bytes)
  return path
}

storageContract('S3', async () => {
  const own = await startS3()
  const storage = await openUrl(own.url('some/Prefix'))
  opened.length = 0
  return {
    storage,
    close: async () => {
      await storage.close()
      await own.close()
    },
  }
})

const putDirectly = (key: string) => direct.send(new PutObjectCommand({ Bucket: s3.bucket, Key: key, Body: 'x' }))

describe('a large file', () => {
  const large = 20 * 1024 * 1024 + 3

  test('goes in parts, and comes back whole', async () => {
    const storage = await openUrl(s3.url())
    const bytes = randomBytes(large)
    s3.requests.length = 0
    await storage.putFile('blobs/large', await fileOf(bytes))
    expect(s3.requests.filter((request) => request.includes('partNumber='))).toHaveLength(5)
    const workspace = await mkdtemp(join(folder, 'work-'))
    const path = await storage.localFile('blobs/large', workspace)
    expect(await readdir(workspace)).toEqual(['large'])
    const lent = await open(path)
    expect((await lent.readFile()).equals(bytes)).toBe(true)
    await lent.close()
  })

  test('that was interrupted leaves no object and no parts, and its source', async () => {
    const storage = await openUrl(s3.url())
    const path = await fileOf(randomBytes(large))
    s3.requests.length = 0
    s3.refuse((request) => request.includes('partNumber=3'))
    await expect(storage.putFile('blobs/interrupted', path)).rejects.toThrow(
      `s3://${s3.bucket}/blobs/interrupted could not be stored.`,
    )
    s3.refuse(() => false)
    expect(s3.requests.some((request) => request.startsWith('DELETE') && request.includes('uploadId='))).toBe(true)
    expect(await storage.stat('blobs/interrupted')).toBeNull()
    await storage.putFile('blobs/interrupted', path)
    expect(await storage.stat('blobs/interrupted')).toEqual({ sizeBytes: large })
  })

  test('whose reading breaks off is no file', async () => {
    const storage = await openUrl(s3.url())
    await storage.putFile('blobs/broken', await fileOf(randomBytes(large)))
    const workspace = await mkdtemp(join(folder, 'work-'))
    const lent = storage.localFile('blobs/broken', workspace)
    while ((await readdir(workspace)).length === 0) await new Promise((resolve) => setImmediate(resolve))
    await s3.stop()
    await expect(lent).rejects.toThrow()
    expect(await readdir(workspace)).toEqual([])
  })
})

test('answers that will pass are asked again', async () => {
  const storage = await openUrl(s3.url())
  let refusals = 0
  s3.refuse((request) => request.startsWith('PUT') && ++refusals === 1)
  await storage.putFile('blobs/again', await fileOf(Buffer.from('again')))
  expect(refusals).toBe(2)
  expect(await storage.stat('blobs/again')).toEqual({ sizeBytes: 5 })
})

describe('a list', () => {
  test('has as many pages as it takes, and no more than keys', async () => {
    const storage = await openUrl(s3.url('many'))
    const keys = Array.from({ length: 1005 }, (_, number) => `log/heads/${String(number).padStart(4, '0')}`)
    const waiting = [...keys, 'log/heads/Not a key'].values()
    const put = async () => {
      for (const key of waiting) await putDirectly(`many/${key}`)
    }
    await Promise.all(Array.from({ length: 10 }, put))
    s3.requests.length = 0
    expect(await storage.list('log/heads')).toEqual(keys)
    expect(s3.requests).toHaveLength(2)
  })
})

test('a prefix is a folder of its own', async () => {
  const [one, other] = [await openUrl(s3.url('one')), await openUrl(s3.url('one/two/'))]
  await one.put('blobs/x', Buffer.from('one'))
  expect(await other.stat('blobs/x')).toBeNull()
  expect(other.uri('blobs/x')).toBe(`s3://${s3.bucket}/one/two/blobs/x`)
  const { Body } = await direct.send(new GetObjectCommand({ Bucket: s3.bucket, Key: 'one/blobs/x' }))
  expect(await Body?.transformToString()).toBe('one')
})

describe('a presigned URL', () => {
  const bytes = Buffer.from('<script>alert(1)</script>')
  const shown = { contentType: 'video/webm', contentDisposition: 'attachment; filename="a.webm"' }
  const urlFor = async (request: Partial<DeliveryRequest> = {}): Promise<URL> => {
    const storage = await openUrl(s3.url())
    await storage.put('blobs/shown', bytes)
    const delivery = await storage.deliver('blobs/shown', { method: 'GET', ...shown, ...request })
    if (delivery.type !== 'redirect') throw new Error('not delivered from the bucket')
    return new URL(delivery.url)
  }

  test('lives for a minute and says how the bytes are shown', async () => {
    const url = await urlFor()
    expect(url.searchParams.get('X-Amz-Expires')).toBe('60')
    const answer = await fetch(url)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe(shown.contentType)
    expect(answer.headers.get('content-disposition')).toBe(shown.contentDisposition)
    expect(answer.headers.get('cache-control')).toBe('private, max-age=60, immutable')
    expect(Buffer.from(await answer.arrayBuffer())).toEqual(bytes)
  })

  test('lives as long as a player may come back, and a week at most', async () => {
    const livesFor = async (seconds: number) => {
      const url = await urlFor({ until: new Date(Date.now() + seconds * 1000) })
      return Number(url.searchParams.get('X-Amz-Expires'))
    }
    expect(await livesFor(5)).toBe(60)
    const hour = await livesFor(3600)
    expect(hour).toBeGreaterThanOrEqual(3600)
    expect(hour).toBeLessThan(3621)
    expect(await livesFor(14 * 24 * 3600)).toBe(7 * 24 * 3600)
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
    const request = { method: 'GET', ...shown, until: new Date(Date.now() + 3_600_000) } as const
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
    expect(answer.headers.get('content-disposition')).toBe(shown.contentDisposition)
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

describe('at the start', () => {
  const faultOf = async (url: string) => {
    const error = await openUrl(url).catch((error: unknown) => error)
    if (!(error instanceof Error)) throw new Error('opened')
    return { name: error.name, lines: error.message.split('\n').slice(1), cause: error.cause }
  }

  test('a bucket that does not exist is a fault with a remedy', async () => {
    const { name, lines, cause } = await faultOf(s3.url().replace(s3.bucket, 'no-such-bucket'))
    expect(name).toBe('ConfigError')
    expect(lines).toEqual([
      expect.stringMatching(/^ {2}STORAGE_URL: the bucket "no-such-bucket" at http.*NoSuchBucket.*create the bucket/),
    ])
    expect(cause).toBeInstanceOf(Error)
  })

  test.each([
    ['AWS_ACCESS_KEY_ID', 'InvalidAccessKeyId'],
    ['AWS_SECRET_ACCESS_KEY', 'SignatureDoesNotMatch'],
  ])('a wrong %s is a fault that names it, and not its value', async (variable, code) => {
    useCredentials({ [variable]: 'hunter2' })
    const { lines } = await faultOf(s3.url())
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain(`(${code}: `)
    expect(lines[0]).toMatch(new RegExp(`: correct ${variable}`))
    expect(lines[0]).not.toContain('hunter2')
  })

  test('missing credentials are a fault', async () => {
    delete process.env.AWS_ACCESS_KEY_ID
    const { lines } = await faultOf(s3.url())
    expect(lines).toEqual([expect.stringContaining('set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY')])
  })

  test('an endpoint that is away is said, and used once it is back', async () => {
    await s3.stop()
    const storage = await openUrl(s3.url())
    expect(warnings).toEqual([expect.stringMatching(/^STORAGE_URL: .* cannot be reached.*Check the endpoint/)])
    const error: unknown = await storage.put('blobs/late', Buffer.from('late')).catch((error: unknown) => error)
    expect(error).toMatchObject({
      message: `s3://${s3.bucket}/blobs/late could not be looked up.`,
      cause: { code: 'ECONNREFUSED' },
    })
    await s3.start()
    await storage.put('blobs/late', Buffer.from('late'))
    expect(await buffer(await storage.read('blobs/late'))).toEqual(Buffer.from('late'))
  })
})

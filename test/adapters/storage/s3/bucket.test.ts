import { randomBytes } from 'node:crypto'
import { mkdtemp, open, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openStorage } from '../../../../src/adapters/storage/openStorage.ts'
import { createS3Client } from '../../../../src/adapters/storage/s3/client.ts'
import { readConfig } from '../../../../src/services/config/config.ts'
import type { Storage } from '../../../../src/services/kernel/ports.ts'
import { storageContract } from '../../../contracts/storage.ts'
import { createLogSpy } from '../../../harness/logSpy.ts'
import { startS3, type TestS3, useCredentials } from '../../../harness/s3.ts'

const { log, messages: warnings } = createLogSpy()

const storages: Storage[] = []
const openUrl = async (url: string): Promise<Storage> => {
  const storage = await openStorage(readConfig({ STORAGE_URL: url }).storage, log)
  storages.push(storage)
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
  await Promise.all(storages.splice(0).map((storage) => storage.close()))
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
  storages.length = 0
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
    const pendingKeys = [...keys, 'log/heads/Not a key'].values()
    const put = async () => {
      for (const key of pendingKeys) await putDirectly(`many/${key}`)
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

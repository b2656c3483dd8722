import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, open, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { describe, expect } from 'vitest'
import { openStorage } from '../../../../src/adapters/storage/openStorage.ts'
import { createS3Client } from '../../../../src/adapters/storage/s3/client.ts'
import { readConfig } from '../../../../src/services/config/config.ts'
import type { Storage } from '../../../../src/services/kernel/ports.ts'
import { storageContract } from '../../../contracts/storage.ts'
import { createLogSpy } from '../../../harness/logSpy.ts'
import { setS3Credentials, startS3, type TestS3 } from '../../../harness/s3.ts'
import { temporaryDirectory } from '../../../harness/temporaryDirectory.ts'
import { it as base } from './s3It.ts'

const it = base
  /** Client that bypasses the adapter. */
  .extend('direct', { scope: 'file' }, ({ server }, { onCleanup }) => {
    const direct = createS3Client({ endpoint: server.endpoint, region: 'us-east-1', pathStyle: true })
    onCleanup(() => direct.destroy())
    return direct
  })
  .extend('directory', () => temporaryDirectory())

type OpenUrl = (url: string) => Promise<Storage>

/** Bucket and storage of the tests. */
interface Bucket {
  s3: TestS3
  openUrl: OpenUrl
  directory: string
}

/** Writes a file; returns its path. */
const writeBytes = async (directory: string, bytes: Uint8Array): Promise<string> => {
  const path = join(directory, randomUUID())
  await writeFile(path, bytes)
  return path
}

storageContract('S3', async () => {
  const server = await startS3()
  const storage = await openStorage(readConfig({ STORAGE_URL: server.url('some/Prefix') }).storage, createLogSpy().log)
  return {
    storage,
    close: async () => {
      await storage.close()
      await server.close()
    },
  }
})

describe('a large file', () => {
  const sizeBytes = 20 * 1024 * 1024 + 3

  it('is uploaded in parts', async ({ s3, openUrl, directory }) => {
    const storage = await openUrl(s3.url())
    s3.requests.length = 0
    await storage.putFile('blobs/large', await writeBytes(directory, randomBytes(sizeBytes)))
    expect(s3.requests.filter((request) => request.includes('partNumber='))).toHaveLength(5)
  })

  it('is downloaded completely', async ({ s3, openUrl, directory }) => {
    const storage = await openUrl(s3.url())
    const bytes = randomBytes(sizeBytes)
    await storage.putFile('blobs/download', await writeBytes(directory, bytes))
    const workspace = await mkdtemp(join(directory, 'work-'))
    const path = await storage.localFile('blobs/download', workspace)
    expect(await readdir(workspace)).toEqual(['download'])
    const file = await open(path)
    expect((await file.readFile()).equals(bytes)).toBe(true)
    await file.close()
  })

  const interruptUpload = async ({ s3, openUrl, directory }: Bucket, key: string) => {
    const storage = await openUrl(s3.url())
    const path = await writeBytes(directory, randomBytes(sizeBytes))
    s3.requests.length = 0
    s3.refuse((request) => request.includes('partNumber=3'))
    await expect(storage.putFile(key, path)).rejects.toThrow(`Failed to store s3://${s3.bucket}/${key}.`)
    s3.refuse(() => false)
    return { storage, path }
  }

  it('leaves no object after an interrupted upload', async ({ s3, openUrl, directory }) => {
    const { storage } = await interruptUpload({ s3, openUrl, directory }, 'blobs/interrupted')
    expect(await storage.stat('blobs/interrupted')).toBeNull()
  })

  it('leaves no parts after an interrupted upload', async ({ s3, openUrl, directory }) => {
    await interruptUpload({ s3, openUrl, directory }, 'blobs/interrupted')
    expect(s3.requests.some((request) => request.startsWith('DELETE') && request.includes('uploadId='))).toBe(true)
  })

  it('can be uploaded again after an interrupted upload', async ({ s3, openUrl, directory }) => {
    const { storage, path } = await interruptUpload({ s3, openUrl, directory }, 'blobs/repeated')
    await storage.putFile('blobs/repeated', path)
    expect(await storage.stat('blobs/repeated')).toEqual({ sizeBytes })
  })

  it('leaves no local file after an interrupted download', async ({ s3, openUrl, directory }) => {
    const storage = await openUrl(s3.url())
    await storage.putFile('blobs/broken', await writeBytes(directory, randomBytes(sizeBytes)))
    const workspace = await mkdtemp(join(directory, 'work-'))
    const download = storage.localFile('blobs/broken', workspace)
    while ((await readdir(workspace)).length === 0) await new Promise((resolve) => setImmediate(resolve))
    await s3.stop()
    await expect(download).rejects.toThrow()
    expect(await readdir(workspace)).toEqual([])
  })
})

describe('a request', () => {
  it('is retried after a transient error', async ({ s3, openUrl, directory }) => {
    const storage = await openUrl(s3.url())
    let refusals = 0
    s3.refuse((request) => request.startsWith('PUT') && ++refusals === 1)
    await storage.putFile('blobs/again', await writeBytes(directory, Buffer.from('again')))
    expect(refusals).toBe(2)
    expect(await storage.stat('blobs/again')).toEqual({ sizeBytes: 5 })
  })
})

describe('a list', () => {
  it('contains the keys of all pages, without other objects', async ({ s3, openUrl, direct }) => {
    const storage = await openUrl(s3.url('many'))
    const keys = Array.from({ length: 1005 }, (_, number) => `log/heads/${String(number).padStart(4, '0')}`)
    const pendingKeys = [...keys, 'log/heads/Not a key'].values()
    const put = async () => {
      for (const key of pendingKeys)
        await direct.send(new PutObjectCommand({ Bucket: s3.bucket, Key: `many/${key}`, Body: 'x' }))
    }
    await Promise.all(Array.from({ length: 10 }, put))
    s3.requests.length = 0
    expect(await storage.list('log/heads')).toEqual(keys)
    expect(s3.requests).toHaveLength(2)
  })
})

describe('a prefix', () => {
  it('separates its storage from others in the bucket', async ({ s3, openUrl, direct }) => {
    const [one, other] = [await openUrl(s3.url('one')), await openUrl(s3.url('one/two/'))]
    await one.put('blobs/x', Buffer.from('one'))
    expect(await other.stat('blobs/x')).toBeNull()
    expect(other.uri('blobs/x')).toBe(`s3://${s3.bucket}/one/two/blobs/x`)
    const { Body } = await direct.send(new GetObjectCommand({ Bucket: s3.bucket, Key: 'one/blobs/x' }))
    expect(await Body?.transformToString()).toBe('one')
  })
})

describe('the start', () => {
  const readFailure = async (openUrl: OpenUrl, url: string) => {
    const error = await openUrl(url).catch((error: unknown) => error)
    if (!(error instanceof Error)) throw new Error('The storage was opened.')
    return { name: error.name, lines: error.message.split('\n').slice(1), cause: error.cause }
  }

  it('fails with a remedy if the bucket does not exist', async ({ s3, openUrl }) => {
    const { name, lines, cause } = await readFailure(openUrl, s3.url().replace(s3.bucket, 'no-such-bucket'))
    expect(name).toBe('ConfigError')
    expect(lines).toEqual([
      expect.stringMatching(/^ {2}STORAGE_URL: the bucket "no-such-bucket" at http.*NoSuchBucket.*create the bucket/),
    ])
    expect(cause).toBeInstanceOf(Error)
  })

  it.for([
    ['AWS_ACCESS_KEY_ID', 'InvalidAccessKeyId'],
    ['AWS_SECRET_ACCESS_KEY', 'SignatureDoesNotMatch'],
  ] as const)('fails if %s is wrong, without revealing its value', async ([variable, code], { s3, openUrl }) => {
    setS3Credentials({ [variable]: 'hunter2' })
    const { lines } = await readFailure(openUrl, s3.url())
    expect(lines).toHaveLength(1)
    expect(lines[0]).toContain(`(${code}: `)
    expect(lines[0]).toMatch(new RegExp(`: correct ${variable}`))
    expect(lines[0]).not.toContain('hunter2')
  })

  it('fails without credentials', async ({ s3, openUrl }) => {
    delete process.env.AWS_ACCESS_KEY_ID
    const { lines } = await readFailure(openUrl, s3.url())
    expect(lines).toEqual([expect.stringContaining('set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY')])
  })

  it('logs a warning if the endpoint is unreachable', async ({ s3, openUrl, logSpy }) => {
    await s3.stop()
    await openUrl(s3.url())
    expect(logSpy.messages).toEqual([expect.stringMatching(/^Failed to reach the bucket .*Check STORAGE_URL/)])
  })

  it('opens a storage that names the object and the cause while the endpoint is unreachable', async ({
    s3,
    openUrl,
  }) => {
    await s3.stop()
    const storage = await openUrl(s3.url())
    const error: unknown = await storage.put('blobs/early', Buffer.from('early')).catch((error: unknown) => error)
    expect(error).toMatchObject({
      message: `Failed to look up s3://${s3.bucket}/blobs/early.`,
      cause: { code: 'ECONNREFUSED' },
    })
  })

  it('opens a storage that works once the endpoint is back', async ({ s3, openUrl }) => {
    await s3.stop()
    const storage = await openUrl(s3.url())
    await storage.put('blobs/late', Buffer.from('late')).catch(() => undefined)
    await s3.start()
    await storage.put('blobs/late', Buffer.from('late'))
    expect(await buffer(await storage.read('blobs/late'))).toEqual(Buffer.from('late'))
  })
})

import { randomUUID } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import type { S3Config } from '../../services/config/storage.ts'
import type { Logger, Storage } from '../../services/kernel/ports.ts'
import { createSemaphore } from '../../services/locking/semaphore.ts'
import { checkKey, isKey } from './key.ts'
import { checkBucket } from './s3/check.ts'
import { createS3Client, smallRequestTimeoutMs } from './s3/client.ts'
import { presign } from './s3/presign.ts'
import { uploadFile } from './s3/upload.ts'

/** Rejects with ConfigError where the bucket cannot be used as it is configured. */
export const openS3Storage = async (config: S3Config, log: Logger): Promise<Storage> => {
  const client = createS3Client(config)
  try {
    await checkBucket(client, config, log)
  } catch (error) {
    client.destroy()
    throw error
  }
  return createS3Storage(client, config)
}

/** Each file takes memory, and connections that small requests need too. */
const maxConcurrentUploads = 3
const uploadQueueTimeoutMs = 30 * 60 * 1000

/** Blobs in an S3-compatible bucket, where an object appears whole or not at all. */
const createS3Storage = (client: S3Client, { bucket, prefix }: S3Config): Storage => {
  const uploadSemaphore = createSemaphore(maxConcurrentUploads)
  const folder = prefix === '' ? '' : `${prefix}/`
  const objectOf = (key: string) => ({ Bucket: bucket, Key: `${folder}${checkKey(key)}` })
  const uri = (key: string): string => `s3://${bucket}/${objectOf(key).Key}`
  const rethrowAs = (outcome: string, key: string) => (cause: unknown) => {
    throw new Error(`${uri(key)} could not be ${outcome}.`, { cause })
  }
  const timeoutOptions = () => ({ abortSignal: AbortSignal.timeout(smallRequestTimeoutMs) })

  const statKey: Storage['stat'] = async (key) => {
    const object = objectOf(key)
    try {
      const { ContentLength } = await client.send(new HeadObjectCommand(object), timeoutOptions())
      return { sizeBytes: ContentLength ?? 0 }
    } catch (error) {
      return isMissing(error) ? null : rethrowAs('looked up', key)(error)
    }
  }

  const read = async (key: string, options: { range?: string; signal?: AbortSignal }): Promise<Readable> => {
    const command = new GetObjectCommand({ ...objectOf(key), Range: options.range })
    const { Body } = await client.send(command, { abortSignal: options.signal }).catch(rethrowAs('read', key))
    return Body as Readable // in Node, of the union for all platforms
  }

  return {
    putFile: async (key, path) => {
      // Whoever stores the same content at the same moment stores the same bytes: it does not matter who is last.
      const upload = () => uploadFile(client, objectOf(key), path)
      const refuse = () => new Error('Too many files are on their way to the bucket.')
      if ((await statKey(key)) === null)
        await uploadSemaphore.run(upload, { waitMs: uploadQueueTimeoutMs, refuse }).catch(rethrowAs('stored', key))
      await rm(path, { force: true })
    },

    put: async (key, bytes) => {
      if ((await statKey(key)) !== null) return
      await client
        .send(new PutObjectCommand({ ...objectOf(key), Body: bytes }), timeoutOptions())
        .catch(rethrowAs('stored', key))
    },

    stat: statKey,

    read: (key, range) => read(key, { range: range && `bytes=${range.start}-${range.end}` }),

    localFile: async (key, workspacePath, signal) => {
      const path = join(workspacePath, basename(checkKey(key)))
      // Hidden, and named only once it is whole.
      const partial = join(workspacePath, `.${randomUUID()}`)
      try {
        const bytes = await read(key, { signal })
        await pipeline(bytes, createWriteStream(partial), { signal }).catch(rethrowAs('copied here', key))
        await rename(partial, path)
        return path
      } finally {
        await rm(partial, { force: true })
      }
    },

    deliver: async (key, request) => {
      const url = await presign(client, objectOf(key), request).catch(rethrowAs('delivered', key))
      return { type: 'redirect', url }
    },

    remove: async (key) => {
      await client.send(new DeleteObjectCommand(objectOf(key)), timeoutOptions()).catch(rethrowAs('removed', key))
    },

    // It is given up after a third of this; what is still on its way then arrives, or never will.
    maxRemovalDelayMs: 3 * smallRequestTimeoutMs,

    list: async (folderKey) => {
      const { Bucket, Key } = objectOf(folderKey)
      const pages = paginateListObjectsV2({ client }, { Bucket, Prefix: `${Key}/` }, timeoutOptions())
      const keys: string[] = []
      try {
        for await (const { Contents = [] } of pages)
          keys.push(...Contents.map((object) => object.Key?.slice(folder.length) ?? ''))
      } catch (error) {
        rethrowAs('listed', folderKey)(error)
      }
      // Consoles make objects that stand for a folder; some vendors list in an order of their own.
      return keys.filter(isKey).toSorted()
    },

    uri,

    close: async () => client.destroy(),
  }
}

const isMissing = (error: unknown): boolean =>
  error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404

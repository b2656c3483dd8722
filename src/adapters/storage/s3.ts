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
import { DependencyError } from '../../services/kernel/outages.ts'
import type { Logger, Storage } from '../../services/kernel/ports.ts'
import { createSemaphore } from '../../services/locking/semaphore.ts'
import { checkKey, isKey } from './key.ts'
import { keepsStored } from './localFiles.ts'
import { checkBucket } from './s3/check.ts'
import { createS3Client, smallRequestTimeoutMs } from './s3/client.ts'
import { presign } from './s3/presign.ts'
import { uploadFile } from './s3/upload.ts'

/** Opens the storage of blobs in a bucket. Rejects with ConfigError if the bucket cannot be used as configured. */
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

/** Number of files uploaded at the same time. Each takes memory, and connections that small requests need too. */
const maxConcurrentUploads = 3
const uploadQueueTimeoutMs = 30 * 60 * 1000

/** Creates the storage on an S3-compatible bucket, where an object appears completely or not at all. */
const createS3Storage = (client: S3Client, { bucket, prefix }: S3Config): Storage => {
  const uploadSemaphore = createSemaphore(maxConcurrentUploads)
  const folder = prefix === '' ? '' : `${prefix}/`
  const objectOf = (key: string) => ({ Bucket: bucket, Key: `${folder}${checkKey(key)}` })
  const uri = (key: string): string => `s3://${bucket}/${objectOf(key).Key}`
  const rethrowAs = (action: string, key: string, signal?: AbortSignal) => (cause: unknown) => {
    const failure = signal?.aborted === true ? null : failureOf(cause)
    const message = `Failed to ${action} ${uri(key)}.`
    throw failure === null ? new Error(message, { cause }) : new DependencyError(failure, message, { cause })
  }
  const timeoutOptions = () => ({ abortSignal: AbortSignal.timeout(smallRequestTimeoutMs) })

  const statKey: Storage['stat'] = async (key) => {
    const object = objectOf(key)
    try {
      const { ContentLength } = await client.send(new HeadObjectCommand(object), timeoutOptions())
      return { sizeBytes: ContentLength ?? 0 }
    } catch (error) {
      return isMissing(error) ? null : rethrowAs('look up', key)(error)
    }
  }

  const read = async (key: string, options: { range?: string; signal?: AbortSignal }): Promise<Readable> => {
    const command = new GetObjectCommand({ ...objectOf(key), Range: options.range })
    const { Body } = await client
      .send(command, { abortSignal: options.signal })
      .catch(rethrowAs('read', key, options.signal))
    return Body as Readable // as: its type is a union for all platforms, of which this is Node's
  }

  return {
    putFile: async (key, path, { replace = false } = {}) => {
      // Concurrent writers of one key store the same bytes, so it does not matter which is last.
      const upload = () => uploadFile(client, objectOf(key), path)
      const refuse = () => new Error('Too many files wait for their upload to the bucket. Retry later.')
      const isKept = await keepsStored(path, await statKey(key), replace)
      if (!isKept)
        await uploadSemaphore.run(upload, { waitMs: uploadQueueTimeoutMs, refuse }).catch(rethrowAs('store', key))
      await rm(path, { force: true })
      return !isKept
    },

    put: async (key, bytes) => {
      if ((await statKey(key)) !== null) return
      await client
        .send(new PutObjectCommand({ ...objectOf(key), Body: bytes }), timeoutOptions())
        .catch(rethrowAs('store', key))
    },

    stat: statKey,

    read: (key, range) => read(key, { range: range && `bytes=${range.start}-${range.end}` }),

    localFile: async (key, workspacePath, signal) => {
      const path = join(workspacePath, basename(checkKey(key)))
      // Hidden, and renamed only once it is complete.
      const partial = join(workspacePath, `.${randomUUID()}`)
      try {
        const bytes = await read(key, { signal })
        await pipeline(bytes, createWriteStream(partial), { signal }).catch(rethrowAs('download', key, signal))
        await rename(partial, path)
        return path
      } finally {
        await rm(partial, { force: true })
      }
    },

    deliver: async (key, request) => {
      const url = await presign(client, objectOf(key), request).catch(rethrowAs('presign a URL of', key))
      return { type: 'redirect', url }
    },

    remove: async (key) => {
      await client.send(new DeleteObjectCommand(objectOf(key)), timeoutOptions()).catch(rethrowAs('remove', key))
    },

    // A request is given up after a third of this time. If it is still in transit then, it arrives within the rest, or
    // never.
    maxRemovalDelayMs: 3 * smallRequestTimeoutMs,

    list: async (folderKey) => {
      const { Bucket, Key } = objectOf(folderKey)
      const pages = paginateListObjectsV2({ client }, { Bucket, Prefix: `${Key}/` }, timeoutOptions())
      const keys: string[] = []
      try {
        for await (const { Contents = [] } of pages)
          keys.push(...Contents.map((object) => object.Key?.slice(folder.length) ?? ''))
      } catch (error) {
        rethrowAs('list', folderKey)(error)
      }
      // Consoles create objects that represent a folder, and some vendors list in another order.
      return keys.filter(isKey).toSorted()
    },

    uri,

    close: async () => client.destroy(),
  }
}

/** Errors of the SDK for a request that took too long: by its own timeout, or by ours. */
const timeoutNames = new Set(['TimeoutError', 'AbortError'])

/** Whether the bucket is unavailable or full; null if the request itself is wrong. */
const failureOf = (error: unknown): DependencyError['failure'] | null => {
  if (error instanceof S3ServiceException) {
    const status = error.$metadata.httpStatusCode ?? 0
    if (status === 507) return 'full'
    return status >= 500 || status === 429 ? 'unavailable' : null
  }
  return error instanceof Error && timeoutNames.has(error.name) ? 'unavailable' : null
}

const isMissing = (error: unknown): boolean =>
  error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404

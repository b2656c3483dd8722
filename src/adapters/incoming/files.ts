import { createHash, type Hash } from 'node:crypto'
import { createReadStream, mkdirSync } from 'node:fs'
import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { type FileConfigstore, FileStore } from '@tus/file-store'
import { Upload } from '@tus/server'
import type { IncomingBytes, ReceiveOptions } from '../../services/kernel/ports.ts'
import { receive } from './receive.ts'

interface Progress {
  hash: Hash
  offset: number
}

interface Writing {
  stop: AbortController
  done: Promise<unknown>
}

/** An upload that is forgotten here is hashed again from disk when it goes on, so the number only bounds memory. */
const rememberedHashes = 1000
const uploadIdPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/**
 * Growing files in one directory, which should lie on the file system of the storage: a finished one is then renamed,
 * not copied. SHA-256 is computed while bytes stream through; whatever this process did not see is read from disk.
 */
export const createIncomingFiles = ({ directory }: { directory: string }): IncomingBytes => {
  mkdirSync(directory, { recursive: true })
  const store = new FileStore({ directory })
  const details = store.configstore as FileConfigstore
  const hashes = new Map<string, Progress>()
  const writings = new Map<string, Writing>()

  const pathOf = (uploadId: string): string => {
    if (!uploadIdPattern.test(uploadId)) throw new Error(`Not an upload id: ${JSON.stringify(uploadId)}`)
    return join(directory, uploadId)
  }

  const hashUpTo = async (uploadId: string, offset: number, signal?: AbortSignal): Promise<Hash> => {
    const progress = hashes.get(uploadId)
    hashes.delete(uploadId) // Whoever takes it changes it; it comes back only if all of its bytes are on disk.
    if (progress?.offset === offset) return progress.hash
    const hash = createHash('sha256')
    if (offset === 0) return hash
    const prefix = createReadStream(pathOf(uploadId), { end: offset - 1, highWaterMark: 1024 * 1024, signal })
    for await (const chunk of prefix) hash.update(chunk)
    return hash
  }

  const remember = (uploadId: string, progress: Progress): void => {
    hashes.set(uploadId, progress)
    const [oldest] = hashes.keys()
    if (hashes.size > rememberedHashes && oldest !== undefined) hashes.delete(oldest)
  }

  const append = async (uploadId: string, source: Readable, options: ReceiveOptions, removed: AbortSignal) => {
    const { offset, ownsChunks, onReceived } = options
    const signal = AbortSignal.any([removed, options.signal])
    const { size: sizeBytes = 0 } = await store.getUpload(uploadId)
    // Not ended by the caller's signal: begun anew at each try, the prefix of a large file would never be done.
    const hash = await hashUpTo(uploadId, offset, removed)
    const path = pathOf(uploadId)
    const onWritten = onReceived
    const reached = await receive({ source, path, offset, sizeBytes, hash, signal, ownsChunks, onWritten })
    remember(uploadId, { hash, offset: reached })
    return reached
  }

  /** Not by the store, for which whatever cannot be read is gone. */
  const detailsOf = async (uploadId: string): Promise<Upload | null> => {
    const text = await ifThere(readFile(`${pathOf(uploadId)}.json`, 'utf8'))
    return text === null ? null : JSON.parse(text)
  }

  return {
    create: async ({ id, sizeBytes, fileName }) => {
      pathOf(id)
      await store.create(new Upload({ id, size: sizeBytes, offset: 0, metadata: { filename: fileName } }))
    },

    remove: async (uploadId) => {
      const path = pathOf(uploadId)
      const writing = writings.get(uploadId)
      writing?.stop.abort()
      await writing?.done.catch(() => {}) // Its own caller hears of it.
      hashes.delete(uploadId)
      await rm(path, { force: true })
      await rm(`${path}.json`, { force: true })
    },

    listIdleSince: async (time) => {
      const files = (await readdir(directory)).map((name) => ({ name, id: name.replace(/\.json$/, '') }))
      const untouched = new Map<string, boolean>()
      for (const { name, id } of files.filter((file) => uploadIdPattern.test(file.id))) {
        const file = await ifThere(stat(join(directory, name)))
        // Of both, the bytes and what is known about them.
        if (file !== null) untouched.set(id, file.mtime < time && untouched.get(id) !== false)
      }
      return [...untouched].filter(([, all]) => all).map(([id]) => id)
    },

    stat: async (uploadId) => {
      const path = pathOf(uploadId)
      const stored = await detailsOf(uploadId)
      if (stored === null) return null
      const sizeBytes = stored.size ?? 0
      // The bytes may have been moved away by a completion that failed afterwards, and will be tried again.
      if (sha256Of(stored) !== null) return { sizeBytes, receivedBytes: sizeBytes }
      const file = await ifThere(stat(path))
      return file && { sizeBytes, receivedBytes: file.size }
    },

    receive: async (uploadId, source, options) => {
      const stop = new AbortController()
      const writing = { stop, done: append(uploadId, source, options, stop.signal) }
      writings.set(uploadId, writing)
      try {
        return await writing.done
      } finally {
        if (writings.get(uploadId) === writing) writings.delete(uploadId)
      }
    },

    complete: async (uploadId) => {
      const path = pathOf(uploadId)
      const stored = await detailsOf(uploadId)
      if (stored === null) throw new Error(`Nothing is known of upload ${uploadId}.`)
      const sizeBytes = stored.size ?? 0
      const known = sha256Of(stored)
      if (known !== null) return { path, sha256: known, sizeBytes }
      const sha256 = (await hashUpTo(uploadId, sizeBytes)).digest('hex')
      await details.set(uploadId, new Upload({ ...stored, metadata: { ...stored.metadata, sha256 } }))
      return { path, sha256, sizeBytes }
    },
  }
}

const sha256Of = (stored: Upload): string | null => stored.metadata?.sha256 ?? null

/** Null where there is no such file. That one cannot be read is another thing: somebody has to look at it. */
const ifThere = async <Result>(reading: Promise<Result>): Promise<Result | null> =>
  reading.catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })

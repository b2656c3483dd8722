import { createHash, type Hash } from 'node:crypto'
import { createReadStream, mkdirSync } from 'node:fs'
import { readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { IncomingBytes, ReceiveOptions } from '../../services/kernel/ports.ts'
import { receive } from './receive.ts'

interface RunningHash {
  hash: Hash
  offset: number
}

interface Reception {
  stop: AbortController
  done: Promise<unknown>
}

/** Bounds memory. An upload whose running hash was dropped is hashed again from disk when it continues. */
const maxRunningHashes = 1000
const uploadIdPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/**
 * One growing file `<uploadId>` per upload in one directory, which should be on the file system of the storage: a
 * complete file is then renamed, not copied. SHA-256 is computed while bytes stream through. A running hash is only an
 * optimisation: if it does not end at the requested offset, the bytes before that offset are read from disk.
 */
export const createIncomingFiles = ({ directory }: { directory: string }): IncomingBytes => {
  mkdirSync(directory, { recursive: true })
  const runningHashes = new Map<string, RunningHash>()
  const receptions = new Map<string, Reception>()

  const pathOf = (uploadId: string): string => {
    if (!uploadIdPattern.test(uploadId)) throw new Error(`Not an upload id: ${JSON.stringify(uploadId)}`)
    return join(directory, uploadId)
  }

  const hashUpTo = async (uploadId: string, offset: number, signal?: AbortSignal): Promise<Hash> => {
    const running = runningHashes.get(uploadId)
    runningHashes.delete(uploadId) // The caller modifies it. It is kept again only once all of its bytes are on disk.
    if (running?.offset === offset) return running.hash
    const hash = createHash('sha256')
    if (offset === 0) return hash
    const prefix = createReadStream(pathOf(uploadId), { end: offset - 1, highWaterMark: 1024 * 1024, signal })
    for await (const chunk of prefix) hash.update(chunk)
    return hash
  }

  const keepHash = (uploadId: string, running: RunningHash): void => {
    runningHashes.set(uploadId, running)
    const [oldestId] = runningHashes.keys()
    if (runningHashes.size > maxRunningHashes && oldestId !== undefined) runningHashes.delete(oldestId)
  }

  const append = async (uploadId: string, source: Readable, options: ReceiveOptions, removed: AbortSignal) => {
    const { offset, sizeBytes, ownsChunks, onReceived } = options
    const signal = AbortSignal.any([removed, options.signal])
    const path = pathOf(uploadId)
    // Not ended by the caller's signal: restarted at each attempt, hashing the prefix of a large file would never finish.
    const hash = await hashUpTo(uploadId, offset, removed)
    const reached = await receive({ source, path, offset, sizeBytes, hash, signal, ownsChunks, onWritten: onReceived })
    keepHash(uploadId, { hash, offset: reached })
    return reached
  }

  return {
    create: async (uploadId) => writeFile(pathOf(uploadId), ''),

    remove: async (uploadId) => {
      const path = pathOf(uploadId)
      const reception = receptions.get(uploadId)
      reception?.stop.abort()
      await reception?.done.catch(() => {}) // Its own caller gets the error.
      runningHashes.delete(uploadId)
      await rm(path, { force: true })
    },

    listIdleSince: async (time) => {
      const ids = (await readdir(directory)).filter((name) => uploadIdPattern.test(name))
      const files = await Promise.all(ids.map(async (id) => ({ id, stats: await statIfPresent(join(directory, id)) })))
      return files.filter(({ stats }) => stats !== null && stats.mtime < time).map(({ id }) => id)
    },

    stat: async (uploadId) => {
      const stats = await statIfPresent(pathOf(uploadId))
      return stats && { receivedBytes: stats.size }
    },

    receive: async (uploadId, source, options) => {
      const stop = new AbortController()
      const reception = { stop, done: append(uploadId, source, options, stop.signal) }
      receptions.set(uploadId, reception)
      try {
        return await reception.done
      } finally {
        if (receptions.get(uploadId) === reception) receptions.delete(uploadId)
      }
    },

    complete: async ({ id, sizeBytes, sha256 }) => ({
      path: pathOf(id),
      sizeBytes,
      sha256: sha256 ?? (await hashUpTo(id, sizeBytes)).digest('hex'),
    }),
  }
}

/** Null if there is no such file. A file that exists and cannot be read is an error: an operator must look at it. */
const statIfPresent = async (path: string) =>
  stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })

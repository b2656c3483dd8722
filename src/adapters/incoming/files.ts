import { createHash, type Hash } from 'node:crypto'
import { createReadStream, mkdirSync } from 'node:fs'
import { constants, copyFile, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import type { HeldFile, IncomingBytes, IncomingFile, ReceiveOptions } from '../../services/kernel/ports.ts'
import { receive } from './receive.ts'

interface RunningHash {
  hash: Hash
  offset: number
  fence: number
}

interface Reception {
  stop: AbortController
  done: Promise<unknown>
}

/** Bounds memory. An upload whose running hash was dropped is hashed again from disk when it continues. */
const maxRunningHashes = 1000
const fileNamePattern = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?:\.([1-9]\d*))?$/

const nameOf = ({ id, fileNumber }: IncomingFile): string => (fileNumber === 0 ? id : `${id}.${fileNumber}`)

/** Empty if the name is not that of an incoming file. */
const parseName = (name: string): IncomingFile[] => {
  const [, id, digits] = fileNamePattern.exec(name) ?? []
  return id === undefined ? [] : [{ id, fileNumber: Number(digits ?? 0) }]
}

/**
 * One growing file per upload in one directory: `<uploadId>`, or `<uploadId>.<number>` after another process took over.
 * The directory should be on the file system of the storage: a complete file is then renamed, not copied. SHA-256 is
 * computed while bytes stream through. A running hash is only an optimisation: unless it ends at the requested offset
 * and this process has held the lease ever since, the bytes before that offset are read from disk.
 */
export const createIncomingFiles = ({ directory }: { directory: string }): IncomingBytes => {
  mkdirSync(directory, { recursive: true })
  const runningHashes = new Map<string, RunningHash>()
  const receptions = new Map<string, Reception>()

  const pathOf = (file: IncomingFile): string => {
    const name = nameOf(file)
    if (!fileNamePattern.test(name)) throw new Error(`Not an incoming file: ${JSON.stringify(name)}`)
    return join(directory, name)
  }

  const hashUpTo = async (file: HeldFile, offset: number, signal?: AbortSignal): Promise<Hash> => {
    const running = runningHashes.get(nameOf(file))
    runningHashes.delete(nameOf(file)) // The caller modifies it. It is kept again only once all of its bytes are on disk.
    if (running?.offset === offset && running.fence === file.fence) return running.hash
    const hash = createHash('sha256')
    if (offset === 0) return hash
    const prefix = createReadStream(pathOf(file), { end: offset - 1, highWaterMark: 1024 * 1024, signal })
    for await (const chunk of prefix) hash.update(chunk)
    return hash
  }

  const keepHash = (name: string, running: RunningHash): void => {
    runningHashes.set(name, running)
    const [oldestName] = runningHashes.keys()
    if (runningHashes.size > maxRunningHashes && oldestName !== undefined) runningHashes.delete(oldestName)
  }

  const append = async (file: HeldFile, source: Readable, options: ReceiveOptions, removed: AbortSignal) => {
    const { offset, sizeBytes, ownsChunks, onReceived } = options
    const signal = AbortSignal.any([removed, options.signal])
    const path = pathOf(file)
    // Not ended by the caller's signal: restarted at each attempt, hashing the prefix of a large file would never finish.
    const hash = await hashUpTo(file, offset, removed)
    const reached = await receive({ source, path, offset, sizeBytes, hash, signal, ownsChunks, onWritten: onReceived })
    keepHash(nameOf(file), { hash, offset: reached, fence: file.fence })
    return reached
  }

  return {
    create: async (uploadId) => writeFile(pathOf({ id: uploadId, fileNumber: 0 }), ''),

    remove: async (file) => {
      const path = pathOf(file)
      const reception = receptions.get(nameOf(file))
      reception?.stop.abort()
      await reception?.done.catch(() => {}) // Its own caller gets the error.
      runningHashes.delete(nameOf(file))
      await rm(path, { force: true })
    },

    listIdleSince: async (time) => {
      const files = await Promise.all(
        (await readdir(directory)).flatMap(parseName).map(async (file) => ({
          file,
          stats: await statIfPresent(pathOf(file)),
        })),
      )
      return files.filter(({ stats }) => stats !== null && stats.mtime < time).map(({ file }) => file)
    },

    stat: async (file) => {
      const stats = await statIfPresent(pathOf(file))
      return stats && { receivedBytes: stats.size }
    },

    copy: async (file, number) => {
      // FICLONE shares the blocks where the file system can, and copies the bytes where it cannot.
      const copied = copyFile(pathOf(file), pathOf({ ...file, fileNumber: number }), constants.COPYFILE_FICLONE)
      return copied.then(() => true, falseIfMissing)
    },

    receive: async (file, source, options) => {
      const stop = new AbortController()
      const reception = { stop, done: append(file, source, options, stop.signal) }
      receptions.set(nameOf(file), reception)
      try {
        return await reception.done
      } finally {
        if (receptions.get(nameOf(file)) === reception) receptions.delete(nameOf(file))
      }
    },

    complete: async (file) => ({
      path: pathOf(file),
      sizeBytes: file.sizeBytes,
      sha256: file.sha256 ?? (await hashUpTo(file, file.sizeBytes)).digest('hex'),
    }),
  }
}

const falseIfMissing = (error: NodeJS.ErrnoException): false => {
  if (error.code === 'ENOENT') return false
  throw error
}

/** Null if there is no such file. A file that exists and cannot be read is an error: an operator must look at it. */
const statIfPresent = async (path: string) =>
  stat(path).catch((error: NodeJS.ErrnoException) => falseIfMissing(error) || null)

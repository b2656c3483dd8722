import { randomUUID } from 'node:crypto'
import { copyFile, mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import type { Storage } from '../../services/kernel/ports.ts'
import { checkKey } from './key.ts'

/** Creates the storage of blobs in a local folder. */
export const createDiskStorage = (options: { root: string }): Storage => {
  const root = resolve(options.root)

  const pathOf = (key: string): string => join(root, checkKey(key))

  const statKey = async (key: string): Promise<{ sizeBytes: number } | null> => {
    const stats = await stat(pathOf(key)).catch(nullIfMissing)
    return stats?.isFile() ? { sizeBytes: stats.size } : null
  }

  return {
    putFile: async (key, path) => {
      const target = pathOf(key)
      // A blob is never replaced, so that open readers and offsets stay valid. The source may no longer exist: its
      // owner retries after a crash between this step and the next.
      if ((await statKey(key)) === null) await moveIntoPlace(path, target)
      await rm(path, { force: true })
    },

    put: async (key, bytes) => {
      const target = pathOf(key)
      if ((await statKey(key)) !== null) return
      await mkdir(root, { recursive: true })
      // Hidden, so that a crash leaves no file that looks like a key.
      const partial = join(root, `.${randomUUID()}`)
      await writeFile(partial, bytes)
      await moveIntoPlace(partial, target)
    },

    stat: statKey,

    read: async (key, range) => {
      const file = await open(pathOf(key))
      return file.createReadStream({ start: range?.start, end: range?.end, highWaterMark: 256 * 1024 }) as Readable // as: typed as fs.ReadStream, which extends it
    },

    localFile: async (key) => {
      const path = pathOf(key)
      await stat(path)
      return path
    },

    deliver: async (key) => ({ type: 'file', path: pathOf(key) }),

    remove: async (key) => {
      await rm(pathOf(key), { force: true })
    },

    maxRemovalDelayMs: 0,

    list: async (folder) => {
      const path = pathOf(folder)
      const entries = (await readdir(path, { recursive: true, withFileTypes: true }).catch(nullIfMissing)) ?? []
      const files = entries.filter((entry) => entry.isFile() && !entry.name.startsWith('.'))
      return files.map((file) => relative(root, join(file.parentPath, file.name))).toSorted()
    },

    uri: (key) => pathToFileURL(pathOf(key)).href,

    close: async () => {},
  }
}

/**
 * Gives a file its final name. Syncs the file before the rename, and the folders before it resolves: both survive a
 * power failure.
 */
const moveIntoPlace = async (source: string, target: string): Promise<void> => {
  const folder = dirname(target)
  const highestNewFolder = await mkdir(folder, { recursive: true })
  await syncToDisk(source)
  try {
    await rename(source, target)
  } catch (error) {
    if (!hasCode(error, 'EXDEV')) throw error
    await copyAcross(source, target)
  }
  const topFolder = highestNewFolder === undefined ? folder : dirname(highestNewFolder)
  for (let current = folder; ; current = dirname(current)) {
    await syncToDisk(current)
    if (current === topFolder) return
  }
}

/** Copies a file from another file system. The copy gets its name only once it is complete. */
const copyAcross = async (source: string, target: string): Promise<void> => {
  const partial = `${target}.${randomUUID()}.partial`
  try {
    await copyFile(source, partial)
    await syncToDisk(partial)
    await rename(partial, target)
  } finally {
    await rm(partial, { force: true })
  }
}

const syncToDisk = async (path: string): Promise<void> => {
  const file = await open(path)
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && 'code' in error && error.code === code

const nullIfMissing = (error: unknown): null => {
  if (hasCode(error, 'ENOENT') || hasCode(error, 'ENOTDIR')) return null
  throw error
}

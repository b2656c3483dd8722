import { randomUUID } from 'node:crypto'
import { copyFile, mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, relative, resolve } from 'node:path'
import type { Readable } from 'node:stream'
import { pathToFileURL } from 'node:url'
import type { Storage } from '../../services/kernel/ports.ts'
import { checkKey } from './key.ts'
import { hasCode, keepsStored, nullIfMissing } from './localFiles.ts'

/** Creates the storage of blobs in a local folder. */
export const createDiskStorage = (options: { root: string }): Storage => {
  const root = resolve(options.root)

  const pathOf = (key: string): string => join(root, checkKey(key))

  const statKey = async (key: string): Promise<{ sizeBytes: number } | null> => {
    const stats = await stat(pathOf(key)).catch(nullIfMissing)
    return stats?.isFile() ? { sizeBytes: stats.size } : null
  }

  return {
    putFile: async (key, path, { replace = false } = {}) => {
      const isKept = await keepsStored(path, await statKey(key), replace)
      // Readers that have a replaced file open continue to read it.
      if (!isKept) await moveIntoPlace(path, pathOf(key))
      await rm(path, { force: true })
      return !isKept
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

    deliver: async (key) => {
      const stored = await statKey(key)
      return stored === null ? { type: 'missing' } : { type: 'file', path: pathOf(key), ...stored }
    },

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

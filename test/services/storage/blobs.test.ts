import { createHash, randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, vi } from 'vitest'
import { createDiskStorage } from '../../../src/adapters/storage/disk.ts'
import type { Database, Storage } from '../../../src/services/kernel/ports.ts'
import { blobKey, createBlobs } from '../../../src/services/storage/blobs.ts'
import { it as base } from '../../harness/databaseIt.ts'
import { createLogSpy } from '../../harness/logSpy.ts'

const clock = { now: () => new Date() }
const reportFault = async () => {}

const ageOrphans = (database: Database, ...sha256s: string[]) =>
  database.blob.updateMany({ where: { sha256: { in: sha256s } }, data: { orphanedAt: new Date(0) } })

const it = base
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  .extend('folder', { scope: 'file' }, async ({}, { onCleanup }) => {
    const folder = await mkdtemp(join(tmpdir(), 'mediagraph-blobs-'))
    onCleanup(() => rm(folder, { recursive: true, force: true }))
    return folder
  })
  .extend('createFile', { scope: 'file' }, ({ folder }) => async (text: string = randomUUID()) => {
    const path = join(folder, randomUUID())
    await writeFile(path, text)
    return { path, sizeBytes: text.length, sha256: createHash('sha256').update(text).digest('hex') }
  })
  /** A storage that fails like one behind a network: it cannot remove `failingKeys`. */
  .extend('storage', ({ folder }): Storage & { calls: string[]; failingKeys: Set<string> } => {
    const disk = createDiskStorage({ root: join(folder, 'files') })
    const calls: string[] = []
    const failingKeys = new Set<string>()
    return {
      ...disk,
      calls,
      failingKeys,
      maxRemovalDelayMs: 300,
      async putFile(key, path, options) {
        calls.push('put')
        return await disk.putFile(key, path, options)
      },
      async remove(key) {
        if (failingKeys.has(key)) throw new Error('no response')
        await disk.remove(key)
      },
    }
  })
  .extend('logSpy', () => createLogSpy())
  .extend('blobs', ({ database, storage, logSpy: { log } }) =>
    createBlobs({ database, storage, clock, log, reportFault }),
  )
  /** Three blobs whose grace period is over. */
  .extend('orphans', async ({ database, blobs, createFile }) => {
    const files = [await createFile(), await createFile(), await createFile()] as const
    for (const each of files) await blobs.store(each)
    await ageOrphans(database, ...files.map(({ sha256 }) => sha256))
    return files
  })

describe('store', () => {
  it('waits until an unanswered removal of the same bytes can no longer be applied', async ({
    database,
    storage,
    blobs,
    createFile,
  }) => {
    const [text, first] = ['the same', await createFile('the same')]
    const key = blobKey(first.sha256)
    await blobs.store(first)
    await ageOrphans(database, first.sha256)
    storage.failingKeys.add(key)
    expect(await blobs.collectGarbage()).toBe(0)
    storage.failingKeys.clear()
    const lateRemoval = new Promise((resolve) => setTimeout(resolve, 100)).then(() => storage.remove(key))
    await blobs.store(await createFile(text))
    await lateRemoval
    expect(await storage.stat(key)).toEqual({ sizeBytes: text.length })
    expect(await blobs.collectGarbage()).toBe(0)
  })

  it('extends the grace period until the bytes are stored', async ({
    database,
    storage,
    logSpy: { log },
    createFile,
  }) => {
    const one = await createFile()
    const { promise: mayFinish, resolve: finish } = Promise.withResolvers<void>()
    const slowStorage: Storage = {
      ...storage,
      async putFile(key, path) {
        await mayFinish
        return await storage.putFile(key, path)
      },
    }
    const options = { database, storage: slowStorage, clock, log, reportFault }
    const storeCall = createBlobs({ ...options, renewIntervalMs: 20 }).store(one)
    const isFresh = async () =>
      (await database.blob.count({ where: { sha256: one.sha256, orphanedAt: { gt: new Date(0) } } })) === 1
    await vi.waitUntil(isFresh)
    await ageOrphans(database, one.sha256)
    await vi.waitUntil(isFresh)
    finish()
    await storeCall
    expect(await storage.stat(blobKey(one.sha256))).toEqual({ sizeBytes: one.sizeBytes })
  })

  it('does not wait if no removal may have begun', async ({ storage, blobs, createFile }) => {
    const text = randomUUID()
    await blobs.store(await createFile(text))
    const startMs = performance.now()
    await blobs.store(await createFile(text))
    expect(performance.now() - startMs).toBeLessThan(storage.maxRemovalDelayMs)
    expect(storage.calls).toEqual(['put', 'put'])
  })
})

describe('collectGarbage', () => {
  it('skips a blob that cannot be removed', async ({
    database,
    storage,
    logSpy: { messages },
    blobs,
    orphans: [failing],
  }) => {
    storage.failingKeys.add(blobKey(failing.sha256))
    expect(await blobs.collectGarbage()).toBe(2)
    expect(messages.join()).toContain('Failed to remove an unreferenced blob')
    expect(await database.blob.count({ where: { sha256: failing.sha256 } })).toBe(1)
    storage.failingKeys.clear()
    await blobs.collectGarbage()
  })

  it('removes a skipped blob at the next run', async ({ storage, blobs, orphans: [failing] }) => {
    storage.failingKeys.add(blobKey(failing.sha256))
    expect(await blobs.collectGarbage()).toBe(2)
    storage.failingKeys.clear()
    expect(await blobs.collectGarbage()).toBe(1)
  })

  it('stops at a database error', async ({ database, storage, logSpy: { log, messages }, blobs, createFile }) => {
    const [one, other] = await Promise.all([createFile(), createFile()])
    for (const each of [one, other]) await blobs.store(each)
    await ageOrphans(database, one.sha256, other.sha256)
    const failingDatabase: Database = Object.create(database, {
      $transaction: { value: () => Promise.reject(new Error('the database is unavailable')) },
    })
    const failingBlobs = createBlobs({ database: failingDatabase, storage, clock, log, reportFault })
    await expect(failingBlobs.collectGarbage()).rejects.toThrow('unavailable')
    expect(messages).toEqual([])
    expect(await blobs.collectGarbage()).toBe(2)
  })

  it('stops between two blobs once its signal is aborted', async ({ database, blobs, createFile }) => {
    const one = await createFile()
    await blobs.store(one)
    await ageOrphans(database, one.sha256)
    expect(await blobs.collectGarbage(AbortSignal.abort())).toBe(0)
    expect(await blobs.collectGarbage()).toBe(1)
  })
})

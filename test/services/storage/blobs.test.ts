import { createHash, randomUUID } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { openDatabase } from '../../../src/adapters/database.ts'
import { createLogger } from '../../../src/adapters/logger.ts'
import { createDiskStorage } from '../../../src/adapters/storage/disk.ts'
import type { Database, Storage } from '../../../src/services/kernel/ports.ts'
import { type Blobs, blobKey, createBlobs } from '../../../src/services/storage/blobs.ts'
import { createLogSpy } from '../../harness/logSpy.ts'
import { createTestDatabase, type TestDatabase } from '../../harness/postgres.ts'

/** What may go wrong with a storage that lies behind a network. */
let testDatabase: TestDatabase
let database: Database
let folder: string
let storage: Storage
let blobs: Blobs
let calls: string[]
const { log, messages } = createLogSpy()
const failingKeys = new Set<string>()
const clock = { now: () => new Date() }

beforeAll(async () => {
  testDatabase = await createTestDatabase()
  database = openDatabase({ url: testDatabase.appUrl, log: createLogger('silent') })
  folder = await mkdtemp(join(tmpdir(), 'mediagraph-blobs-'))
  const disk = createDiskStorage({ root: join(folder, 'files') })
  storage = {
    ...disk,
    maxRemovalDelayMs: 300,
    async putFile(key, path) {
      calls.push('put')
      await disk.putFile(key, path)
    },
    async remove(key) {
      if (failingKeys.has(key)) throw new Error('nothing was heard')
      await disk.remove(key)
    },
  }
  blobs = createBlobs({ database, storage, clock, log })
})
beforeEach(() => {
  calls = []
  failingKeys.clear()
})
afterAll(async () => {
  await database?.$disconnect()
  await testDatabase?.drop()
  await rm(folder, { recursive: true, force: true })
})

const file = async (text: string = randomUUID()) => {
  const path = join(folder, randomUUID())
  await writeFile(path, text)
  return { path, sizeBytes: text.length, sha256: createHash('sha256').update(text).digest('hex') }
}
const ageOrphans = (...sha256s: string[]) =>
  database.blob.updateMany({ where: { sha256: { in: sha256s } }, data: { orphanedAt: new Date(0) } })

describe('storing', () => {
  it('waits for a removal of the same bytes of which nothing was heard, which may still happen', async () => {
    const [text, first] = ['the same', await file('the same')]
    const key = blobKey(first.sha256)
    await blobs.store(first)
    await ageOrphans(first.sha256)
    failingKeys.add(key)
    expect(await blobs.collectGarbage()).toBe(0)
    failingKeys.clear()
    const late = new Promise((resolve) => setTimeout(resolve, 100)).then(() => storage.remove(key))
    await blobs.store(await file(text))
    await late
    expect(await storage.stat(key)).toEqual({ sizeBytes: text.length })
    expect(await blobs.collectGarbage()).toBe(0)
  })

  it('keeps its mark fresh for as long as it takes', async () => {
    const one = await file()
    const { promise: arrives, resolve: arrive } = Promise.withResolvers<void>()
    const slow: Storage = {
      ...storage,
      async putFile(key, path) {
        await arrives
        await storage.putFile(key, path)
      },
    }
    const storeCall = createBlobs({ database, storage: slow, clock, log, renewIntervalMs: 20 }).store(one)
    const isFresh = async () =>
      (await database.blob.count({ where: { sha256: one.sha256, orphanedAt: { gt: new Date(0) } } })) === 1
    await vi.waitUntil(isFresh)
    await ageOrphans(one.sha256)
    await vi.waitUntil(isFresh)
    arrive()
    await storeCall
    expect(await storage.stat(blobKey(one.sha256))).toEqual({ sizeBytes: one.sizeBytes })
  })

  it('waits for nothing else', async () => {
    const text = randomUUID()
    await blobs.store(await file(text))
    const startMs = performance.now()
    await blobs.store(await file(text))
    expect(performance.now() - startMs).toBeLessThan(storage.maxRemovalDelayMs)
    expect(calls).toEqual(['put', 'put'])
  })
})

describe('reclaiming', () => {
  it('goes on past what cannot be removed, says so, and takes it the next time', async () => {
    const files = await Promise.all([file(), file(), file()])
    for (const each of files) await blobs.store(each)
    await ageOrphans(...files.map(({ sha256 }) => sha256))
    const [one] = files
    if (one === undefined) throw new Error('there are three')
    failingKeys.add(blobKey(one.sha256))
    expect(await blobs.collectGarbage()).toBe(2)
    expect(messages.join()).toContain('could not be removed')
    expect(await database.blob.count({ where: { sha256: one.sha256 } })).toBe(1)
    failingKeys.clear()
    expect(await blobs.collectGarbage()).toBe(1)
  })

  it('stops where the database is what fails', async () => {
    const [one, other] = await Promise.all([file(), file()])
    for (const each of [one, other]) await blobs.store(each)
    await ageOrphans(one.sha256, other.sha256)
    const failingDatabase: Database = Object.create(database, {
      $transaction: { value: () => Promise.reject(new Error('the database is away')) },
    })
    const messageCount = messages.length
    await expect(createBlobs({ database: failingDatabase, storage, clock, log }).collectGarbage()).rejects.toThrow(
      'away',
    )
    expect(messages).toHaveLength(messageCount)
    expect(await blobs.collectGarbage()).toBe(2)
  })

  it('stops between two when it is told to', async () => {
    const one = await file()
    await blobs.store(one)
    await ageOrphans(one.sha256)
    expect(await blobs.collectGarbage(AbortSignal.abort())).toBe(0)
    expect(await blobs.collectGarbage()).toBe(1)
  })
})

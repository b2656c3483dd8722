import { createHash, randomUUID } from 'node:crypto'
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { describe, expect } from 'vitest'
import { createDiskStorage } from '../../../src/adapters/storage/disk.ts'
import type { Storage } from '../../../src/services/kernel/ports.ts'
import { blobKey, createBlobs } from '../../../src/services/storage/blobs.ts'
import { createScrub } from '../../../src/services/storage/scrub.ts'
import { it as base } from '../../harness/databaseIt.ts'
import { createLogSpy } from '../../harness/logSpy.ts'

const hourMs = 60 * 60 * 1000
const weekMs = 7 * 24 * hourMs
const never = new AbortController().signal
const highRate = 1_000_000_000

const it = base
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  .extend('folder', async ({}, { onCleanup }) => {
    const folder = await mkdtemp(join(tmpdir(), 'mediagraph-scrub-'))
    onCleanup(() => rm(folder, { recursive: true, force: true }))
    return folder
  })
  .extend('clock', () => {
    const clock = { time: new Date(), now: () => clock.time }
    return clock
  })
  .extend('logSpy', () => createLogSpy())
  /** A storage that records which keys are read, and fails for `failingKeys`. */
  .extend('storage', ({ folder }) => {
    const disk = createDiskStorage({ root: join(folder, 'files') })
    const failures = new Map<string, Error>()
    const readKeys: string[] = []
    const read: Storage['read'] = async (key, range) => {
      readKeys.push(key)
      const failure = failures.get(key)
      if (failure === undefined) return disk.read(key, range)
      return new Readable({ read: (_size) => undefined }).destroy(failure)
    }
    return { ...disk, read, failures, readKeys }
  })
  .extend('blobs', ({ database, storage, clock, logSpy: { log } }) =>
    createBlobs({ database, storage, clock, log, reportFault: async () => {} }),
  )
  .extend(
    'openScrub',
    ({ database, storage, clock, logSpy: { log } }) =>
      (bytesPerSecond = highRate, maxRunMs?: number) =>
        createScrub({ database, storage, clock, log, scrubBytesPerSecond: bytesPerSecond, maxRunMs }),
  )
  .extend('createFile', ({ folder }) => async (text: string) => {
    const path = join(folder, randomUUID())
    await writeFile(path, text)
    return { path, sizeBytes: text.length, sha256: createHash('sha256').update(text).digest('hex') }
  })
  /** Eight referenced blobs, in the order of their digests, with their text and path. */
  .extend('files', async ({ database, folder, blobs, createFile }, { onCleanup }) => {
    const files: { sha256: string; key: string; text: string; path: string }[] = []
    for (let index = 0; index < 8; index++) {
      const text = `content ${randomUUID()}`
      const file = await createFile(text)
      await blobs.store(file)
      const key = blobKey(file.sha256)
      files.push({ sha256: file.sha256, key, text, path: join(folder, 'files', key) })
    }
    await database.blob.updateMany({ data: { orphanedAt: null } })
    onCleanup(async () => {
      await database.blob.deleteMany()
      await database.blobScrub.deleteMany()
    })
    return files.toSorted((a, b) => (a.sha256 < b.sha256 ? -1 : 1)) as [(typeof files)[0], ...typeof files] // as: eight
  })
  .extend('readFaults', ({ database }) => async () => {
    const rows = await database.blob.findMany({ where: { fault: { not: null } }, orderBy: { sha256: 'asc' } })
    return rows.map(({ sha256, fault }) => `${fault} ${sha256}`)
  })

describe('the scrub', () => {
  it('marks exactly the faulty blobs', async ({ openScrub, files, readFaults }) => {
    const [removed, truncated, extended, flipped, swapped, other] = files
    await rm(removed.path)
    await truncate(truncated?.path ?? '', 2)
    await writeFile(extended?.path ?? '', `${extended?.text} and more`)
    await writeFile(flipped?.path ?? '', flipped?.text.toUpperCase() ?? '')
    await writeFile(swapped?.path ?? '', other?.text ?? '')
    await writeFile(other?.path ?? '', swapped?.text ?? '')
    await openScrub().run(never)
    expect(await readFaults()).toEqual([
      `MISSING ${removed.sha256}`,
      ...[truncated, extended, flipped, swapped, other].map((file) => `DAMAGED ${file?.sha256}`),
    ])
  })

  it('logs each fault once as an error with its digest', async ({ openScrub, clock, logSpy, files: [file] }) => {
    await rm(file.path)
    await openScrub().run(never)
    clock.time = new Date(clock.time.getTime() + weekMs)
    await openScrub().run(never)
    expect(logSpy.errorFields).toEqual([{ sha256: file.sha256, fault: 'MISSING' }])
  })

  it('logs at most a hundred faults of one run one by one', async ({ database, openScrub, logSpy, files }) => {
    const rows = Array.from({ length: 120 }, () => ({
      sha256: createHash('sha256').update(randomUUID()).digest('hex'),
    }))
    await database.blob.createMany({ data: rows.map((row) => ({ ...row, sizeBytes: files.length })) })
    await openScrub(1e12).run(never)
    expect(await database.blob.count({ where: { fault: 'MISSING' } })).toBe(120)
    expect(logSpy.errorFields).toHaveLength(101)
    expect(logSpy.errorFields.at(-1)).toEqual({ blobs: 120 })
  })

  it('marks bytes that the disk cannot read', async ({ openScrub, storage, files: [file], readFaults }) => {
    storage.failures.set(file.key, Object.assign(new Error('i/o error'), { code: 'EIO' }))
    await openScrub().run(never)
    expect(await readFaults()).toEqual([`DAMAGED ${file.sha256}`])
  })

  it('leaves out unreferenced blobs, whose bytes may not be stored yet', async ({
    database,
    openScrub,
    files: [file],
    readFaults,
  }) => {
    await database.blob.update({ where: { sha256: file.sha256 }, data: { orphanedAt: new Date() } })
    await rm(file.path)
    await openScrub().run(never)
    expect(await readFaults()).toEqual([])
  })

  it('does not mark bytes that were replaced while it read the former ones', async ({
    openScrub,
    storage,
    blobs,
    createFile,
    files: [file],
    readFaults,
    clock,
  }) => {
    await writeFile(file.path, file.text.toUpperCase())
    const { read } = storage
    storage.read = async (key, range) => {
      const stream = await read(key, range)
      if (key !== file.key) return stream
      clock.time = new Date(clock.time.getTime() + 1000)
      stream.destroy()
      await truncate(file.path, 1) // so that store replaces them
      await blobs.store(await createFile(file.text))
      return Readable.from([Buffer.from('the former bytes')])
    }
    await openScrub().run(never)
    expect(await readFaults()).toEqual([])
  })

  it('removes the mark of a blob that is found sound an hour later', async ({
    openScrub,
    clock,
    files,
    readFaults,
  }) => {
    const [file] = files
    await rm(file.path)
    await openScrub().run(never)
    await writeFile(file.path, file.text)
    await openScrub().run(never)
    expect(await readFaults()).toEqual([`MISSING ${file.sha256}`])
    clock.time = new Date(clock.time.getTime() + hourMs)
    await openScrub().run(never)
    expect(await readFaults()).toEqual([])
  })

  it('begins a new pass a week after the last began', async ({ openScrub, clock, storage, files }) => {
    await openScrub().run(never)
    expect(storage.readKeys).toEqual(files.map(({ key }) => key))
    await openScrub().run(never)
    expect(storage.readKeys).toHaveLength(8)
    clock.time = new Date(clock.time.getTime() + weekMs)
    await openScrub().run(never)
    expect(storage.readKeys).toHaveLength(16)
  })

  it('continues in another process after its time is over, without a gap', async ({ openScrub, storage, files }) => {
    // The first blob is always verified: a run that has no time left still makes progress.
    for (let run = 0; run < 100 && storage.readKeys.length < 8; run++) await openScrub(highRate, 0.01).run(never)
    expect(new Set(storage.readKeys)).toEqual(new Set(files.map(({ key }) => key)))
  })

  it('continues after it was aborted, with the blob that it had not finished', async ({
    openScrub,
    storage,
    files,
  }) => {
    const controller = new AbortController()
    const { read } = storage
    storage.read = async (key, range) => {
      const stream = await read(key, range)
      if (storage.readKeys.length === 4) controller.abort()
      return stream
    }
    await openScrub().run(controller.signal)
    expect(storage.readKeys).toHaveLength(4)
    await openScrub().run(never)
    expect(storage.readKeys.slice(4)).toEqual(files.slice(3).map(({ key }) => key))
  })

  it('ends at an unreachable storage without a mark', async ({ openScrub, storage, files, readFaults, logSpy }) => {
    for (const { key } of files) storage.failures.set(key, new Error('connect ECONNREFUSED'))
    await openScrub().run(never)
    expect(storage.readKeys).toHaveLength(1)
    expect(await readFaults()).toEqual([])
    expect(logSpy.messages).toEqual(['Failed to verify a blob; the next run continues.'])
  })

  it('skips a blob that cannot be read in two runs', async ({ openScrub, storage, files }) => {
    const failing = files[3]?.key ?? ''
    storage.failures.set(failing, new Error('permission denied'))
    for (let run = 0; run < 3; run++) await openScrub().run(never)
    expect(storage.readKeys).toEqual([...files.slice(0, 4), ...files.slice(3)].map(({ key }) => key))
  })

  it('runs in one process at a time', async ({ openScrub, storage, files }) => {
    const [isReading, mayContinue] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
    const { read } = storage
    storage.read = async (key, range) => {
      const isFirst = storage.readKeys.length === 0
      const stream = await read(key, range)
      isReading.resolve()
      if (isFirst) await mayContinue.promise
      return stream
    }
    const firstRun = openScrub().run(never)
    await isReading.promise
    await openScrub().run(never)
    expect(storage.readKeys).toHaveLength(1)
    mayContinue.resolve()
    await firstRun
    expect(storage.readKeys).toEqual(files.map(({ key }) => key))
  })

  it('continues once the lease of a killed process has expired', async ({ database, openScrub, storage, files }) => {
    await database.blobScrub.create({
      data: { position: files[5]?.sha256, passStartedAt: new Date(), leasedUntil: new Date(Date.now() - 1) },
    })
    await openScrub().run(never)
    expect(storage.readKeys).toEqual(files.slice(6).map(({ key }) => key))
  })

  it('keeps to its rate', async ({ openScrub, files }) => {
    const startMs = performance.now()
    await openScrub(64 * 1024 * 8 * 4).run(never) // each small blob counts as 64 KiB: four times eight per second
    expect(files).toHaveLength(8)
    expect(performance.now() - startMs).toBeGreaterThan(100)
  })

  it('verifies only marked blobs if it is switched off', async ({ openScrub, database, clock, storage, files }) => {
    const [file] = files
    await database.blob.update({
      where: { sha256: file.sha256 },
      data: { fault: 'MISSING', faultSeenAt: new Date(clock.time.getTime() - 2 * hourMs) },
    })
    await openScrub(0).run(never)
    expect(storage.readKeys).toEqual([file.key])
  })
})

import { createHash, randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect } from 'vitest'
import type { IntegrityFault } from '../../../prisma/generated/client/enums.ts'
import { createDiskStorage } from '../../../src/adapters/storage/disk.ts'
import type { Database, ReceivedFile } from '../../../src/services/kernel/ports.ts'
import { blobKey, createBlobs } from '../../../src/services/storage/blobs.ts'
import { createFaultReports } from '../../../src/services/storage/faultReports.ts'
import { BlobFaultError } from '../../../src/services/storage/integrity.ts'
import { it as base } from '../../harness/databaseIt.ts'
import { createLogSpy } from '../../harness/logSpy.ts'

const readBlob = (database: Database, { sha256 }: ReceivedFile) =>
  database.blob.findUniqueOrThrow({ where: { sha256 } })

const mark = (database: Database, { sha256 }: ReceivedFile, fault: IntegrityFault) =>
  database.blob.update({ where: { sha256 }, data: { fault, faultSeenAt: new Date() } })

const it = base
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  .extend('folder', { scope: 'file' }, async ({}, { onCleanup }) => {
    const folder = await mkdtemp(join(tmpdir(), 'mediagraph-repair-'))
    onCleanup(() => rm(folder, { recursive: true, force: true }))
    return folder
  })
  .extend('text', () => `the content ${randomUUID()}`)
  .extend('createFile', ({ folder, text }) => async (): Promise<ReceivedFile> => {
    const path = join(folder, randomUUID())
    await writeFile(path, text)
    return { path, sizeBytes: text.length, sha256: createHash('sha256').update(text).digest('hex') }
  })
  .extend('storage', ({ folder }) => createDiskStorage({ root: join(folder, 'files') }))
  .extend('logSpy', () => createLogSpy())
  .extend('clock', () => {
    const clock = { time: new Date(), now: () => clock.time }
    return clock
  })
  .extend('blobs', ({ database, storage, clock, logSpy: { log } }) => {
    const reportFault = createFaultReports({ database, clock, log })
    return createBlobs({ database, storage, clock, log, reportFault })
  })
  /** A stored blob that a media refers to, as far as its row shows. */
  .extend('file', async ({ database, blobs, createFile }) => {
    const file = await createFile()
    await blobs.store(file)
    await database.blob.update({ where: { sha256: file.sha256 }, data: { orphanedAt: null } })
    return file
  })
  .extend('storedPath', ({ folder, file }) => join(folder, 'files', blobKey(file.sha256)))

describe('store', () => {
  it('replaces truncated bytes', async ({ blobs, file, text, storedPath, createFile }) => {
    await truncate(storedPath, 3)
    await blobs.store({ ...(await createFile()), sha256: file.sha256 })
    expect(await readFile(storedPath, 'utf8')).toBe(text)
  })

  it('replaces extended bytes', async ({ blobs, text, storedPath, createFile }) => {
    await writeFile(storedPath, `${text} and more`)
    await blobs.store(await createFile())
    expect(await readFile(storedPath, 'utf8')).toBe(text)
  })

  it('stores bytes again that were removed', async ({ blobs, text, storedPath, createFile }) => {
    await rm(storedPath)
    await blobs.store(await createFile())
    expect(await readFile(storedPath, 'utf8')).toBe(text)
  })

  it('replaces changed bytes of the same size that are marked', async ({
    database,
    blobs,
    file,
    text,
    storedPath,
    createFile,
  }) => {
    await writeFile(storedPath, text.toUpperCase())
    await mark(database, file, 'DAMAGED')
    await blobs.store(await createFile())
    expect(await readFile(storedPath, 'utf8')).toBe(text)
  })

  it('clears the mark', async ({ database, blobs, file, createFile }) => {
    await mark(database, file, 'DAMAGED')
    await blobs.store(await createFile())
    expect(await readBlob(database, file)).toMatchObject({ fault: null, faultSeenAt: null })
  })

  it('keeps a referenced blob referenced', async ({ database, blobs, file, createFile }) => {
    await mark(database, file, 'DAMAGED')
    await blobs.store(await createFile())
    expect((await readBlob(database, file)).orphanedAt).toBeNull()
  })

  it('keeps the mark if the file cannot be stored', async ({ database, storage, clock, logSpy: { log }, file }) => {
    await mark(database, file, 'DAMAGED')
    const failing = { ...storage, putFile: () => Promise.reject(new Error('the disk is full')) }
    const blobs = createBlobs({ database, storage: failing, clock, log, reportFault: async () => {} })
    await expect(blobs.store(file)).rejects.toThrow('full')
    expect((await readBlob(database, file)).fault).toBe('DAMAGED')
  })

  it('clears the mark of sound bytes after a crash that followed their replacement', async ({
    database,
    blobs,
    file,
  }) => {
    await mark(database, file, 'DAMAGED')
    // The file was moved away already, so the repeated call finds only the stored bytes.
    await blobs.store(file)
    expect((await readBlob(database, file)).fault).toBeNull()
  })

  it('is rejected if the file was moved away and its stored bytes are damaged', async ({
    database,
    blobs,
    file,
    text,
    storedPath,
  }) => {
    await writeFile(storedPath, text.toUpperCase())
    await mark(database, file, 'DAMAGED')
    await expect(blobs.store(file)).rejects.toThrow(BlobFaultError)
    expect((await readBlob(database, file)).fault).toBe('DAMAGED')
  })

  it('is rejected if the file was moved away and its stored bytes have another size', async ({
    blobs,
    file,
    storedPath,
  }) => {
    await truncate(storedPath, 3)
    await expect(blobs.store(file)).rejects.toThrow(BlobFaultError)
  })

  it('repairs by several concurrent calls', async ({ database, blobs, file, text, storedPath, createFile }) => {
    await truncate(storedPath, 3)
    await mark(database, file, 'DAMAGED')
    const files = await Promise.all([createFile(), createFile(), createFile(), createFile()])
    await Promise.all(files.map((each) => blobs.store(each)))
    expect(await readFile(storedPath, 'utf8')).toBe(text)
    expect((await readBlob(database, file)).fault).toBeNull()
  })

  it('repairs bytes while they are removed as unreferenced', async ({
    database,
    blobs,
    file,
    text,
    storedPath,
    createFile,
  }) => {
    await truncate(storedPath, 3)
    await mark(database, file, 'DAMAGED')
    await database.blob.update({ where: { sha256: file.sha256 }, data: { orphanedAt: new Date(0) } })
    await Promise.all([blobs.collectGarbage(), blobs.store(await createFile())])
    expect(await readFile(storedPath, 'utf8')).toBe(text)
    expect((await readBlob(database, file)).fault).toBeNull()
  })
})

describe('localFile', () => {
  it('returns the path of sound bytes', async ({ blobs, folder, file, storedPath }) => {
    expect(await blobs.localFile(file.sha256, folder)).toBe(storedPath)
  })

  it('is rejected for truncated bytes', async ({ blobs, folder, file, storedPath }) => {
    await truncate(storedPath, 3)
    await expect(blobs.localFile(file.sha256, folder)).rejects.toMatchObject({
      name: 'BlobFaultError',
      fault: 'DAMAGED',
    })
  })

  it('is rejected for missing bytes', async ({ blobs, folder, file, storedPath }) => {
    await rm(storedPath)
    await expect(blobs.localFile(file.sha256, folder)).rejects.toMatchObject({
      name: 'BlobFaultError',
      fault: 'MISSING',
    })
  })

  it('is rejected for marked bytes', async ({ database, blobs, folder, file }) => {
    await mark(database, file, 'DAMAGED')
    await expect(blobs.localFile(file.sha256, folder)).rejects.toThrow(BlobFaultError)
  })

  it('marks the fault it finds', async ({ database, blobs, folder, file, storedPath }) => {
    await truncate(storedPath, 3)
    await expect(blobs.localFile(file.sha256, folder)).rejects.toThrow()
    expect((await readBlob(database, file)).fault).toBe('DAMAGED')
  })

  it('logs the same fault once per ten minutes', async ({ blobs, clock, logSpy, folder, file, storedPath }) => {
    await truncate(storedPath, 3)
    const read = () => blobs.localFile(file.sha256, folder).catch(() => {})
    for (let call = 0; call < 20; call++) await read()
    expect(logSpy.errorFields).toEqual([{ sha256: file.sha256, fault: 'DAMAGED' }])
    clock.time = new Date(clock.time.getTime() + 10 * 60 * 1000)
    await read()
    expect(logSpy.errorFields).toHaveLength(2)
  })
})

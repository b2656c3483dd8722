import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createDiskStorage } from '../../../src/adapters/storage/disk.ts'
import { storageContract } from '../../contracts/storage.ts'
import { temporaryDirectory } from '../../harness/temporaryDirectory.ts'

storageContract('disk', async (workspacePath) => ({
  storage: createDiskStorage({ root: join(workspacePath, 'files') }),
  close: async () => {},
}))

describe('the disk storage', () => {
  it('copies a file from another file system completely before it gets its name', async (context) => {
    const root = await temporaryDirectory()
    // The only other file system of most Linux machines; the test is skipped elsewhere.
    const otherFolder = await mkdtemp('/dev/shm/storage-').catch(() => null)
    if (otherFolder === null) return context.skip()
    onTestFinished(() => rm(otherFolder, { recursive: true }))
    const storage = createDiskStorage({ root })
    await writeFile(join(otherFolder, 'source'), 'far away')
    await storage.putFile('blobs/x', join(otherFolder, 'source'))
    expect((await buffer(await storage.read('blobs/x'))).toString()).toBe('far away')
    expect(await readdir(otherFolder)).toEqual([])
    expect(await readdir(join(root, 'blobs'))).toEqual(['x'])
  })

  it('returns the URI of the file itself', async () => {
    const root = join(tmpdir(), 'storage with spaces')
    expect(fileURLToPath(createDiskStorage({ root }).uri('blobs/x'))).toBe(join(root, 'blobs', 'x'))
  })
})

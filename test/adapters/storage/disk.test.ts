import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { createDiskStorage } from '../../../src/adapters/storage/disk.ts'
import { storageContract } from '../../contracts/storage.ts'

storageContract('disk', async (workspacePath) => ({
  storage: createDiskStorage({ root: join(workspacePath, 'files') }),
  close: async () => {},
}))

test('a file of another file system is copied whole before it gets its name', async (context) => {
  const root = await mkdtemp(join(tmpdir(), 'storage-'))
  // The only place that is another file system on most Linux machines; elsewhere there is nothing to try.
  const elsewhere = await mkdtemp('/dev/shm/storage-').catch(() => null)
  if (elsewhere === null) return context.skip()
  try {
    const storage = createDiskStorage({ root })
    await writeFile(join(elsewhere, 'source'), 'far away')
    await storage.putFile('blobs/x', join(elsewhere, 'source'))
    expect((await buffer(await storage.read('blobs/x'))).toString()).toBe('far away')
    expect(await readdir(elsewhere)).toEqual([])
    expect(await readdir(join(root, 'blobs'))).toEqual(['x'])
  } finally {
    await rm(root, { recursive: true })
    await rm(elsewhere, { recursive: true })
  }
})

test('the address is the file itself', async () => {
  const root = join(tmpdir(), 'storage with spaces')
  expect(fileURLToPath(createDiskStorage({ root }).uri('blobs/x'))).toBe(join(root, 'blobs', 'x'))
})

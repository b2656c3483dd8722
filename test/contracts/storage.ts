import { randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Storage } from '../../src/services/kernel/ports.ts'

export interface StorageSetup {
  storage: Storage
  close(): Promise<void>
}

/** What every storage promises, whatever it is made of. `workspacePath` is a local folder for the run of the suite. */
export const storageContract = (name: string, open: (workspacePath: string) => Promise<StorageSetup>): void => {
  describe(`${name} storage`, () => {
    let workspacePath: string
    let setup: StorageSetup
    let storage: Storage

    beforeAll(async () => {
      workspacePath = await mkdtemp(join(tmpdir(), 'storage-'))
      setup = await open(workspacePath)
      storage = setup.storage
    })

    afterAll(async () => {
      await setup.close()
      await rm(workspacePath, { recursive: true, force: true })
    })

    const newKey = () => `blobs/ab/cd/${randomUUID()}`

    const localFile = async (bytes: Uint8Array): Promise<string> => {
      const path = join(workspacePath, randomUUID())
      await writeFile(path, bytes)
      return path
    }

    const put = async (bytes: Uint8Array): Promise<string> => {
      const key = newKey()
      await storage.putFile(key, await localFile(bytes))
      return key
    }

    test('takes a file over and gives back its bytes', async () => {
      const bytes = randomBytes(1_000_003)
      const key = newKey()
      const path = await localFile(bytes)
      await storage.putFile(key, path)
      expect(await storage.stat(key)).toEqual({ sizeBytes: bytes.length })
      expect((await buffer(await storage.read(key))).equals(bytes)).toBe(true)
      await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' })
    })

    test('stores nothing as nothing', async () => {
      const key = await put(Buffer.alloc(0))
      expect(await storage.stat(key)).toEqual({ sizeBytes: 0 })
      expect(await buffer(await storage.read(key))).toHaveLength(0)
    })

    test.each([
      { start: 0, end: 0 },
      { start: 3, end: 5 },
      { start: 9, end: 9 },
      { start: 8, end: 1_000_000 },
    ])('reads the bytes from $start up to and including $end', async (range) => {
      const bytes = Buffer.from('0123456789')
      const read = await buffer(await storage.read(await put(bytes), range))
      expect(read).toEqual(bytes.subarray(range.start, range.end + 1))
    })

    test('a second put of a key changes nothing and removes its source', async () => {
      const key = await put(Buffer.from('first'))
      const path = await localFile(Buffer.from('second'))
      await storage.putFile(key, path)
      expect(await buffer(await storage.read(key))).toEqual(Buffer.from('first'))
      await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' })
    })

    test('a put that succeeded may be tried again, though its source is gone', async () => {
      const key = newKey()
      const path = await localFile(Buffer.from('bytes'))
      await storage.putFile(key, path)
      await storage.putFile(key, path)
      expect(await storage.stat(key)).toEqual({ sizeBytes: 5 })
    })

    test('a put without a source is rejected and stores nothing', async () => {
      const key = newKey()
      await expect(storage.putFile(key, join(workspacePath, 'missing'))).rejects.toThrow()
      expect(await storage.stat(key)).toBeNull()
    })

    test('puts of one key at the same time all succeed', async () => {
      const key = newKey()
      const bytes = randomBytes(100_000)
      const paths = await Promise.all([1, 2, 3, 4].map(() => localFile(bytes)))
      await Promise.all(paths.map((path) => storage.putFile(key, path)))
      expect((await buffer(await storage.read(key))).equals(bytes)).toBe(true)
    })

    test('knows nothing of a key under which nothing was put', async () => {
      const key = newKey()
      expect(await storage.stat(key)).toBeNull()
      expect(await storage.stat('blobs/ab')).toBeNull()
      await expect(storage.read(key)).rejects.toThrow()
      await expect(storage.localFile(key, workspacePath)).rejects.toThrow()
    })

    test('lends tools a local file', async () => {
      const key = await put(Buffer.from('for tools'))
      expect(await readFile(await storage.localFile(key, workspacePath), 'utf8')).toBe('for tools')
    })

    test('lends nothing, and leaves nothing, once it is told to stop', async () => {
      const key = await put(randomBytes(1_000_003))
      const folder = await mkdtemp(join(workspacePath, 'lent-'))
      const reason = new Error('the job was taken over')
      // A storage that has nothing to copy may be done before it could stop.
      await storage.localFile(key, folder, AbortSignal.abort(reason)).catch(() => {})
      expect(await readdir(folder)).toEqual([])
    })

    test('delivers as a file or a redirect', async () => {
      const key = await put(Buffer.from('to see'))
      const delivery = await storage.deliver(key, {
        method: 'GET',
        contentType: 'text/plain; charset=utf-8',
        contentDisposition: 'inline; filename="seen.txt"',
      })
      const content =
        delivery.type === 'file' ? await readFile(delivery.path, 'utf8') : await (await fetch(delivery.url)).text()
      expect(content).toBe('to see')
    })

    test('removes, and does not mind what is not there', async () => {
      const key = await put(Buffer.from('bytes'))
      await storage.remove(key)
      await storage.remove(key)
      expect(await storage.stat(key)).toBeNull()
    })

    test('stores a few bytes, once', async () => {
      const key = newKey()
      await storage.put(key, Buffer.from('first'))
      await storage.put(key, Buffer.from('second'))
      expect(await buffer(await storage.read(key))).toEqual(Buffer.from('first'))
    })

    test('lists what lies below a folder, in order, and nothing else', async () => {
      const folder = `list/${randomUUID()}`
      expect(await storage.list(folder)).toEqual([])
      const keys = ['a', 'b/c', 'b/d', 'e'].map((name) => `${folder}/${name}`)
      for (const key of keys.toReversed()) await storage.put(key, Buffer.from(key))
      await storage.put(`${folder}-beside/x`, Buffer.from('x'))
      expect(await storage.list(folder)).toEqual(keys)
      expect(await storage.list(`${folder}/b`)).toEqual(keys.slice(1, 3))
      await storage.remove(`${folder}/b/c`)
      expect(await storage.list(`${folder}/b`)).toEqual(keys.slice(2, 3))
    })

    test('names an address that ends in the key', () => {
      const key = newKey()
      expect(storage.uri(key)).toMatch(/^[a-z0-9]+:\/\//)
      expect(storage.uri(key).endsWith(`/${key}`)).toBe(true)
    })

    test.each([
      '',
      '/',
      '/etc/passwd',
      '..',
      '../x',
      'blobs/../../x',
      'blobs//x',
      'blobs/',
      'a\\b',
      'a\0b',
      '.hidden',
      'A',
    ])('refuses the key %j', async (key) => {
      await expect(storage.stat(key)).rejects.toThrow('Not a storage key')
      await expect(storage.read(key)).rejects.toThrow('Not a storage key')
      await expect(storage.remove(key)).rejects.toThrow('Not a storage key')
      await expect(storage.list(key)).rejects.toThrow('Not a storage key')
      await expect(storage.put(key, Buffer.from('x'))).rejects.toThrow('Not a storage key')
      await expect(storage.putFile(key, await localFile(Buffer.from('x')))).rejects.toThrow('Not a storage key')
      expect(() => storage.uri(key)).toThrow('Not a storage key')
    })
  })
}

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

/** Contract of every storage adapter. `workspacePath` is a local folder for the run of the suite. */
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

    test('returns the bytes of a stored file', async () => {
      const bytes = randomBytes(1_000_003)
      const key = await put(bytes)
      expect(await storage.stat(key)).toEqual({ sizeBytes: bytes.length })
      expect((await buffer(await storage.read(key))).equals(bytes)).toBe(true)
    })

    test('moves a file away from its local path', async () => {
      const path = await localFile(randomBytes(1_000_003))
      await storage.putFile(newKey(), path)
      await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' })
    })

    test('stores an empty file', async () => {
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

    test('keeps the bytes of a key that is put a second time with the same size', async () => {
      const key = await put(Buffer.from('first'))
      expect(await storage.putFile(key, await localFile(Buffer.from('other')))).toBe(false)
      expect(await buffer(await storage.read(key))).toEqual(Buffer.from('first'))
    })

    test.each(['shorter', 'much longer than it was'])(
      'replaces bytes of another size by a file with %j',
      async (text) => {
        const key = await put(Buffer.from('the bytes'))
        expect(await storage.putFile(key, await localFile(Buffer.from(text)))).toBe(true)
        expect(await buffer(await storage.read(key))).toEqual(Buffer.from(text))
      },
    )

    test('replaces bytes of the same size on request', async () => {
      const key = await put(Buffer.from('first'))
      expect(await storage.putFile(key, await localFile(Buffer.from('other')), { replace: true })).toBe(true)
      expect(await buffer(await storage.read(key))).toEqual(Buffer.from('other'))
    })

    test('shows readers all of the old bytes or all of the new ones while they are replaced', async () => {
      const [old, replacement] = [Buffer.alloc(300_000, 'o'), Buffer.alloc(300_000, 'n')]
      const key = await put(old)
      const path = await localFile(replacement)
      const reads = Array.from({ length: 8 }, async () => buffer(await storage.read(key)))
      const [contents] = await Promise.all([Promise.all(reads), storage.putFile(key, path, { replace: true })])
      for (const content of contents) expect(content.equals(old) || content.equals(replacement)).toBe(true)
    })

    test('removes the source of a second put', async () => {
      const key = await put(Buffer.from('first'))
      const path = await localFile(Buffer.from('second'))
      await storage.putFile(key, path)
      await expect(stat(path)).rejects.toMatchObject({ code: 'ENOENT' })
    })

    test('accepts a repeated put whose source was already moved away', async () => {
      const key = newKey()
      const path = await localFile(Buffer.from('bytes'))
      expect(await storage.putFile(key, path)).toBe(true)
      expect(await storage.putFile(key, path, { replace: true })).toBe(false)
      expect(await storage.stat(key)).toEqual({ sizeBytes: 5 })
    })

    test('rejects a put without a source', async () => {
      const key = newKey()
      await expect(storage.putFile(key, join(workspacePath, 'missing'))).rejects.toThrow()
      expect(await storage.stat(key)).toBeNull()
    })

    test('accepts concurrent puts of one key', async () => {
      const key = newKey()
      const bytes = randomBytes(100_000)
      const paths = await Promise.all([1, 2, 3, 4].map(() => localFile(bytes)))
      await Promise.all(paths.map((path) => storage.putFile(key, path)))
      expect((await buffer(await storage.read(key))).equals(bytes)).toBe(true)
    })

    test('reports a key without bytes as missing', async () => {
      const key = newKey()
      expect(await storage.stat(key)).toBeNull()
      expect(await storage.stat('blobs/ab')).toBeNull()
      await expect(storage.read(key)).rejects.toThrow()
      await expect(storage.localFile(key, workspacePath)).rejects.toThrow()
    })

    test('gives tools a local file', async () => {
      const key = await put(Buffer.from('for tools'))
      expect(await readFile(await storage.localFile(key, workspacePath), 'utf8')).toBe('for tools')
    })

    test('leaves no local copy once its signal is aborted', async () => {
      const key = await put(randomBytes(1_000_003))
      const folder = await mkdtemp(join(workspacePath, 'copies-'))
      const reason = new Error('the job was taken over')
      // A storage that copies nothing may finish before it could stop.
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
      const read = async () => {
        if (delivery.type === 'missing') return null
        return delivery.type === 'file' ? readFile(delivery.path, 'utf8') : (await fetch(delivery.url)).text()
      }
      expect(await read()).toBe('to see')
    })

    test('delivers a local file with its size', async () => {
      const key = await put(Buffer.from('to see'))
      const delivery = await storage.deliver(key, { method: 'GET', contentType: 'x/y', contentDisposition: 'inline' })
      if (delivery.type !== 'redirect') expect(delivery).toMatchObject({ type: 'file', sizeBytes: 6 })
    })

    test('delivers no local file that is missing', async () => {
      const request = { method: 'GET', contentType: 'x/y', contentDisposition: 'inline' } as const
      const delivery = await storage.deliver(newKey(), request)
      if (delivery.type !== 'redirect') expect(delivery).toEqual({ type: 'missing' })
    })

    test('removes stored bytes', async () => {
      const key = await put(Buffer.from('bytes'))
      await storage.remove(key)
      expect(await storage.stat(key)).toBeNull()
    })

    test('accepts the removal of a missing key', async () => {
      const key = await put(Buffer.from('bytes'))
      await storage.remove(key)
      await storage.remove(key)
      expect(await storage.stat(key)).toBeNull()
    })

    test('keeps the first bytes of a key that is stored twice from memory', async () => {
      const key = newKey()
      await storage.put(key, Buffer.from('first'))
      await storage.put(key, Buffer.from('second'))
      expect(await buffer(await storage.read(key))).toEqual(Buffer.from('first'))
    })

    test('lists exactly the keys below a folder in order', async () => {
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

    test('returns a URI that ends in the key', () => {
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
      await expect(storage.stat(key)).rejects.toThrow('Invalid storage key')
      await expect(storage.read(key)).rejects.toThrow('Invalid storage key')
      await expect(storage.remove(key)).rejects.toThrow('Invalid storage key')
      await expect(storage.list(key)).rejects.toThrow('Invalid storage key')
      await expect(storage.put(key, Buffer.from('x'))).rejects.toThrow('Invalid storage key')
      await expect(storage.putFile(key, await localFile(Buffer.from('x')))).rejects.toThrow('Invalid storage key')
      expect(() => storage.uri(key)).toThrow('Invalid storage key')
    })
  })
}

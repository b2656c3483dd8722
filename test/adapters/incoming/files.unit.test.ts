import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { readdir, readFile, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import fc from 'fast-check'
import { it as base, describe, expect, vi } from 'vitest'
import { createIncomingFiles } from '../../../src/adapters/incoming/files.ts'
import { InvalidInputError } from '../../../src/services/kernel/errors.ts'
import type { HeldFile, IncomingBytes } from '../../../src/services/kernel/ports.ts'
import { temporaryDirectory } from '../../harness/temporaryDirectory.ts'

const it = base
  .extend('directory', () => temporaryDirectory())
  .extend(
    'openIncoming',
    ({ directory }) =>
      () =>
        createIncomingFiles({ directory }),
  )
  /** Creates the file of a new upload. */
  .extend('create', ({ openIncoming }) => async () => {
    const held = { id: randomUUID(), fileNumber: 0, fence: 1 }
    await openIncoming().create(held.id)
    return held
  })

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const never = new AbortController().signal
const receiveOptions = (offset: number, sizeBytes: number) => ({
  offset,
  sizeBytes,
  signal: never,
  ownsChunks: false,
  onReceived: () => {},
})

/** A request whose connection breaks after these bytes were read. */
const createFailingSource = (chunks: Buffer[]): Readable => {
  const source = Readable.from(
    (async function* () {
      yield* chunks
      throw new Error('aborted')
    })(),
    { objectMode: false },
  )
  return source
}

describe('incoming files', () => {
  it('stores and hashes any bytes in any chunks over any number of broken connections and restarts', async ({
    openIncoming,
    create,
  }) => {
    const part = fc.record({
      chunks: fc.array(fc.uint8Array({ maxLength: 2000 }), { maxLength: 6 }),
      repeat: fc.constantFrom(1, 300),
      breaks: fc.boolean(),
      restarts: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(part, { maxLength: 5 }), async (parts) => {
        const groups = parts.map(({ chunks, repeat }) =>
          Array(repeat)
            .fill(chunks)
            .flat()
            .map((c) => Buffer.from(c)),
        )
        const bytes = Buffer.concat(groups.flat())
        const held = await create()
        let incoming = openIncoming()
        let offset = 0
        for (const [index, { breaks, restarts }] of parts.entries()) {
          if (restarts) incoming = openIncoming()
          const chunks = (groups[index] ?? []).filter((chunk) => chunk.length > 0)
          const source = breaks ? createFailingSource(chunks) : Readable.from(chunks, { objectMode: false })
          offset = await incoming.receive(held, source, receiveOptions(offset, bytes.length))
          // Bytes that a failing stream still held may be lost. Reported bytes are on disk, and the rest is sent again.
          expect(await incoming.stat(held)).toEqual({ receivedBytes: offset })
          const remainder = Buffer.concat(groups.slice(0, index + 1).flat()).subarray(offset)
          const rest = Readable.from([remainder], { objectMode: false })
          if (remainder.length > 0) offset = await incoming.receive(held, rest, receiveOptions(offset, bytes.length))
        }
        const file = await incoming.complete({ ...held, sizeBytes: bytes.length, sha256: null })
        expect(file).toMatchObject({ sha256: sha256(bytes), sizeBytes: bytes.length })
        expect((await readFile(file.path)).equals(bytes)).toBe(true)
        await incoming.remove(held)
      }),
      { numRuns: 40 },
    )
  })

  it('hashes the bytes on disk, not those that were received before', async ({ directory, openIncoming, create }) => {
    const bytes = randomBytes(100_000)
    const held = await create()
    const incoming = openIncoming()
    const send = (start: number, end?: number) =>
      incoming.receive(
        held,
        Readable.from([bytes.subarray(start, end)], { objectMode: false }),
        receiveOptions(start, 100_000),
      )
    await send(0, 60_000)
    // A crash of the machine may lose bytes that were not synchronised yet.
    await truncate(join(directory, held.id), 50_000)
    await send(50_000)
    expect((await incoming.complete({ ...held, sizeBytes: 100_000, sha256: null })).sha256).toBe(sha256(bytes))
  })

  it('hashes the bytes on disk again under another fence', async ({ directory, openIncoming, create }) => {
    const held = await create()
    const incoming = openIncoming()
    const source = Readable.from([Buffer.from('four')], { objectMode: false })
    await incoming.receive(held, source, receiveOptions(0, 4))
    await writeFile(join(directory, held.id), 'FOUR') // by the process that held the lease between
    const { sha256: actual } = await incoming.complete({ ...held, fence: 3, sizeBytes: 4, sha256: null })
    expect(actual).toBe(sha256(Buffer.from('FOUR')))
  })

  it('copies a file to one that a stale writer does not know', async ({ directory, openIncoming, create }) => {
    const held = await create()
    const incoming = openIncoming()
    const source = new PassThrough()
    const onReceived = vi.fn()
    const reception = incoming.receive(held, source, { ...receiveOptions(0, 10), onReceived })
    source.write('four')
    await vi.waitFor(() => expect(onReceived).toHaveBeenCalledWith(4), { timeout: 20_000 })
    expect(await incoming.copy(held, 2)).toBe(true)
    source.end('late')
    await reception
    expect(await readFile(join(directory, `${held.id}.2`), 'utf8')).toBe('four')
    expect(await incoming.stat({ ...held, fileNumber: 2 })).toEqual({ receivedBytes: 4 })
  })

  it('has nothing to copy if there is no file', async ({ openIncoming }) => {
    expect(await openIncoming().copy({ id: randomUUID(), fileNumber: 0 }, 1)).toBe(false)
  })

  it('writes slow bytes without waiting for more', async ({ openIncoming, create }) => {
    const held = await create()
    const incoming = openIncoming()
    const source = new PassThrough()
    const onReceived = vi.fn()
    const reception = incoming.receive(held, source, { ...receiveOptions(0, 10), onReceived })
    source.write('slow')
    await vi.waitFor(() => expect(onReceived).toHaveBeenCalledWith(4), { timeout: 20_000 })
    source.end('er')
    expect(await reception).toBe(6)
  })

  it('frees owned chunks once they are written', async ({ openIncoming, create }) => {
    const chunks = [randomBytes(100_000), randomBytes(100_000)]
    const digest = sha256(Buffer.concat(chunks))
    const held = await create()
    const incoming = openIncoming()
    const options = { ...receiveOptions(0, 200_000), ownsChunks: true }
    await incoming.receive(held, Readable.from(chunks, { objectMode: false }), options)
    expect(chunks.map((chunk) => chunk.length)).toEqual([0, 0])
    const { path, sha256: actual } = await incoming.complete({ ...held, sizeBytes: 200_000, sha256: null })
    expect([actual, sha256(await readFile(path))]).toEqual([digest, digest])
  })

  it('ends a reception when its signal aborts and keeps the received bytes', async ({ openIncoming, create }) => {
    const held = await create()
    const incoming = openIncoming()
    const source = new PassThrough()
    const stop = new AbortController()
    const reception = incoming.receive(held, source, {
      ...receiveOptions(0, 10),
      signal: stop.signal,
      onReceived: () => stop.abort(),
    })
    source.write('four')
    expect(await reception).toBe(4)
    expect(source.destroyed).toBe(false)
  })

  const receiveTooMuch = async (incoming: IncomingBytes, held: HeldFile) => {
    const source = Readable.from([Buffer.from('12345678'), Buffer.from('90x')], { objectMode: false })
    return incoming.receive(held, source, receiveOptions(0, 10)).catch((error: unknown) => error)
  }

  it('refuses more bytes than declared', async ({ openIncoming, create }) => {
    expect(await receiveTooMuch(openIncoming(), await create())).toBeInstanceOf(InvalidInputError)
  })

  it('keeps nothing of a chunk that exceeds the declared size', async ({ openIncoming, create }) => {
    const [incoming, held] = [openIncoming(), await create()]
    await receiveTooMuch(incoming, held)
    expect(await incoming.stat(held)).toEqual({ receivedBytes: 8 })
  })

  it('stops a running reception when its file is removed, which may be repeated', async ({
    directory,
    openIncoming,
    create,
  }) => {
    const held = await create()
    const incoming = openIncoming()
    const source = new PassThrough()
    const onReceived = vi.fn()
    const reception = incoming.receive(held, source, { ...receiveOptions(0, 10), onReceived })
    source.write('four')
    await vi.waitFor(() => expect(onReceived).toHaveBeenCalled(), { timeout: 20_000 })
    await incoming.remove(held)
    await incoming.remove(held)
    expect(await reception).toBe(4)
    expect(await incoming.stat(held)).toBeNull()
    expect((await readdir(directory)).filter((name) => name.startsWith(held.id))).toEqual([])
  })

  it.for(['../x', 'x', '', '/etc/passwd', '00000000-0000-4000-8000-000000000000/..'])(
    'refuses the malformed id %j',
    async (id, { openIncoming }) => {
      const incoming = openIncoming()
      await expect(incoming.create(id)).rejects.toThrow('Not an incoming file')
      await expect(incoming.stat({ id, fileNumber: 0 })).rejects.toThrow('Not an incoming file')
      await expect(incoming.remove({ id, fileNumber: 1 })).rejects.toThrow('Not an incoming file')
    },
  )

  it('rejects for a file that exists and cannot be read, instead of reporting it missing', async ({
    directory,
    openIncoming,
    create,
  }) => {
    const held = await create()
    const path = join(directory, held.id)
    await rm(path)
    expect(await openIncoming().stat(held)).toBeNull()
    // Not even root, who ignores permissions, can read a link to itself.
    await symlink(path, path)
    await expect(openIncoming().stat(held)).rejects.toThrow('ELOOP')
    await openIncoming().remove(held)
  })

  it('lists the files that have not been written to since a time', async ({ directory, openIncoming, create }) => {
    const [old] = [await create(), await create()]
    const oldTime = new Date(Date.now() - 7_200_000)
    await utimes(join(directory, old.id), oldTime, oldTime)
    const actual = await openIncoming().listIdleSince(new Date(Date.now() - 3_600_000))
    expect(actual).toEqual([{ id: old.id, fileNumber: 0 }])
  })

  it('keeps nothing but one file per upload', async ({ directory, openIncoming, create }) => {
    const held = await create()
    await openIncoming().receive(
      held,
      Readable.from([Buffer.from('four')], { objectMode: false }),
      receiveOptions(0, 4),
    )
    await openIncoming().complete({ ...held, sizeBytes: 4, sha256: null })
    expect((await readdir(directory)).filter((name) => name.startsWith(held.id))).toEqual([held.id])
  })

  it('answers a known digest without the file, which may have been moved away', async ({ directory, openIncoming }) => {
    const held = { id: randomUUID(), fileNumber: 0, fence: 1 }
    const file = await openIncoming().complete({ ...held, sizeBytes: 4, sha256: sha256(Buffer.from('four')) })
    expect(file).toEqual({ path: join(directory, held.id), sizeBytes: 4, sha256: sha256(Buffer.from('four')) })
  })
})

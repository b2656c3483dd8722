import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { mkdtemp, readdir, readFile, rm, symlink, truncate, utimes } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough, Readable } from 'node:stream'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createIncomingFiles } from '../../../src/adapters/incoming/files.ts'
import { InvalidInputError } from '../../../src/services/kernel/errors.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'incoming-'))
})
afterAll(() => rm(directory, { recursive: true }))

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')
const openIncoming = () => createIncomingFiles({ directory })
const never = new AbortController().signal
const receiveOptions = (offset: number) => ({ offset, signal: never, ownsChunks: false, onReceived: () => {} })

const create = async (sizeBytes: number) => {
  const id = randomUUID()
  await openIncoming().create({ id, sizeBytes, fileName: 'lecture.mp4' })
  return id
}

/** A request whose connection dies after these bytes were read. */
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

test('any bytes, in any chunks, over any number of cut connections and restarts, are stored and hashed', async () => {
  const part = fc.record({
    chunks: fc.array(fc.uint8Array({ maxLength: 2000 }), { maxLength: 6 }),
    repeat: fc.constantFrom(1, 300),
    dies: fc.boolean(),
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
      const id = await create(bytes.length)
      let incoming = openIncoming()
      let offset = 0
      for (const [index, { dies, restarts }] of parts.entries()) {
        if (restarts) incoming = openIncoming()
        const chunks = (groups[index] ?? []).filter((chunk) => chunk.length > 0)
        const source = dies ? createFailingSource(chunks) : Readable.from(chunks, { objectMode: false })
        offset = await incoming.receive(id, source, receiveOptions(offset))
        // What a dying stream still held may be lost; what was reported is on disk, and the rest comes again.
        expect(await incoming.stat(id)).toEqual({ sizeBytes: bytes.length, receivedBytes: offset })
        const remainder = Buffer.concat(groups.slice(0, index + 1).flat()).subarray(offset)
        if (remainder.length > 0)
          offset = await incoming.receive(id, Readable.from([remainder], { objectMode: false }), receiveOptions(offset))
      }
      const file = await incoming.complete(id)
      expect(file).toMatchObject({ sha256: sha256(bytes), sizeBytes: bytes.length })
      expect((await readFile(file.path)).equals(bytes)).toBe(true)
      await incoming.remove(id)
    }),
    { numRuns: 40 },
  )
})

test('the hash is of what is on disk, not of what was once received', async () => {
  const bytes = randomBytes(100_000)
  const id = await create(bytes.length)
  const incoming = openIncoming()
  await incoming.receive(id, Readable.from([bytes.subarray(0, 60_000)], { objectMode: false }), receiveOptions(0))
  // A crash of the machine may take back what was not yet synchronised.
  await truncate(join(directory, id), 50_000)
  await incoming.receive(id, Readable.from([bytes.subarray(50_000)], { objectMode: false }), receiveOptions(50_000))
  expect((await incoming.complete(id)).sha256).toBe(sha256(bytes))
})

test('bytes that come slowly are written without waiting for more', async () => {
  const id = await create(10)
  const incoming = openIncoming()
  const source = new PassThrough()
  const onReceived = vi.fn()
  const reception = incoming.receive(id, source, { ...receiveOptions(0), onReceived })
  source.write('slow')
  await vi.waitFor(() => expect(onReceived).toHaveBeenCalledWith(4))
  source.end('er')
  expect(await reception).toBe(6)
})

test('chunks that nobody else reads are freed once they are written', async () => {
  const chunks = [randomBytes(100_000), randomBytes(100_000)]
  const digest = sha256(Buffer.concat(chunks))
  const id = await create(200_000)
  const incoming = openIncoming()
  await incoming.receive(id, Readable.from(chunks, { objectMode: false }), { ...receiveOptions(0), ownsChunks: true })
  expect(chunks.map((chunk) => chunk.length)).toEqual([0, 0])
  const { path, sha256: actual } = await incoming.complete(id)
  expect([actual, sha256(await readFile(path))]).toEqual([digest, digest])
})

test('a signal ends the reception and keeps what arrived', async () => {
  const id = await create(10)
  const incoming = openIncoming()
  const source = new PassThrough()
  const stop = new AbortController()
  const reception = incoming.receive(id, source, {
    ...receiveOptions(0),
    signal: stop.signal,
    onReceived: () => stop.abort(),
  })
  source.write('four')
  expect(await reception).toBe(4)
  expect(source.destroyed).toBe(false)
})

test('more bytes than declared are refused, and none of the chunk too many is kept', async () => {
  const id = await create(10)
  const incoming = openIncoming()
  const source = Readable.from([Buffer.from('12345678'), Buffer.from('90x')], { objectMode: false })
  await expect(incoming.receive(id, source, receiveOptions(0))).rejects.toBeInstanceOf(InvalidInputError)
  expect(await incoming.stat(id)).toEqual({ sizeBytes: 10, receivedBytes: 8 })
})

test('removing stops a reception under way, leaves nothing, and may be repeated', async () => {
  const id = await create(10)
  const incoming = openIncoming()
  const source = new PassThrough()
  const onReceived = vi.fn()
  const reception = incoming.receive(id, source, { ...receiveOptions(0), onReceived })
  source.write('four')
  await vi.waitFor(() => expect(onReceived).toHaveBeenCalled())
  await incoming.remove(id)
  await incoming.remove(id)
  expect(await reception).toBe(4)
  expect(await incoming.stat(id)).toBeNull()
  expect((await readdir(directory)).filter((name) => name.startsWith(id))).toEqual([])
})

test.each(['../x', 'x', '', '/etc/passwd', '00000000-0000-4000-8000-000000000000/..'])(
  'the id %j never becomes a path',
  async (id) => {
    const incoming = openIncoming()
    await expect(incoming.create({ id, sizeBytes: 1, fileName: 'x' })).rejects.toThrow('Not an upload id')
    await expect(incoming.stat(id)).rejects.toThrow('Not an upload id')
    await expect(incoming.remove(id)).rejects.toThrow('Not an upload id')
  },
)

test.each(['', '.json'])('a file "id%s" that is there and cannot be read is not gone', async (suffix) => {
  const id = await create(10)
  const path = join(directory, `${id}${suffix}`)
  await rm(path)
  expect(await openIncoming().stat(id)).toBeNull()
  // Nobody can read a link to itself, not even root, whom no permission keeps away.
  await symlink(path, path)
  await expect(openIncoming().stat(id)).rejects.toThrow('ELOOP')
  await openIncoming().remove(id)
})

test('what nothing was written to is told from what is young, in its bytes and in what is known of them', async () => {
  const [old, young, half] = [await create(10), await create(10), await create(10)]
  const oldTime = new Date(Date.now() - 7_200_000)
  for (const path of [old, `${old}.json`, half]) await utimes(join(directory, path), oldTime, oldTime)
  const actual = await openIncoming().listIdleSince(new Date(Date.now() - 3_600_000))
  expect([old, young, half].map((id) => actual.includes(id))).toEqual([true, false, false])
  await rm(join(directory, `${half}.json`))
  expect(await openIncoming().listIdleSince(new Date(Date.now() - 3_600_000))).toContain(half)
})

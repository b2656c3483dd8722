import { expect, test } from 'vitest'
import type { ByteSource } from '../../../worker/ffmpeg/truncation/byteSource.ts'
import { readEnd } from '../../../worker/ffmpeg/truncation/truncation.ts'

const sizeBytes = 4 * 1024 ** 3

/** Repeats a unit behind a head, without holding the file. */
const repeat = (head: Buffer, unit: Buffer): ByteSource => ({
  sizeBytes,
  async read(offset, length) {
    const start = Math.max(0, offset - head.length)
    const first = start - (start % unit.length)
    const count = Math.ceil((start - first + length) / unit.length)
    const body = Buffer.concat(Array.from({ length: count }, () => unit)).subarray(start - first)
    return Buffer.concat([head.subarray(offset), body]).subarray(0, Math.min(length, sizeBytes - offset))
  },
})

const gif = Buffer.concat([Buffer.from('GIF89a'), Buffer.from([1, 0, 1, 0, 0, 0, 0])])
const png = Buffer.alloc(8, 0xa5)
const emptyRows = Buffer.concat([Buffer.alloc(4), Buffer.from('IDAT'), Buffer.alloc(4)])

test.each([
  ['comments of one byte', 'image/gif', repeat(Buffer.concat([gif, Buffer.from([0x21, 0xfe])]), Buffer.from([1, 65]))],
  ['empty rows', 'image/png', repeat(png, emptyRows)],
  ['filling', 'image/jpeg', repeat(Buffer.from([0xff, 0xd8]), Buffer.from([0xff]))],
])('4 GB of %s do not keep the worker busy', { timeout: 60_000 }, async (_, mimeType, source) => {
  expect(await readEnd(mimeType, source)).toEqual({ state: 'unknown' })
})

import { describe, expect, test } from 'vitest'
import { parseOrientation } from '../../../worker/ffmpeg/orientation.ts'
import { type ByteSource, isTruncated } from '../../../worker/ffmpeg/truncation.ts'

const bytes = (all: Buffer): ByteSource => ({
  sizeBytes: all.length,
  read: async (at, length) => all.subarray(at, at + length),
})
const box = (type: string, size: number, length = size) => {
  const buffer = Buffer.alloc(length)
  buffer.writeUInt32BE(size, 0)
  buffer.write(type, 4, 'latin1')
  return buffer
}

describe('an MP4', () => {
  const isCut = (...boxes: Buffer[]) => isTruncated('video/mp4', bytes(Buffer.concat(boxes)))
  test('whose boxes end with the file is whole', async () => {
    expect(await isCut(box('ftyp', 16), box('moov', 32), box('mdat', 64))).toBe(false)
  })
  test('whose last box reaches beyond the file is cut off', async () => {
    expect(await isCut(box('ftyp', 16), box('mdat', 64, 40))).toBe(true)
  })
  test('whose last box has no size, or is followed by something else, is whole', async () => {
    expect(await isCut(box('ftyp', 16), box('mdat', 0, 40))).toBe(false)
    expect(await isCut(box('ftyp', 16), box('mdat', 64), Buffer.from('appended junk'))).toBe(false)
  })
  test('larger than 4 GB carries its size in 64 bits', async () => {
    const large = box('mdat', 1, 32)
    large.writeBigUInt64BE(5_000_000_000n, 8)
    expect(await isCut(box('ftyp', 16), large)).toBe(true)
  })
})

test('a JPEG is whole with its end mark, whatever a camera appends', async () => {
  const body = Buffer.alloc(500, 7)
  const end = Buffer.from([0xff, 0xd9])
  expect(await isTruncated('image/jpeg', bytes(Buffer.concat([body, end])))).toBe(false)
  expect(await isTruncated('image/jpeg', bytes(Buffer.concat([body, end, Buffer.alloc(100)])))).toBe(false)
  // The mark of an embedded preview does not count.
  expect(await isTruncated('image/jpeg', bytes(Buffer.concat([end, body])))).toBe(true)
})

test('what has no end mark cannot be cut off', async () => {
  expect(await isTruncated('audio/mpeg', bytes(Buffer.alloc(3)))).toBe(false)
})

test('broken EXIF means upright', () => {
  const broken = Buffer.concat([
    Buffer.from([0xff, 0xd8, 0xff, 0xe1, 0x00, 0x20]),
    Buffer.from('Exif\0\0II*\0\xff\xff\xff\x7f', 'latin1'),
  ])
  expect(parseOrientation(Buffer.concat([broken, Buffer.alloc(40)]), 'image/jpeg')).toBe(1)
  expect(parseOrientation(Buffer.alloc(0), 'image/png')).toBe(1)
})

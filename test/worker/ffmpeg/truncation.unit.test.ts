import { describe, expect, test } from 'vitest'
import { parseOrientation } from '../../../worker/ffmpeg/orientation.ts'
import type { ByteSource } from '../../../worker/ffmpeg/truncation/byteSource.ts'
import { isTruncated } from '../../../worker/ffmpeg/truncation/truncation.ts'

const createSource = (content: Buffer): ByteSource => ({
  sizeBytes: content.length,
  read: async (offset, length) => content.subarray(offset, offset + length),
})
const createBox = (type: string, size: number, length = size) => {
  const buffer = Buffer.alloc(length)
  buffer.writeUInt32BE(size, 0)
  buffer.write(type, 4, 'latin1')
  return buffer
}

describe('an MP4', () => {
  const isMp4Truncated = (...boxes: Buffer[]) => isTruncated('video/mp4', createSource(Buffer.concat(boxes)))
  test('is complete if its boxes end with the file', async () => {
    expect(await isMp4Truncated(createBox('ftyp', 16), createBox('moov', 32), createBox('mdat', 64))).toBe(false)
  })
  test('is truncated if its last box extends beyond the file', async () => {
    expect(await isMp4Truncated(createBox('ftyp', 16), createBox('mdat', 64, 40))).toBe(true)
  })
  test('is complete if its last box has no size', async () => {
    expect(await isMp4Truncated(createBox('ftyp', 16), createBox('mdat', 0, 40))).toBe(false)
  })
  test('is complete if other data follows its boxes', async () => {
    expect(await isMp4Truncated(createBox('ftyp', 16), createBox('mdat', 64), Buffer.from('appended data'))).toBe(false)
  })
  test('is truncated if it is shorter than a size stored in 64 bits', async () => {
    const large = createBox('mdat', 1, 32)
    large.writeBigUInt64BE(5_000_000_000n, 8)
    expect(await isMp4Truncated(createBox('ftyp', 16), large)).toBe(true)
  })
})

test('a JPEG with an end mark is complete, even with data after the mark', async () => {
  const body = Buffer.alloc(500, 7)
  const end = Buffer.from([0xff, 0xd9])
  expect(await isTruncated('image/jpeg', createSource(Buffer.concat([body, end])))).toBe(false)
  expect(await isTruncated('image/jpeg', createSource(Buffer.concat([body, end, Buffer.alloc(100)])))).toBe(false)
})

test('a JPEG is truncated if only its embedded preview has an end mark', async () => {
  const body = Buffer.alloc(500, 7)
  const end = Buffer.from([0xff, 0xd9])
  expect(await isTruncated('image/jpeg', createSource(Buffer.concat([end, body])))).toBe(true)
})

test('a file of a type without end marks is never truncated', async () => {
  expect(await isTruncated('audio/mpeg', createSource(Buffer.alloc(3)))).toBe(false)
})

test('broken EXIF data counts as upright', () => {
  const broken = Buffer.concat([
    Buffer.from([0xff, 0xd8, 0xff, 0xe1, 0x00, 0x20]),
    Buffer.from('Exif\0\0II*\0\xff\xff\xff\x7f', 'latin1'),
  ])
  expect(parseOrientation(Buffer.concat([broken, Buffer.alloc(40)]), 'image/jpeg')).toBe(1)
  expect(parseOrientation(Buffer.alloc(0), 'image/png')).toBe(1)
})

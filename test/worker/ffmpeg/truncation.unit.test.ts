import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseOrientation } from '../../../worker/ffmpeg/orientation.ts'
import type { ByteSource } from '../../../worker/ffmpeg/truncation/byteSource.ts'
import { readEnd } from '../../../worker/ffmpeg/truncation/truncation.ts'

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

const stateOf = async (mimeType: string, ...parts: Buffer[]) =>
  (await readEnd(mimeType, createSource(Buffer.concat(parts)))).state

describe('an MP4', () => {
  test('is whole if its boxes end with the file', async () => {
    expect(await stateOf('video/mp4', createBox('ftyp', 16), createBox('moov', 32), createBox('mdat', 64))).toBe(
      'whole',
    )
  })
  test('is cut if its last box extends beyond the file', async () => {
    expect(await stateOf('video/mp4', createBox('ftyp', 16), createBox('mdat', 64, 40))).toBe('missing')
  })
  test('is whole if its last box has no size', async () => {
    expect(await stateOf('video/mp4', createBox('ftyp', 16), createBox('mdat', 0, 40))).toBe('whole')
  })
  test('is whole if other data follows its boxes', async () => {
    const parts = [createBox('ftyp', 16), createBox('mdat', 64), Buffer.from('appended data')]
    expect(await stateOf('video/mp4', ...parts)).toBe('whole')
  })
  test('is cut if it is shorter than a size stored in 64 bits', async () => {
    const large = createBox('mdat', 1, 32)
    large.writeBigUInt64BE(5_000_000_000n, 8)
    expect(await stateOf('video/mp4', createBox('ftyp', 16), large)).toBe('missing')
  })
})

describe('a JPEG', () => {
  const start = Buffer.from([0xff, 0xd8])
  const end = Buffer.from([0xff, 0xd9])
  const createSegment = (code: number, ...body: number[]) => Buffer.from([0xff, code, 0, 2 + body.length, ...body])
  const scan = Buffer.concat([createSegment(0xda, 1, 1, 0, 0, 63, 0), Buffer.from([7, 0xff, 0, 7, 0xff, 0xd0, 7])])
  const progressiveFrame = createSegment(0xc2, 8, 0, 8, 0, 8, 1, 1, 0x11, 0)
  const createScan = (first: number, last: number, precision: number) =>
    Buffer.concat([createSegment(0xda, 1, 1, 0, first, last, precision), Buffer.alloc(9, 7)])

  test('is whole up to its end mark, whatever follows', async () => {
    expect(await stateOf('image/jpeg', start, scan, end, Buffer.alloc(70_000))).toBe('whole')
  })
  test('needs a decoder if its end mark is missing', async () => {
    expect(await stateOf('image/jpeg', start, scan)).toBe('unmarked')
  })
  test('is cut if only its embedded preview has an end mark', async () => {
    const preview = createSegment(0xe1, 0xff, 0xd8, 0xff, 0xd9)
    expect(await stateOf('image/jpeg', start, preview, createSegment(0xdb, 1, 2))).toBe('missing')
  })
  test('is cut if zeros take the place of its data', async () => {
    expect(await stateOf('image/jpeg', start, scan, Buffer.alloc(600))).toBe('missing')
  })
  test('is cut if a scan of a progressive picture is missing', async () => {
    const scans = [createScan(0, 0, 0), createScan(1, 63, 1)]
    expect(await stateOf('image/jpeg', start, progressiveFrame, ...scans)).toBe('missing')
    expect(await stateOf('image/jpeg', start, progressiveFrame, ...scans, createScan(1, 63, 0x10))).toBe('unmarked')
  })
  test('of a header with an impossible length does not hang', async () => {
    expect(await stateOf('image/jpeg', start, Buffer.from([0xff, 0xe0, 0, 0, 1, 2, 3]))).toBe('missing')
  })
})

/** Starts of files, by type; behind them come words of the format in any order, with any bytes between them. */
const starts: Record<string, { start: string; words: string[] }> = {
  'image/gif': { start: 'GIF89a', words: ['\x2c', '\x21\xf9\x04', '\0', '\x3b'] },
  'image/png': { start: '\x89PNG\r\n\x1a\n', words: ['\0\0\0\x04fcTL', '\0\0\0\x02IDAT', '\0\0\0\0IEND', '\0'] },
  'image/webp': { start: 'RIFF\xff\0\0\0WEBP', words: ['ANIM\0\0\0\0', 'ANMF\x02\0\0\0', 'VP8L'] },
  'image/jpeg': { start: '\xff\xd8', words: ['\xff\xc2\0\x0b', '\xff\xda\0\x08', '\xff\xd9', '\xff', '\0'] },
  'audio/wav': { start: 'RIFF\xff\0\0\0WAVE', words: ['fmt \x10\0\0\0', 'ds64\x04\0\0\0', 'data\xff\0\0\0'] },
  'audio/aiff': { start: 'FORM\0\0\0\xffAIFF', words: ['COMM', 'SSND\0\0\0\xff'] },
  'audio/x-caf': { start: 'caff\0\x01\0\0', words: ['desc\0\0\0\0\0\0\0\x20', 'data\0\0\0\0\0\0\x01\0', 'free\0'] },
  'audio/mpeg': { start: 'ID3\x03\0\0\0\0\0\x01', words: ['\xff\xfb\x90\0', 'Xing', 'VBRI'] },
  'audio/flac': { start: 'fLaC', words: ['\0\0\0\x22'] },
  'audio/ogg': { start: 'OggS', words: ['OggS\0', '\xff'] },
  'video/vnd.avi': { start: 'RIFF\xff\0\0\0AVI LIST', words: ['avih', 'RIFF\0\0\0\0'] },
  'video/x-ms-asf': {
    start: '\x30\x26\xb2\x75',
    words: ['\xa1\xdc\xab\x8c\x47\xa9\xcf\x11\x8e\xe4\0\xc0\x0c\x20\x53\x65'],
  },
  'video/webm': { start: '\x1a\x45\xdf\xa3\x80', words: ['\x18\x53\x80\x67\x01', '\xff'] },
  'video/mp4': { start: '\0\0\0\x08ftyp', words: ['\0\0\0\x08moof', '\0\0\0\x01mdat', '\0\0\0\x02moov'] },
}

test.for(Object.entries(starts))('the end of %s is read from any bytes', async ([mimeType, { start, words }]) => {
  const binary = fc.uint8Array({ maxLength: 60 }).map((bytes) => Buffer.from(bytes))
  const word = fc.constantFrom(...words).map((text) => Buffer.from(text, 'latin1'))
  const parts = fc.array(fc.oneof(word, binary), { maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(fc.boolean(), parts, async (hasStart, tail) => {
      const state = await stateOf(mimeType, Buffer.from(hasStart ? start : '', 'latin1'), ...tail)
      expect(state).toMatch(/^(whole|missing|unmarked|unknown)$/)
    }),
    { numRuns: 500 },
  )
})

test('a file of a type without sizes needs a decoder', async () => {
  expect(await stateOf('video/mp2t', Buffer.alloc(3))).toBe('unknown')
})

test('broken EXIF data counts as upright', () => {
  const broken = Buffer.concat([
    Buffer.from([0xff, 0xd8, 0xff, 0xe1, 0x00, 0x20]),
    Buffer.from('Exif\0\0II*\0\xff\xff\xff\x7f', 'latin1'),
  ])
  expect(parseOrientation(Buffer.concat([broken, Buffer.alloc(40)]), 'image/jpeg')).toBe(1)
  expect(parseOrientation(Buffer.alloc(0), 'image/png')).toBe(1)
})

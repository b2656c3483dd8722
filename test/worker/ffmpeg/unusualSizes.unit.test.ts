import { expect, test } from 'vitest'
import { toFailure } from '../../../worker/ffmpeg/failures.ts'
import { toPictureFailure } from '../../../worker/ffmpeg/pictures/replies.ts'
import { decodeText } from '../../../worker/ffmpeg/textDecoding.ts'
import { readEnd } from '../../../worker/ffmpeg/truncation/truncation.ts'

test.each([
  'Input buffer has corrupt header: glib: cannot load more than 1000000 XML elements',
  'svgload_buffer: SVG rendering failed\nglib: exceeded more than 500000 referenced elements',
  'Array buffer allocation failed',
  'File size (3000000000) is greater than 2 GiB',
])('the library\'s words "%s" mean that the picture is too large', (message) => {
  expect(toPictureFailure(new Error(message)).code).toBe('TOO_LARGE')
})

test.each([
  'FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
  'GLib-ERROR **: failed to allocate 1073741824 bytes',
])('a tool that ends with "%s" needs too much memory', (stderr) => {
  expect(toFailure({ stderr, signal: 'SIGABRT' }).code).toBe('TOO_MUCH_MEMORY')
})

test('binary data that begins with the mark of UTF-16 is no text', () => {
  expect(decodeText(Buffer.from([0xff, 0xfe, 0, 0, 1, 0, 0, 0]))).toBeNull()
  expect(decodeText(Buffer.from([0xff, 0xfe, 0x00, 0xdc, 0x41, 0x00]))).toBeNull()
})

test.each([2n ** 63n - 1n, 2n ** 64n - 1n])('an RF64 of %s bytes states no duration', async (size) => {
  const file = Buffer.alloc(400)
  file.write('RF64\xff\xff\xff\xffWAVEds64\x1c\0\0\0', 0, 'latin1')
  file.writeBigUInt64LE(size, 28)
  file.write('fmt \x10\0\0\0', 48, 'latin1')
  file.writeUInt32LE(88_200, 64)
  file.write('data\xff\xff\xff\xff', 72, 'latin1')
  const source = {
    sizeBytes: 400,
    read: async (offset: number, length: number) => file.subarray(offset, offset + length),
  }
  expect(await readEnd('audio/x-wav', source)).toEqual({ state: 'unknown', statedSeconds: null })
})

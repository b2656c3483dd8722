import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { sniff } from '../../src/adapters/sniff.ts'

const gif = Buffer.concat([Buffer.from('GIF89a'), Buffer.alloc(20)])
/** TIFF whose directory is beyond the available bytes. */
const truncatedTiff = Buffer.concat([Buffer.from('II*\0\xff\xff\xff\x00', 'latin1'), Buffer.alloc(20)])

describe('the file type detection', () => {
  it.each([
    ['a picture', gif, 'image/gif'],
    ['a truncated picture', truncatedTiff, null],
    ['text', Buffer.from('Once upon a time.'), null],
    ['an empty file', Buffer.alloc(0), null],
  ])('detects the type of %s', async (_name, bytes, type) => {
    expect(await sniff(Readable.from([bytes.subarray(0, 4), bytes.subarray(4)]))).toBe(type)
  })

  it('rejects if the bytes cannot be read', async () => {
    const source = new Readable({ read: () => source.destroy(new Error('the disk failed')) })
    await expect(sniff(source)).rejects.toThrow('the disk failed')
  })
})

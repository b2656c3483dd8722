import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { sniff } from '../../src/adapters/sniff.ts'

const gif = Buffer.concat([Buffer.from('GIF89a'), Buffer.alloc(20)])
/** A TIFF that keeps its directory behind the bytes that are there. */
const cutOff = Buffer.concat([Buffer.from('II*\0\xff\xff\xff\x00', 'latin1'), Buffer.alloc(20)])

test.each([
  ['a picture', gif, 'image/gif'],
  ['a picture of which too little is there', cutOff, null],
  ['text', Buffer.from('Once upon a time.'), null],
  ['nothing', Buffer.alloc(0), null],
])('reads the type of %s', async (_name, bytes, type) => {
  expect(await sniff(Readable.from([bytes.subarray(0, 4), bytes.subarray(4)]))).toBe(type)
})

test('does not hide that the bytes could not be read', async () => {
  const broken = new Readable({ read: () => broken.destroy(new Error('the disk is gone')) })
  await expect(sniff(broken)).rejects.toThrow('the disk is gone')
})

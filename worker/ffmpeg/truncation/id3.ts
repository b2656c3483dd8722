import type { ByteSource } from './byteSource.ts'

/** Returns the offset behind the ID3 tag, whose size has 7 bits per byte. */
export const skipTag = async (bytes: ByteSource): Promise<number> => {
  const tag = await bytes.read(0, 10)
  if (tag.length < 10 || tag.toString('latin1', 0, 3) !== 'ID3') return 0
  return 10 + tag.subarray(6).reduce((size, byte) => size * 128 + (byte & 0x7f), 0)
}

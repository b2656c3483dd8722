import type { ByteSource } from './byteSource.ts'

const maxTailBytes = 64 * 1024

const readTail = (bytes: ByteSource): Promise<Buffer> => {
  // Never the first half: an embedded preview there has an end mark of its own.
  const tailLength = Math.min(maxTailBytes, Math.ceil(bytes.sizeBytes / 2))
  return bytes.read(bytes.sizeBytes - tailLength, tailLength)
}

export const isJpegTruncated = async (bytes: ByteSource): Promise<boolean> =>
  !(await readTail(bytes)).includes(Buffer.from([0xff, 0xd9]))

export const isPngTruncated = async (bytes: ByteSource): Promise<boolean> => !(await readTail(bytes)).includes('IEND')

export const isGifTruncated = async (bytes: ByteSource): Promise<boolean> => {
  const tail = await readTail(bytes)
  const lastIndex = tail.findLastIndex((byte) => byte !== 0)
  return tail[lastIndex] !== 0x3b
}

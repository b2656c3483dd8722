import type { ByteSource } from './byteSource.ts'

const mp4Boxes = [
  'ftyp',
  'moov',
  'mdat',
  'free',
  'skip',
  'wide',
  'uuid',
  'moof',
  'mfra',
  'sidx',
  'styp',
  'meta',
  'pnot',
  'udta',
]

/** Follows the boxes, which are stored end to end: the last one must not extend beyond the file. */
export const isMp4Truncated = async (bytes: ByteSource): Promise<boolean> => {
  for (let offset = 0, boxCount = 0; offset + 8 <= bytes.sizeBytes && boxCount < 100_000; boxCount++) {
    const header = await bytes.read(offset, 16)
    if (!mp4Boxes.includes(header.toString('latin1', 4, 8))) return false
    const shortSize = header.readUInt32BE(0)
    // 0: the box extends to the end of the file. 1: the size follows in 64 bits.
    if (shortSize === 0) return false
    if (shortSize === 1 && header.length < 16) return true
    const size = shortSize === 1 ? Number(header.readBigUInt64BE(8)) : shortSize
    if (size < 8) return false
    if (offset + size > bytes.sizeBytes) return true
    offset += size
  }
  return false
}

import type { EndReader, FileEnd } from './fileEnd.ts'

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

/**
 * Follows the boxes, which are stored end to end: the last one must not extend beyond the file. In a file of fragments,
 * which plays up to any of them, no box states the duration of the whole.
 */
export const readMp4End: EndReader = async (bytes) => {
  let hasFragments = false
  const conclude = (state: FileEnd['state']): FileEnd => (hasFragments ? { state, statedSeconds: null } : { state })
  for (let offset = 0, boxCount = 0; offset + 8 <= bytes.sizeBytes && boxCount < 100_000; boxCount++) {
    const header = await bytes.read(offset, 16)
    const type = header.toString('latin1', 4, 8)
    if (!mp4Boxes.includes(type)) break
    hasFragments ||= type === 'moof'
    const shortSize = header.readUInt32BE(0)
    // 0: the box extends to the end of the file. 1: the size follows in 64 bits.
    if (shortSize === 0) break
    if (shortSize === 1 && header.length < 16) return conclude('missing')
    const size = shortSize === 1 ? Number(header.readBigUInt64BE(8)) : shortSize
    if (size < 8) break
    if (offset + size > bytes.sizeBytes) return conclude('missing')
    offset += size
  }
  return conclude('whole')
}

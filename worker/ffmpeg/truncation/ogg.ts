import type { EndReader } from './fileEnd.ts'

/** More than the largest page: 27 bytes, 255 lengths and 255 segments of 255 bytes. */
const tailBytes = 2 * 65_307

/** Finds the last page, which must end within the file. No page states the duration of the whole. */
export const readOggEnd: EndReader = async (bytes) => {
  const start = Math.max(0, bytes.sizeBytes - tailBytes)
  const tail = await bytes.read(start, tailBytes)
  const page = tail.subarray(tail.lastIndexOf('OggS'))
  const segmentCount = page[26] ?? 255
  const pageBytes = page.subarray(27, 27 + segmentCount).reduce((sum, length) => sum + length, 27 + segmentCount)
  return { state: pageBytes > page.length ? 'missing' : 'unknown', statedSeconds: null }
}

import { type ByteSource, readAhead } from './byteSource.ts'
import type { EndReader } from './fileEnd.ts'
import { createScanCoverage } from './jpegScans.ts'

const startOfScan = 0xda
const endOfImage = 0xd9
const scanWindowBytes = 64 * 1024
/** A run of zeros of this length at the end of a picture without its end mark was never written by an encoder. */
const paddingBytes = 512

const isRestart = (code: number): boolean => code >= 0xd0 && code <= 0xd7
const standsAlone = (code: number): boolean => isRestart(code) || code === 0x01 || code === 0xd8

/** Returns the offset of the marker that ends the compressed data, or the end of the file. */
const skipScan = async (bytes: ByteSource, start: number): Promise<number> => {
  for (let offset = start; offset < bytes.sizeBytes; ) {
    const window = await bytes.read(offset, scanWindowBytes)
    for (let index = window.indexOf(0xff); index >= 0; index = window.indexOf(0xff, index + 1)) {
      const code = index + 1 < window.length ? window[index + 1] : (await bytes.read(offset + index + 1, 1))[0]
      // A zero makes 0xff data, another 0xff is filling.
      if (code !== undefined && code !== 0 && code !== 0xff && !isRestart(code)) return offset + index
    }
    offset += window.length
  }
  return bytes.sizeBytes
}

const endsInPadding = async ({ sizeBytes, read }: ByteSource): Promise<boolean> =>
  sizeBytes > paddingBytes && (await read(sizeBytes - paddingBytes, paddingBytes)).every((byte) => byte === 0)

/**
 * Follows the segments up to the end mark; bytes behind it, such as the film of a motion photo, do not matter. Without
 * an end mark, the picture may still be whole: only a decoder can tell. Of a progressive picture, all scans must be there.
 */
export const readJpegEnd: EndReader = async (source) => {
  const bytes = readAhead(source)
  const coverage = createScanCoverage()
  let hasScan = false
  for (let offset = 2; offset < bytes.sizeBytes; ) {
    const header = await bytes.read(offset, 4)
    const code = header[1] ?? 0
    if (header[0] !== 0xff) break
    if (code === endOfImage) return { state: hasScan ? 'whole' : 'unmarked' }
    if (code === 0xff || standsAlone(code)) offset += code === 0xff ? 1 : 2
    else {
      const length = header.length < 4 ? 0 : header.readUInt16BE(2)
      // The length includes itself.
      if (length < 2) break
      coverage.addSegment(code, await bytes.read(offset + 4, length - 2))
      offset += 2 + length
      if (code !== startOfScan) continue
      hasScan = true
      offset = await skipScan(bytes, offset)
    }
  }
  const isPictureMissing = !hasScan || !coverage.isComplete() || (await endsInPadding(source))
  return { state: isPictureMissing ? 'missing' : 'unmarked' }
}

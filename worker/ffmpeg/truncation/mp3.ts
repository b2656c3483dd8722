import type { ByteSource } from './byteSource.ts'
import type { EndReader } from './fileEnd.ts'
import { skipTag } from './id3.ts'

const sampleRates = [44_100, 48_000, 32_000]
const frameBytes = 192

const findFrame = async (bytes: ByteSource): Promise<Buffer> => {
  const start = await skipTag(bytes)
  const window = await bytes.read(start, 16 * 1024)
  const index = window.findIndex((byte, at) => byte === 0xff && ((window[at + 1] ?? 0) & 0xe6) === 0xe2)
  return index < 0 ? Buffer.alloc(0) : window.subarray(index, index + frameBytes)
}

/** Number of frames by the header that encoders put into the first frame, as Xing or as Fraunhofer do; null without one. */
const readFrameCount = (frame: Buffer, xingOffset: number): number | null => {
  const name = frame.toString('latin1', xingOffset, xingOffset + 4)
  if (['Xing', 'Info'].includes(name) && (frame[xingOffset + 7] ?? 0) & 1) return frame.readUInt32BE(xingOffset + 8)
  return frame.toString('latin1', 36, 40) === 'VBRI' ? frame.readUInt32BE(50) : null
}

/** Reads the number of frames, if the file states it; only the frames themselves tell whether they are there. */
export const readMp3End: EndReader = async (bytes) => {
  const frame = await findFrame(bytes)
  if (frame.length < frameBytes) return { state: 'unknown', statedSeconds: null }
  const version = ((frame[1] ?? 0) >> 3) & 3
  const isMono = (frame[3] ?? 0) >> 6 === 3
  const isFirstVersion = version === 3
  const sampleRate = (sampleRates[((frame[2] ?? 0) >> 2) & 3] ?? 0) / (isFirstVersion ? 1 : version === 2 ? 2 : 4)
  const sideBytes = isFirstVersion ? (isMono ? 17 : 32) : isMono ? 9 : 17
  const frameCount = readFrameCount(frame, 4 + sideBytes)
  const isStated = frameCount !== null && frameCount > 0 && sampleRate > 0
  return {
    state: 'unknown',
    statedSeconds: isStated ? (frameCount * (isFirstVersion ? 1152 : 576)) / sampleRate : null,
  }
}

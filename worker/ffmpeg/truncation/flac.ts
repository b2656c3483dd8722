import type { EndReader } from './fileEnd.ts'
import { skipTag } from './id3.ts'

/** Reads the number of samples from the first block; an encoder that wrote into a pipe leaves 0. */
export const readFlacEnd: EndReader = async (bytes) => {
  const head = await bytes.read(await skipTag(bytes), 26)
  const info = head.subarray(18)
  if (info.length < 8 || head.toString('latin1', 0, 4) !== 'fLaC') return { state: 'unknown', statedSeconds: null }
  const sampleRate = info.readUIntBE(0, 3) >> 4
  const sampleCount = ((info[3] ?? 0) & 0x0f) * 2 ** 32 + info.readUInt32BE(4)
  return { state: 'unknown', statedSeconds: sampleCount > 0 && sampleRate > 0 ? sampleCount / sampleRate : null }
}

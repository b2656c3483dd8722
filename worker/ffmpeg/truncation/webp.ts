import { readAhead } from './byteSource.ts'
import { isWhole, walkChunks } from './chunks.ts'
import type { EndReader } from './fileEnd.ts'

/** Looks for the picture, or for the frames of an animation; metadata behind them may be cut. */
export const readWebpEnd: EndReader = async (source) => {
  const bytes = readAhead(source)
  let shownSeconds: number | undefined
  let isAnimation = false
  for await (const chunk of walkChunks(bytes, 12, 'LE')) {
    if (chunk.id === 'ANIM') isAnimation = true
    if (['VP8 ', 'VP8L'].includes(chunk.id)) return { state: isWhole(bytes, chunk) ? 'whole' : 'missing' }
    if (chunk.id !== 'ANMF') continue
    if (!isWhole(bytes, chunk)) return { state: 'missing', shownSeconds }
    const duration = await bytes.read(chunk.offset + 12, 3)
    shownSeconds = (shownSeconds ?? 0) + (duration.length === 3 ? duration.readUIntLE(0, 3) / 1000 : 0)
  }
  if (!isAnimation) return { state: 'missing' }
  const announcedBytes = (await bytes.read(4, 4)).readUInt32LE(0) + 8
  return announcedBytes <= bytes.sizeBytes + 1 ? { state: 'whole' } : { state: 'missing', shownSeconds }
}

import { isPlaceholder, isWhole, walkChunks } from './chunks.ts'
import type { EndReader } from './fileEnd.ts'

/** Compares the size of the samples with the file; ffprobe reads the duration. */
export const readAiffEnd: EndReader = async (bytes) => {
  for await (const chunk of walkChunks(bytes, 12, 'BE')) {
    if (chunk.id !== 'SSND') continue
    if (isPlaceholder(chunk.sizeBytes)) return { state: 'unknown', statedSeconds: null }
    return { state: isWhole(bytes, chunk) ? 'whole' : 'missing' }
  }
  return { state: 'unknown' }
}

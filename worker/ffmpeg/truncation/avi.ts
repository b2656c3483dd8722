import type { ByteSource } from './byteSource.ts'
import { isPlaceholder, isWhole, walkChunks } from './chunks.ts'
import type { EndReader } from './fileEnd.ts'

/** Duration by the main header, the first chunk of the first list; ffprobe corrects that of a cut file. */
const readStatedSeconds = async (bytes: ByteSource): Promise<number | null> => {
  const head = await bytes.read(0, 64)
  if (head.length < 64 || head.toString('latin1', 24, 28) !== 'avih') return null
  const seconds = (head.readUInt32LE(32) * head.readUInt32LE(48)) / 1e6
  return seconds > 0 ? seconds : null
}

/** Follows the RIFF chunks, of which a file of more than 1 GB has several. A recorder that crashed leaves no sizes. */
export const readAviEnd: EndReader = async (bytes) => {
  for await (const chunk of walkChunks(bytes, 0, 'LE')) {
    if (chunk.id !== 'RIFF') break
    if (isPlaceholder(chunk.sizeBytes)) return { state: 'unknown', statedSeconds: null }
    if (!isWhole(bytes, chunk)) return { state: 'missing', statedSeconds: await readStatedSeconds(bytes) }
  }
  return { state: 'whole' }
}

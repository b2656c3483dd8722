import { open } from 'node:fs/promises'
import { toByteSource } from '../truncation/byteSource.ts'

const maxIndexBytes = 16 * 1024 * 1024
/** Types of encrypted sound and pictures in an MP4, which replace those of their codecs. */
const encryptedTypes = new Set(['encv', 'enca', 'drms', 'drmi'])
/** Boxes around the descriptions of streams, from the index down. */
const containers = ['trak', 'mdia', 'minf', 'stbl']
/** The index comes within the first few boxes of a file. */
const maxBoxes = 10_000

interface Box {
  type: string
  content: Buffer
}

const boxesIn = function* (bytes: Buffer): Generator<Box> {
  for (let offset = 0; offset + 8 <= bytes.length; ) {
    const size = bytes.readUInt32BE(offset)
    if (size < 8) return
    yield { type: bytes.toString('latin1', offset + 4, offset + 8), content: bytes.subarray(offset + 8, offset + size) }
    offset += size
  }
}

/** Types of the descriptions of all streams of an index; a list of them begins with its version and length. */
const streamTypesIn = function* (bytes: Buffer, depth = 0): Generator<string> {
  for (const { type, content } of boxesIn(bytes)) {
    if (depth === containers.length && type === 'stsd')
      for (const description of boxesIn(content.subarray(8))) yield description.type
    if (type === containers[depth]) yield* streamTypesIn(content, depth + 1)
  }
}

/** Whether the index of an MP4 names an encrypted stream. ffprobe reports only the codec below the encryption. */
export const isEncryptedMp4 = async (path: string): Promise<boolean> => {
  await using file = await open(path)
  const bytes = await toByteSource(file)
  for (let [offset, count] = [0, 0]; offset + 8 <= bytes.sizeBytes && count < maxBoxes; count++) {
    const header = await bytes.read(offset, 16)
    const shortSize = header.readUInt32BE(0)
    const isLong = shortSize === 1 && header.length === 16
    const size = isLong ? Number(header.readBigUInt64BE(8)) : shortSize
    if (header.toString('latin1', 4, 8) === 'moov') {
      const headerBytes = isLong ? 16 : 8
      const index = await bytes.read(offset + headerBytes, Math.min(size - headerBytes, maxIndexBytes))
      return [...streamTypesIn(index)].some((type) => encryptedTypes.has(type))
    }
    if (size < 8) return false
    offset += size
  }
  return false
}

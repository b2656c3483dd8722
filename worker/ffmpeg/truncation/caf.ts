import type { ByteSource } from './byteSource.ts'
import type { EndReader } from './fileEnd.ts'

/** Seconds per byte by the description, or null if the packets have various sizes. */
const readSecondsPerByte = async (bytes: ByteSource, offset: number): Promise<number | null> => {
  const description = await bytes.read(offset, 24)
  if (description.length < 24) return null
  const [sampleRate, packetBytes, packetFrames] = [
    description.readDoubleBE(0),
    description.readUInt32BE(16),
    description.readUInt32BE(20),
  ]
  return sampleRate > 0 && packetBytes > 0 ? packetFrames / sampleRate / packetBytes : null
}

/** Compares the size of the samples with the file; a recorder that has not finished leaves a negative size. */
export const readCafEnd: EndReader = async (bytes) => {
  let secondsPerByte: number | null = null
  for (let offset = 8, chunkCount = 0; offset + 12 <= bytes.sizeBytes && chunkCount < 1000; chunkCount++) {
    const header = await bytes.read(offset, 12)
    const sizeBytes = Number(header.readBigInt64BE(4))
    const type = header.toString('latin1', 0, 4)
    if (sizeBytes < 0) break
    if (type === 'desc') secondsPerByte = await readSecondsPerByte(bytes, offset + 12)
    if (type === 'data') {
      if (offset + 12 + sizeBytes <= bytes.sizeBytes) return { state: 'whole' }
      // The first four bytes count edits.
      return { state: 'missing', statedSeconds: secondsPerByte && (sizeBytes - 4) * secondsPerByte }
    }
    offset += 12 + sizeBytes
  }
  return { state: 'unknown', statedSeconds: null }
}

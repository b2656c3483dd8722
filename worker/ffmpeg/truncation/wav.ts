import type { ByteSource } from './byteSource.ts'
import { isPlaceholder, isWhole, walkChunks } from './chunks.ts'
import type { EndReader, FileEnd } from './fileEnd.ts'

const judgeData = (bytes: ByteSource, offset: number, sizeBytes: number, bytesPerSecond: number): FileEnd => {
  if (isPlaceholder(sizeBytes)) return { state: 'unknown', statedSeconds: null }
  if (isWhole(bytes, { id: 'data', offset, sizeBytes })) return { state: 'whole' }
  return { state: 'missing', statedSeconds: bytesPerSecond > 0 ? sizeBytes / bytesPerSecond : null }
}

/** Compares the size of the samples with the file. RF64 keeps sizes above 4 GiB in a chunk of their own. */
export const readWavEnd: EndReader = async (bytes) => {
  let bytesPerSecond = 0
  let largeSizeBytes: number | null = null
  for await (const { id, offset, sizeBytes } of walkChunks(bytes, 12, 'LE')) {
    const body = await bytes.read(offset, 16)
    if (id === 'fmt ' && body.length >= 12) bytesPerSecond = body.readUInt32LE(8)
    if (id === 'ds64' && body.length >= 16) largeSizeBytes = Number(body.readBigUInt64LE(8))
    if (id === 'data') return judgeData(bytes, offset, largeSizeBytes ?? sizeBytes, bytesPerSecond)
  }
  return { state: 'unknown', statedSeconds: null }
}

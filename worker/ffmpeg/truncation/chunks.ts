import type { ByteSource } from './byteSource.ts'

export interface Chunk {
  id: string
  offset: number
  sizeBytes: number
}

const maxChunks = 100_000

/** Follows the chunks of RIFF (`LE`) and IFF (`BE`), which are stored end to end; the last one may be cut. */
export async function* walkChunks(bytes: ByteSource, start: number, order: 'LE' | 'BE'): AsyncGenerator<Chunk> {
  for (let offset = start, count = 0; offset + 8 <= bytes.sizeBytes && count < maxChunks; count++) {
    const header = await bytes.read(offset, 8)
    const sizeBytes = order === 'LE' ? header.readUInt32LE(4) : header.readUInt32BE(4)
    yield { id: header.toString('latin1', 0, 4), offset: offset + 8, sizeBytes }
    offset += 8 + sizeBytes + (sizeBytes % 2)
  }
}

export const isWhole = (bytes: ByteSource, { offset, sizeBytes }: Chunk): boolean =>
  offset + sizeBytes <= bytes.sizeBytes

const placeholderSlackBytes = 64 * 1024

/**
 * Whether a size stands for "unknown": software that writes into a pipe cannot know it, and writes 0 or about the
 * largest number of 31 or 32 bits, from which some subtract the headers or round down, or the largest of 64 bits.
 */
export const isPlaceholder = (sizeBytes: number): boolean =>
  sizeBytes === 0 ||
  sizeBytes > Number.MAX_SAFE_INTEGER ||
  [2 ** 31, 2 ** 32].some((limit) => Math.abs(sizeBytes - limit) <= placeholderSlackBytes)

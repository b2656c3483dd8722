import type { FileHandle } from 'node:fs/promises'

/** Thrown when a file has more blocks than any that software writes. */
export class TooManyBlocksError extends Error {}

/** Random access to a file. `read` returns fewer bytes than requested at the end of the file. */
export interface ByteSource {
  sizeBytes: number
  read(offset: number, length: number): Promise<Buffer>
}

export const toByteSource = async (file: FileHandle, signal?: AbortSignal): Promise<ByteSource> => ({
  sizeBytes: (await file.stat()).size,
  async read(offset, length) {
    signal?.throwIfAborted()
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset)
    return buffer.subarray(0, bytesRead)
  },
})

const windowBytes = 64 * 1024

/** 1 GB of a GIF, whose blocks are the smallest; takes one to three seconds. */
const maxReads = 4_000_000

/**
 * Reads ahead, for callers that walk through blocks of a few bytes, such as those of a GIF. Throws a TooManyBlocksError
 * instead of keeping the worker busy for hours: the largest upload has room for five thousand million empty blocks.
 */
export const readAhead = (bytes: ByteSource): ByteSource => {
  let readCount = 0
  let windowOffset = 0
  let window: Buffer = Buffer.alloc(0)
  return {
    sizeBytes: bytes.sizeBytes,
    async read(offset, length) {
      readCount++
      if (readCount > maxReads) throw new TooManyBlocksError()
      if (offset < windowOffset || offset + length > windowOffset + window.length) {
        windowOffset = offset
        window = await bytes.read(offset, Math.max(length, windowBytes))
      }
      return window.subarray(offset - windowOffset, offset - windowOffset + length)
    },
  }
}

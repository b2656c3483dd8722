import type { FileHandle } from 'node:fs/promises'

/** Random access to a file. `read` returns fewer bytes than requested at the end of the file. */
export interface ByteSource {
  sizeBytes: number
  read(offset: number, length: number): Promise<Buffer>
}

export const toByteSource = async (file: FileHandle): Promise<ByteSource> => ({
  sizeBytes: (await file.stat()).size,
  async read(offset, length) {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset)
    return buffer.subarray(0, bytesRead)
  },
})

const windowBytes = 64 * 1024

/** Reads ahead, for callers that walk through blocks of a few bytes, such as those of a GIF. */
export const readAhead = (bytes: ByteSource): ByteSource => {
  let windowOffset = 0
  let window: Buffer = Buffer.alloc(0)
  return {
    sizeBytes: bytes.sizeBytes,
    async read(offset, length) {
      if (offset < windowOffset || offset + length > windowOffset + window.length) {
        windowOffset = offset
        window = await bytes.read(offset, Math.max(length, windowBytes))
      }
      return window.subarray(offset - windowOffset, offset - windowOffset + length)
    },
  }
}

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

import { open } from 'node:fs/promises'
import { toByteSource } from '../truncation/byteSource.ts'

const maxIndexBytes = 16 * 1024 * 1024
/** Types of encrypted sound and pictures in an MP4, which replace those of their codecs. */
const encryptedTypes = ['encv', 'enca', 'drms', 'drmi']

/** Whether the index of an MP4 names an encrypted stream. ffprobe reports only the codec below the encryption. */
export const isEncryptedMp4 = async (path: string): Promise<boolean> => {
  await using file = await open(path)
  const bytes = await toByteSource(file)
  for (let offset = 0; offset + 8 <= bytes.sizeBytes; ) {
    const header = await bytes.read(offset, 16)
    const shortSize = header.readUInt32BE(0)
    const size = shortSize === 1 && header.length === 16 ? Number(header.readBigUInt64BE(8)) : shortSize
    if (header.toString('latin1', 4, 8) === 'moov') {
      const index = await bytes.read(offset, Math.min(size, maxIndexBytes))
      return encryptedTypes.some((type) => index.includes(type, 0, 'latin1'))
    }
    if (size < 8) return false
    offset += size
  }
  return false
}

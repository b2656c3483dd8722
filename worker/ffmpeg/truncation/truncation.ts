import { open } from 'node:fs/promises'
import { type ByteSource, toByteSource } from './byteSource.ts'
import { isGifTruncated, isJpegTruncated, isPngTruncated } from './endMarks.ts'
import { isMatroskaTruncated } from './matroska.ts'
import { isMp4Truncated } from './mp4.ts'

/** Compares the RIFF size with the file. Streaming recorders leave 0 or all ones as the size: then unknown. */
const isRiffTruncated = async (bytes: ByteSource): Promise<boolean> => {
  const size = (await bytes.read(4, 4)).readUInt32LE(0)
  return size !== 0xffffffff && size !== 0 && size + 8 > bytes.sizeBytes + 1
}

const truncationChecks: Record<string, (bytes: ByteSource) => Promise<boolean>> = {
  'video/mp4': isMp4Truncated,
  'video/quicktime': isMp4Truncated,
  'video/x-m4v': isMp4Truncated,
  'video/3gpp': isMp4Truncated,
  'video/3gpp2': isMp4Truncated,
  'audio/mp4': isMp4Truncated,
  'audio/x-m4a': isMp4Truncated,
  'image/avif': isMp4Truncated,
  'image/heic': isMp4Truncated,
  'video/matroska': isMatroskaTruncated,
  'video/webm': isMatroskaTruncated,
  'audio/webm': isMatroskaTruncated,
  'video/vnd.avi': isRiffTruncated,
  'audio/wav': isRiffTruncated,
  'image/webp': isRiffTruncated,
  'image/jpeg': isJpegTruncated,
  'image/png': isPngTruncated,
  'image/apng': isPngTruncated,
  'image/gif': isGifTruncated,
}

/**
 * Whether the end of a file is missing, according to the container's own sizes and end marks: a few reads for a file of
 * any length. False for types without such marks: of those, the part that arrived can be played.
 */
export const isTruncated = async (mimeType: string, bytes: ByteSource): Promise<boolean> =>
  (await truncationChecks[mimeType]?.(bytes)) ?? false

export const isFileTruncated = async (path: string, mimeType: string): Promise<boolean> => {
  if (!truncationChecks[mimeType]) return false
  await using file = await open(path)
  // Awaited here, since the file closes when this function returns.
  return await isTruncated(mimeType, await toByteSource(file))
}

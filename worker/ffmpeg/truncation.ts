import { type FileHandle, open } from 'node:fs/promises'

/** Random access to a file. `read` returns fewer bytes than requested at the end of the file. */
export interface ByteSource {
  sizeBytes: number
  read(offset: number, length: number): Promise<Buffer>
}

const maxTailBytes = 64 * 1024
const mp4Boxes = [
  'ftyp',
  'moov',
  'mdat',
  'free',
  'skip',
  'wide',
  'uuid',
  'moof',
  'mfra',
  'sidx',
  'styp',
  'meta',
  'pnot',
  'udta',
]

/** Follows the boxes, which are stored end to end: the last one must not extend beyond the file. */
const isMp4Truncated = async (bytes: ByteSource): Promise<boolean> => {
  for (let offset = 0, boxCount = 0; offset + 8 <= bytes.sizeBytes && boxCount < 100_000; boxCount++) {
    const header = await bytes.read(offset, 16)
    if (!mp4Boxes.includes(header.toString('latin1', 4, 8))) return false
    const shortSize = header.readUInt32BE(0)
    // 0: the box extends to the end of the file. 1: the size follows in 64 bits.
    if (shortSize === 0) return false
    if (shortSize === 1 && header.length < 16) return true
    const size = shortSize === 1 ? Number(header.readBigUInt64BE(8)) : shortSize
    if (size < 8) return false
    if (offset + size > bytes.sizeBytes) return true
    offset += size
  }
  return false
}

/** Compares the RIFF size with the file. Streaming recorders leave 0 or all ones as the size: then unknown. */
const isRiffTruncated = async (bytes: ByteSource): Promise<boolean> => {
  const size = (await bytes.read(4, 4)).readUInt32LE(0)
  return size !== 0xffffffff && size !== 0 && size + 8 > bytes.sizeBytes + 1
}

interface Vint {
  length: number
  value: bigint
  isUnknown: boolean
}

/** Reads an EBML number of variable length. Element ids keep the marker bit of their length, sizes do not. */
const readVint = (buffer: Buffer, offset: number, { keepMarker }: { keepMarker: boolean }): Vint => {
  const first = buffer[offset] ?? 0
  const length = Math.clz32(first) - 23
  if (length > 8) return { length: 1, value: 0n, isUnknown: true }
  let value = BigInt(keepMarker ? first : first & (0xff >> length))
  for (let i = 1; i < length; i++) value = (value << 8n) | BigInt(buffer[offset + i] ?? 0)
  return { length, value, isUnknown: !keepMarker && value === (1n << BigInt(7 * length)) - 1n }
}

/** Finds the segment after the EBML header. It states its size unless it was recorded live. */
const isMatroskaTruncated = async (bytes: ByteSource): Promise<boolean> => {
  const head = await bytes.read(0, 4096)
  let offset = 0
  for (let element = 0; element < 4; element++) {
    const id = readVint(head, offset, { keepMarker: true })
    const size = readVint(head, offset + id.length, { keepMarker: false })
    const start = offset + id.length + size.length
    if (id.value === 0x18538067n) return !size.isUnknown && BigInt(start) + size.value > BigInt(bytes.sizeBytes)
    offset = start + Number(size.value)
    if (offset + 12 > head.length) return false
  }
  return false
}

const readTail = (bytes: ByteSource): Promise<Buffer> => {
  // Never the first half: an embedded preview there has an end mark of its own.
  const tailLength = Math.min(maxTailBytes, Math.ceil(bytes.sizeBytes / 2))
  return bytes.read(bytes.sizeBytes - tailLength, tailLength)
}

const isJpegTruncated = async (bytes: ByteSource): Promise<boolean> =>
  !(await readTail(bytes)).includes(Buffer.from([0xff, 0xd9]))

const isPngTruncated = async (bytes: ByteSource): Promise<boolean> => !(await readTail(bytes)).includes('IEND')

const isGifTruncated = async (bytes: ByteSource): Promise<boolean> => {
  const tail = await readTail(bytes)
  const lastIndex = tail.findLastIndex((byte) => byte !== 0)
  return tail[lastIndex] !== 0x3b
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

const toByteSource = async (file: FileHandle): Promise<ByteSource> => ({
  sizeBytes: (await file.stat()).size,
  async read(offset, length) {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset)
    return buffer.subarray(0, bytesRead)
  },
})

export const isFileTruncated = async (path: string, mimeType: string): Promise<boolean> => {
  if (!truncationChecks[mimeType]) return false
  await using file = await open(path)
  // Awaited here, since the file closes when this function returns.
  return await isTruncated(mimeType, await toByteSource(file))
}

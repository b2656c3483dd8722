import { type FileHandle, open } from 'node:fs/promises'

/** A file as far as needed: its size and any of its bytes, shorter at its end. */
export type Bytes = { sizeBytes: number; read: (at: number, length: number) => Promise<Buffer> }

const TAIL_BYTES = 64 * 1024
const MP4_BOXES = [
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

/** Boxes lie end to end; the last one must not reach beyond the file. */
const mp4 = async (bytes: Bytes) => {
  for (let at = 0, boxes = 0; at + 8 <= bytes.sizeBytes && boxes < 100_000; boxes++) {
    const header = await bytes.read(at, 16)
    if (!MP4_BOXES.includes(header.toString('latin1', 4, 8))) return false
    const short = header.readUInt32BE(0)
    // 0: up to the end of the file. 1: the size follows in 64 bits.
    if (short === 0) return false
    if (short === 1 && header.length < 16) return true
    const size = short === 1 ? Number(header.readBigUInt64BE(8)) : short
    if (size < 8) return false
    if (at + size > bytes.sizeBytes) return true
    at += size
  }
  return false
}

/** Recorders that stream leave 0 or all ones as size. */
const riff = async (bytes: Bytes) => {
  const size = (await bytes.read(4, 4)).readUInt32LE(0)
  return size !== 0xffffffff && size !== 0 && size + 8 > bytes.sizeBytes + 1
}

const vint = (buffer: Buffer, at: number, keepMarker: boolean) => {
  const first = buffer[at] ?? 0
  const length = Math.clz32(first) - 23
  if (length > 8) return { length: 1, value: 0n, unknown: true }
  let value = BigInt(keepMarker ? first : first & (0xff >> length))
  for (let i = 1; i < length; i++) value = (value << 8n) | BigInt(buffer[at + i] ?? 0)
  return { length, value, unknown: !keepMarker && value === (1n << BigInt(7 * length)) - 1n }
}

/** EBML header, then one segment that says its size, unless it was recorded live. */
const matroska = async (bytes: Bytes) => {
  const head = await bytes.read(0, 4096)
  let at = 0
  for (let element = 0; element < 4; element++) {
    const id = vint(head, at, true)
    const size = vint(head, at + id.length, false)
    const start = at + id.length + size.length
    if (id.value === 0x18538067n) return !size.unknown && BigInt(start) + size.value > BigInt(bytes.sizeBytes)
    at = start + Number(size.value)
    if (at + 12 > head.length) return false
  }
  return false
}

const tail = (bytes: Bytes, length: number) => {
  // Not from the very front: an embedded preview there has an end mark of its own.
  const wanted = Math.min(length, Math.ceil(bytes.sizeBytes / 2))
  return bytes.read(bytes.sizeBytes - wanted, wanted)
}
const jpeg = async (bytes: Bytes) => !(await tail(bytes, TAIL_BYTES)).includes(Buffer.from([0xff, 0xd9]))
const png = async (bytes: Bytes) => !(await tail(bytes, TAIL_BYTES)).includes('IEND')
const gif = async (bytes: Bytes) => {
  const end = await tail(bytes, TAIL_BYTES)
  const last = end.findLastIndex((byte) => byte !== 0)
  return end[last] !== 0x3b
}

const checks: Record<string, (bytes: Bytes) => Promise<boolean>> = {
  'video/mp4': mp4,
  'video/quicktime': mp4,
  'video/x-m4v': mp4,
  'video/3gpp': mp4,
  'video/3gpp2': mp4,
  'audio/mp4': mp4,
  'audio/x-m4a': mp4,
  'image/avif': mp4,
  'image/heic': mp4,
  'video/matroska': matroska,
  'video/webm': matroska,
  'audio/webm': matroska,
  'video/vnd.avi': riff,
  'audio/wav': riff,
  'image/webp': riff,
  'image/jpeg': jpeg,
  'image/png': png,
  'image/apng': png,
  'image/gif': gif,
}

/**
 * Whether the end is missing, told by the container's own sizes and end marks: a few reads, whatever the length.
 * False for what has no such marks; there, what arrived can be played.
 */
export const isCutOff = async (mimeType: string, bytes: Bytes) => (await checks[mimeType]?.(bytes)) ?? false

export const bytesOf = async (file: FileHandle): Promise<Bytes> => ({
  sizeBytes: (await file.stat()).size,
  read: async (at, length) => {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at)
    return buffer.subarray(0, bytesRead)
  },
})

export const isFileCutOff = async (path: string, mimeType: string) => {
  if (!checks[mimeType]) return false
  await using file = await open(path)
  // Awaited here: the file closes when this function returns.
  return await isCutOff(mimeType, await bytesOf(file))
}

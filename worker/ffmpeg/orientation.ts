import { open } from 'node:fs/promises'

/** EXIF's eight ways a camera may have been held; 1 is upright. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8

const HEAD_BYTES = 512 * 1024
const ORIENTATION_TAG = 0x0112

const fromTiff = (tiff: Buffer): Orientation => {
  const little = tiff.toString('latin1', 0, 2) === 'II'
  const short = (at: number) => (little ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at))
  const directory = little ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4)
  const entries = short(directory)
  for (let entry = 0; entry < entries; entry++) {
    const at = directory + 2 + entry * 12
    if (short(at) !== ORIENTATION_TAG) continue
    const value = short(at + 8)
    return value >= 1 && value <= 8 ? (value as Orientation) : 1 // as: just checked
  }
  return 1
}

const exifOfJpeg = (head: Buffer) => {
  for (let at = 2; at + 10 < head.length && head[at] === 0xff; at += 2 + head.readUInt16BE(at + 2)) {
    // Compressed data starts: no more headers.
    if (head[at + 1] === 0xda) return undefined
    if (head[at + 1] === 0xe1 && head.toString('latin1', at + 4, at + 8) === 'Exif') return head.subarray(at + 10)
  }
}

const exifOfPng = (head: Buffer) => {
  for (let at = 8; at + 12 < head.length; at += 12 + head.readUInt32BE(at)) {
    if (head.toString('latin1', at + 4, at + 8) === 'eXIf') return head.subarray(at + 8)
  }
}

const exifOfWebp = (head: Buffer) => {
  for (let at = 12; at + 8 < head.length; ) {
    const sizeBytes = head.readUInt32LE(at + 4)
    if (head.toString('latin1', at, at + 4) === 'EXIF') {
      const exif = head.subarray(at + 8)
      return exif.toString('latin1', 0, 4) === 'Exif' ? exif.subarray(6) : exif
    }
    at += 8 + sizeBytes + (sizeBytes % 2)
  }
}

const finders: Record<string, (head: Buffer) => Buffer | undefined> = {
  'image/jpeg': exifOfJpeg,
  'image/png': exifOfPng,
  'image/webp': exifOfWebp,
  'image/tiff': (head) => head,
}

/** Of the first bytes of a picture. Old builds of ffmpeg do not look at it, so it is read and applied here. */
export const orientationIn = (head: Buffer, mimeType: string): Orientation => {
  try {
    const exif = finders[mimeType]?.(head)
    return exif ? fromTiff(exif) : 1
  } catch {
    // Offsets that point outside: the mark is broken, the picture need not be.
    return 1
  }
}

export const readOrientation = async (path: string, mimeType: string) => {
  if (!finders[mimeType]) return 1
  await using file = await open(path)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0)
  return orientationIn(buffer.subarray(0, bytesRead), mimeType)
}

export const turnsSideways = (orientation: Orientation) => orientation >= 5

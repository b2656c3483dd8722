import { open } from 'node:fs/promises'

/** EXIF orientation: the eight ways in which a camera may have been held; 1 is upright. */
export type Orientation = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8

const headBytes = 512 * 1024
const orientationTag = 0x0112

const readTiffOrientation = (tiff: Buffer): Orientation => {
  const isLittleEndian = tiff.toString('latin1', 0, 2) === 'II'
  const readShort = (offset: number): number => (isLittleEndian ? tiff.readUInt16LE(offset) : tiff.readUInt16BE(offset))
  const directoryOffset = isLittleEndian ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4)
  const entryCount = readShort(directoryOffset)
  for (let entry = 0; entry < entryCount; entry++) {
    const offset = directoryOffset + 2 + entry * 12
    if (readShort(offset) !== orientationTag) continue
    const value = readShort(offset + 8)
    return value >= 1 && value <= 8 ? (value as Orientation) : 1 // as: just checked
  }
  return 1
}

const findExifInJpeg = (head: Buffer): Buffer | undefined => {
  for (
    let offset = 2;
    offset + 10 < head.length && head[offset] === 0xff;
    offset += 2 + head.readUInt16BE(offset + 2)
  ) {
    // Start of the compressed data: no headers follow.
    if (head[offset + 1] === 0xda) return undefined
    if (head[offset + 1] === 0xe1 && head.toString('latin1', offset + 4, offset + 8) === 'Exif')
      return head.subarray(offset + 10)
  }
  return undefined
}

const findExifInPng = (head: Buffer): Buffer | undefined => {
  for (let offset = 8; offset + 12 < head.length; offset += 12 + head.readUInt32BE(offset)) {
    if (head.toString('latin1', offset + 4, offset + 8) === 'eXIf') return head.subarray(offset + 8)
  }
  return undefined
}

const findExifInWebp = (head: Buffer): Buffer | undefined => {
  for (let offset = 12; offset + 8 < head.length; ) {
    const sizeBytes = head.readUInt32LE(offset + 4)
    if (head.toString('latin1', offset, offset + 4) === 'EXIF') {
      const exif = head.subarray(offset + 8)
      return exif.toString('latin1', 0, 4) === 'Exif' ? exif.subarray(6) : exif
    }
    offset += 8 + sizeBytes + (sizeBytes % 2)
  }
  return undefined
}

const exifFinders: Record<string, (head: Buffer) => Buffer | undefined> = {
  'image/jpeg': findExifInJpeg,
  'image/png': findExifInPng,
  'image/webp': findExifInWebp,
  'image/tiff': (head) => head,
}

/**
 * Parses the orientation from the first bytes of a picture. Old builds of ffmpeg ignore it, so this code reads it and
 * the plan applies it.
 */
export const parseOrientation = (head: Buffer, mimeType: string): Orientation => {
  try {
    const exif = exifFinders[mimeType]?.(head)
    return exif ? readTiffOrientation(exif) : 1
  } catch {
    // Offsets that point outside the data: the EXIF block is broken, but the picture may be intact.
    return 1
  }
}

export const readOrientation = async (path: string, mimeType: string): Promise<Orientation> => {
  if (!exifFinders[mimeType]) return 1
  await using file = await open(path)
  const { buffer, bytesRead } = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0)
  return parseOrientation(buffer.subarray(0, bytesRead), mimeType)
}

export const swapsDimensions = (orientation: Orientation): boolean => orientation >= 5

import { open } from 'node:fs/promises'
import { exifFinders } from './exif.ts'

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

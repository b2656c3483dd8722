import type { Sharp } from 'sharp'
import type { Size } from '../profiles.ts'

/** Greatest side of a WebP. */
const maxSide = 16_383

/** The encoder holds the whole picture. Every HEIC that is decoded here fits in full. */
const maxPixels = 8192 * 8192

/** Returns the size of the copy: that of the picture, unless it is too large for a WebP. */
const fitWebp = ({ width, height }: Size): Size => {
  const factor = Math.min(1, maxSide / width, maxSide / height, Math.sqrt(maxPixels / (width * height)))
  const scale = (length: number): number => Math.max(1, Math.floor(length * factor))
  return { width: scale(width), height: scale(height) }
}

/** Quality that shows no loss at normal size. More effort than 2 takes six times as long for as many bytes. */
const webpOptions = { quality: 80, effort: 2 }

/** Writes a copy in full size for browsers, with its transparency. */
export const writeFullCopy = async (picture: Sharp, size: Size, path: string) => {
  await picture
    .resize({ ...fitWebp(size), fit: 'fill' })
    .toColourspace('srgb')
    .webp(webpOptions)
    .toFile(path)
  return { path, mimeType: 'image/webp' as const }
}

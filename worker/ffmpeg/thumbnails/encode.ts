import sharp, { type Sharp } from 'sharp'
import { rgbaToThumbHash } from 'thumbhash'
import { thumbnailWidths } from '../../../src/services/rendition/thumbnailWidths.ts'

export interface EncodedThumbnails {
  /** WebP files, each at most as wide as its `width`: pictures are never enlarged. */
  files: { width: number; bytes: Buffer }[]
  /** ThumbHash in Base64. */
  placeholder: string
}

/** Quality that shows no loss at these sizes. */
const webpOptions = { quality: 75, effort: 4 }

/** Greatest side of the pixels that a ThumbHash is computed from. */
const maxHashSide = 100

/** Decodes a finished THUMBNAIL rendition once, for all that is made from it. */
export const openThumbnail = async (input: string | Buffer): Promise<() => Sharp> => {
  const { data, info } = await sharp(input).toColourspace('srgb').raw().toBuffer({ resolveWithObject: true })
  return () => sharp(data, { raw: { width: info.width, height: info.height, channels: info.channels } })
}

/** Encodes a picture of the size of a THUMBNAIL rendition in each width, with its transparency. */
export const encodeThumbnails = async (open: () => Sharp): Promise<EncodedThumbnails> => {
  const files = await Promise.all(
    thumbnailWidths.map(async (width) => ({
      width,
      bytes: await open().resize({ width, withoutEnlargement: true }).webp(webpOptions).toBuffer(),
    })),
  )
  const small = await open()
    .resize({ width: maxHashSide, height: maxHashSide, fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  const hash = rgbaToThumbHash(small.info.width, small.info.height, small.data)
  return { files, placeholder: Buffer.from(hash).toString('base64') }
}

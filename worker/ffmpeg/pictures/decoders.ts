export type PictureDecoder = 'vips' | 'heif'

/** Decoder of each picture type. It is passed explicitly, so that the content of the file cannot select another. */
export const pictureDecoders: Record<string, PictureDecoder> = {
  'image/jpeg': 'vips',
  'image/png': 'vips',
  'image/apng': 'vips',
  'image/gif': 'vips',
  'image/webp': 'vips',
  'image/avif': 'vips',
  'image/tiff': 'vips',
  'image/svg+xml': 'vips',
  'image/heic': 'heif',
  'image/heic-sequence': 'heif',
  'image/heif': 'heif',
  'image/heif-sequence': 'heif',
}

/** 16,384 × 16,384: a decoder that scales while it reads holds a few rows of a picture, or an eighth of it. */
export const maxPicturePixels = 16_384 * 16_384

/** The decoder of HEIC holds the whole picture. The largest phone sensors have 200 megapixels, but save 50 in HEIC. */
export const maxHeifPixels = 8192 * 8192

/** The text of an SVG is held in memory as a tree. */
export const maxSvgBytes = 16 * 1024 * 1024

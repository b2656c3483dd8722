import sharp, { type Sharp, type Stats } from 'sharp'
import { writeThumbnails } from '../thumbnails/write.ts'
import { writeFullCopy } from './fullCopy.ts'
import type { PictureReply, PictureRequest } from './protocol.ts'
import { type OpenPicture, openWithVips } from './vips.ts'

type Rendered = Omit<Extract<PictureReply, { ok: true }>, 'ok'>

const openPicture = async (request: PictureRequest): Promise<OpenPicture> => {
  if (request.decoder === 'vips') return openWithVips(request)
  // Loaded only when needed: the decoder has 8 MB of code.
  const { openWithHeif } = await import('./heif.ts')
  return openWithHeif(request.inputPath)
}

const isFlat = ({ channels }: Stats): boolean => channels.every(({ min, max }) => min === max)

interface SmallCopy {
  image: () => Sharp
  stats: Stats
}

/** Scales while decoding, with colours as screens show them. */
const shrink = async (picture: Sharp, { width, height }: PictureRequest['maxSize']): Promise<SmallCopy> => {
  const { data, info } = await picture
    .resize({ width, height, fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb')
    .raw()
    .toBuffer({ resolveWithObject: true })
  const image = () => sharp(data, { raw: { width: info.width, height: info.height, channels: info.channels } })
  return { image, stats: await image().stats() }
}

/**
 * Opens a picture whose small copy has one colour although its pixels differ, with its values spread: measurements are
 * often stored as numbers from 0 to 1, or in a small part of 16 bits, and would be black.
 */
const spreadValues = async (picture: OpenPicture): Promise<OpenPicture> => {
  const { channels } = await picture.open().stats()
  // From the mean, since the library rounds the minimum and maximum to integers.
  const min = Math.min(...channels.map(({ mean, stdev }) => mean - 2 * stdev))
  const max = Math.max(...channels.map(({ mean, stdev }) => mean + 2 * stdev))
  if (!(max > min)) return picture
  const factor = 255 / (max - min)
  return { ...picture, open: () => picture.open().linear(factor, -min * factor) }
}

const writeSmallCopy = async (
  { image, stats }: SmallCopy,
  outputPath: string,
): Promise<NonNullable<Rendered['output']>> => {
  const thumbnails = await writeThumbnails(image, outputPath)
  if (stats.isOpaque) {
    const path = `${outputPath}.jpg`
    await image().removeAlpha().jpeg({ quality: 85 }).toFile(path)
    return { path, mimeType: 'image/jpeg', thumbnails }
  }
  const path = `${outputPath}.png`
  await image().png().toFile(path)
  return { path, mimeType: 'image/png', thumbnails }
}

/** Decodes every row of a picture, and writes a copy if one is wanted. */
export const render = async (request: PictureRequest): Promise<Rendered> => {
  sharp.cache(false)
  const { maxSize, copy } = request
  const picture = await openPicture(request)
  const smallCopy = await shrink(picture.open(), maxSize)
  const { width, height } = picture
  if (copy === null) return { width, height, output: null }
  const shown = isFlat(smallCopy.stats) ? await spreadValues(picture) : picture
  if (copy.size === 'full')
    return { width, height, output: await writeFullCopy(shown.open(), picture, `${copy.path}.webp`) }
  const finalCopy = shown === picture ? smallCopy : await shrink(shown.open(), maxSize)
  return { width, height, output: await writeSmallCopy(finalCopy, copy.path) }
}

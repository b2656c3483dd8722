import sharp, { type Sharp, type Stats } from 'sharp'
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
 * Spreads the values of a picture whose small copy has one colour although its pixels differ: measurements are often
 * stored as numbers from 0 to 1, or in a small part of 16 bits, and would be black.
 */
const spreadValues = async (picture: OpenPicture, request: PictureRequest, copy: SmallCopy): Promise<SmallCopy> => {
  const { channels } = await picture.open().stats()
  // From the mean, since the library rounds the minimum and maximum to integers.
  const min = Math.min(...channels.map(({ mean, stdev }) => mean - 2 * stdev))
  const max = Math.max(...channels.map(({ mean, stdev }) => mean + 2 * stdev))
  if (!(max > min)) return copy
  const factor = 255 / (max - min)
  return shrink(picture.open().linear(factor, -min * factor), request.maxSize)
}

const write = async ({ image, stats }: SmallCopy, outputPath: string): Promise<NonNullable<Rendered['output']>> => {
  if (stats.isOpaque) {
    const path = `${outputPath}.jpg`
    await image().removeAlpha().jpeg({ quality: 85 }).toFile(path)
    return { path, mimeType: 'image/jpeg' }
  }
  const path = `${outputPath}.png`
  await image().png().toFile(path)
  return { path, mimeType: 'image/png' }
}

/** Decodes every row of a picture, and writes a small copy if one is wanted. */
export const render = async (request: PictureRequest): Promise<Rendered> => {
  sharp.cache(false)
  const picture = await openPicture(request)
  const copy = await shrink(picture.open(), request.maxSize)
  const { width, height } = picture
  if (request.outputPath === null) return { width, height, output: null }
  const finalCopy = isFlat(copy.stats) ? await spreadValues(picture, request, copy) : copy
  return { width, height, output: await write(finalCopy, request.outputPath) }
}

import { readFile, stat } from 'node:fs/promises'
import sharp, { type Sharp, type SharpOptions } from 'sharp'
import { maxPicturePixels, maxSvgBytes } from './decoders.ts'
import type { PictureRequest } from './protocol.ts'
import { PictureError } from './replies.ts'

/** Names by which libvips knows the reader of each type. */
const loaders: Record<string, string> = {
  'image/jpeg': 'VipsForeignLoadJpeg',
  'image/png': 'VipsForeignLoadPng',
  'image/apng': 'VipsForeignLoadPng',
  'image/gif': 'VipsForeignLoadNsgif',
  'image/webp': 'VipsForeignLoadWebp',
  'image/avif': 'VipsForeignLoadHeif',
  'image/tiff': 'VipsForeignLoadTiff',
  'image/svg+xml': 'VipsForeignLoadSvg',
}

const allowOnly = (loader: string): void => {
  sharp.block({ operation: ['VipsForeignLoad'] })
  sharp.unblock({ operation: [loader] })
}

const utf16Marks: [mark: string, charset: string][] = [
  ['fffe', 'utf-16le'],
  ['feff', 'utf-16be'],
]

/** Converts UTF-16, by which the library does not recognise an SVG, to UTF-8. */
const toUtf8 = (text: Buffer): Buffer => {
  const charset = utf16Marks.find(([mark]) => text.toString('hex', 0, 2) === mark)?.[1]
  if (charset === undefined) return text
  return Buffer.from(new TextDecoder(charset).decode(text).replace(/^(<\?xml[^>]*?)\s+encoding=(["'])[\w-]+\2/, '$1'))
}

/** Reads an SVG into memory: with a path, the library would open files beside it that the text names. */
const readSvg = async (path: string): Promise<Buffer> => {
  if ((await stat(path)).size > maxSvgBytes) throw new PictureError('TOO_LARGE', 'The SVG has too many bytes.')
  return toUtf8(await readFile(path))
}

export interface OpenPicture {
  /** Displayed size of the original. */
  width: number
  height: number
  /** The upright picture at about the size of the box. */
  open(): Sharp
}

const pointsPerInch = 72

const openSvg = async (path: string, maxSize: PictureRequest['maxSize']): Promise<OpenPicture> => {
  const text = await readSvg(path)
  const { width, height } = await sharp(text, { limitInputPixels: false }).metadata()
  // A drawing has no resolution of its own: a small one is drawn larger, not enlarged.
  const scale = Math.min(maxSize.width / width, maxSize.height / height)
  const density = Math.min(100_000, Math.max(1, pointsPerInch * scale))
  return { width, height, open: () => sharp(text, { density, failOn: 'error', limitInputPixels: maxPicturePixels }) }
}

export const openWithVips = async ({ inputPath, mimeType, maxSize }: PictureRequest): Promise<OpenPicture> => {
  const loader = loaders[mimeType]
  if (loader === undefined) throw new PictureError('UNSUPPORTED_CODEC', `There is no reader of ${mimeType}.`)
  allowOnly(loader)
  if (mimeType === 'image/svg+xml') return openSvg(inputPath, maxSize)
  const options: SharpOptions = { failOn: 'error', limitInputPixels: maxPicturePixels, sequentialRead: true }
  const { autoOrient } = await sharp(inputPath, options).metadata()
  return { ...autoOrient, open: () => sharp(inputPath, options).autoOrient() }
}

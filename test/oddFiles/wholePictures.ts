import sharp from 'sharp'
import { cut } from '../harness/oddFiles.ts'
import { createQuadrantsHeif, drawQuadrants } from '../harness/pictureSamples.ts'
import type { OddFile, OddFileTable } from './row.ts'

const isShown = (fileName: string, build: OddFile['build']): OddFile => ({ fileName, build, result: null })

/** A picture without a decoder here: a header that tells its type, and content of any kind. */
const isKept = (fileName: string, header: string): OddFile => ({
  fileName,
  build: async () => Buffer.concat([Buffer.from(header, 'latin1'), Buffer.alloc(9000, 0x5a)]),
  result: null,
  warning: '^The server cannot decode this picture',
  renditions: [],
})

const quadrants = () => drawQuadrants(600, 400)

const animateWebp = async (): Promise<Buffer> => {
  const frames = [0, 90, 180].map((angle) => drawQuadrants(120, 120).rotate(angle).png().toBuffer())
  return sharp(await Promise.all(frames), { join: { animated: true } })
    .webp()
    .toBuffer()
}

export const wholePictures: OddFileTable = {
  'a HEIC': isShown('phone.heic', () => createQuadrantsHeif(600, 400)),
  'a HEIC that is held upright': isShown('phone.heif', () => createQuadrantsHeif(600, 400, { turns: 1 })),
  'a HEIC of a codec without a decoder': {
    ...isKept('scan.heic', ''),
    build: () => createQuadrantsHeif(96, 64, { itemType: 'j2k1' }),
  },
  'a part of a HEIC': {
    fileName: 'phone.heic',
    build: async () => cut(await createQuadrantsHeif(600, 400), 0.6),
    result: 'TRUNCATED',
  },
  'an AVIF': isShown('photo.avif', () => quadrants().avif().toBuffer()),
  'an SVG': isShown('drawing.svg', async () =>
    Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40"><circle r="20" fill="red"/></svg>'),
  ),
  'an SVG with entities, as drawing programs write it': isShown('logo.svg', async () =>
    Buffer.from(
      '<?xml version="1.0"?>\n<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "svg11.dtd" [<!ENTITY ns "http://www.w3.org/2000/svg">]>\n' +
        '<svg xmlns="&ns;" width="60" height="40"><circle r="20" fill="red"/></svg>',
    ),
  ),
  'an animated WebP': isShown('moving.webp', animateWebp),
  'a TIFF of tiles': isShown('tiles.tif', () => quadrants().tiff({ tile: true, compression: 'deflate' }).toBuffer()),
  'a TIFF compressed as JPEG': isShown('scan.tif', () => quadrants().tiff({ compression: 'jpeg' }).toBuffer()),
  'a TIFF in Lab colours': isShown('lab.tif', () => quadrants().toColourspace('lab').tiff().toBuffer()),
  'a JPEG for print': isShown('print.jpg', () => quadrants().toColourspace('cmyk').jpeg().toBuffer()),
  'a JPEG that is held sideways': isShown('sideways.jpg', () =>
    quadrants().withMetadata({ orientation: 6 }).jpeg().toBuffer(),
  ),
  'a photo of 69 megapixels': isShown('large.jpg', () => drawQuadrants(9600, 7200).jpeg().toBuffer()),
  'a JPEG XL': isKept('photo.jxl', '\xff\x0a'),
  'a PSD': isKept('layers.psd', '8BPS\0\x01'),
  'a camera RAW': isKept('IMG_0001.CR2', 'II*\0\x10\0\0\0CR\x02\0'),
}

import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import sharp, { type Sharp } from 'sharp'
import { findFfmpegBinaries } from '../../worker/ffmpeg/binaries.ts'
import { createHeif, type HeifOptions } from './heif.ts'

const execute = promisify(execFile)

export type Colour = readonly [red: number, green: number, blue: number]
/** Colours of the quadrants: top left, top right, bottom left, bottom right. */
export type Quadrants = readonly [Colour, Colour, Colour, Colour]

export const red: Colour = [200, 40, 40]
export const green: Colour = [40, 160, 60]
export const blue: Colour = [50, 60, 190]
export const white: Colour = [235, 235, 235]
export const upright: Quadrants = [red, green, blue, white]

/** Draws four quadrants, each of one colour, with an opaque alpha channel. */
export const drawQuadrants = (width: number, height: number, colours: Quadrants = upright): Sharp => {
  const pixels = Buffer.from(colours.flatMap((colour) => [...colour, 255]))
  return sharp(pixels, { raw: { width: 2, height: 2, channels: 4 } }).resize(width, height, {
    fit: 'fill',
    kernel: 'nearest',
  })
}

/** Reads the mean colour of the middle of each quadrant, transparent parts over black. */
export const readQuadrants = async (path: string): Promise<Colour[]> => {
  const { data, info } = await sharp(path)
    .flatten()
    .resize({ width: 640, height: 640, fit: 'inside', withoutEnlargement: true })
    .png()
    .toBuffer({ resolveWithObject: true })
  const { width, height } = info
  const part = { width: Math.max(1, Math.floor(width / 4)), height: Math.max(1, Math.floor(height / 4)) }
  const corners = [0, 1, 2, 3].map((index) => ({
    left: Math.floor(((index % 2) * width) / 2 + width / 8),
    top: Math.floor((Math.floor(index / 2) * height) / 2 + height / 8),
  }))
  return Promise.all(
    corners.map(async (corner): Promise<Colour> => {
      const region = await sharp(data)
        .extract({ ...corner, ...part })
        .png()
        .toBuffer()
      const { channels } = await sharp(region).toColourspace('srgb').stats()
      const [r = 0, g = r, b = r] = channels.map(({ mean }) => mean)
      return [r, g, b]
    }),
  )
}

/** Measures the greatest difference of a channel between the quadrants of a picture and the expected colours. */
export const measureDifference = async (path: string, expected: Quadrants = upright): Promise<number> => {
  const colours = await readQuadrants(path)
  const differences = expected.flatMap((colour, quadrant) =>
    colour.map((value, channel) => Math.abs(value - (colours[quadrant]?.[channel] ?? Number.NaN))),
  )
  return Math.max(...differences)
}

const tiffEntry = ([tag, type, value]: readonly [tag: number, type: number, value: number]): Buffer => {
  const entry = Buffer.alloc(12)
  entry.writeUInt16LE(tag, 0)
  entry.writeUInt16LE(type, 2)
  entry.writeUInt32LE(1, 4)
  entry.writeUInt32LE(value, 8)
  return entry
}

/** Writes a grey TIFF of floating-point numbers from 0 to 1, as instruments do. */
export const createFloatTiff = (width: number, height: number, valueAt: (x: number, y: number) => number): Buffer => {
  const pixels = Buffer.alloc(width * height * 4)
  for (let i = 0; i < width * height; i++) pixels.writeFloatLE(valueAt(i % width, Math.floor(i / width)), i * 4)
  const values: [number, number, number][] = [
    [256, 4, width],
    [257, 4, height],
    [258, 3, 32],
    [259, 3, 1],
    [262, 3, 1],
    [273, 4, 8],
    [277, 3, 1],
    [278, 4, height],
    [279, 4, pixels.length],
    [339, 3, 3],
  ]
  const header = Buffer.from('II*\0\0\0\0\0', 'latin1')
  header.writeUInt32LE(8 + pixels.length, 4)
  const count = Buffer.from([values.length, 0])
  return Buffer.concat([header, pixels, count, ...values.map(tiffEntry), Buffer.alloc(4)])
}

/** Writes a HEIC of the quadrants; ffmpeg encodes the HEVC in it. */
export const createQuadrantsHeif = async (
  width: number,
  height: number,
  { colours = upright, ...options }: Omit<HeifOptions, 'width' | 'height'> & { colours?: Quadrants } = {},
) => {
  const { ffmpegPath } = await findFfmpegBinaries({
    ffmpegPath: process.env.FFMPEG_PATH,
    ffprobePath: process.env.FFPROBE_PATH,
  })
  const folder = await mkdtemp(join(tmpdir(), 'mediagraph-heif-'))
  try {
    const [png, mp4] = [join(folder, 'a.png'), join(folder, 'a.mp4')]
    await drawQuadrants(width, height, colours).png().toFile(png)
    const encoder = [
      '-c:v',
      'libx265',
      '-pix_fmt',
      'yuv420p',
      '-x265-params',
      'info=0:log-level=none',
      '-tag:v',
      'hvc1',
    ]
    await execute(ffmpegPath, ['-v', 'error', '-i', png, '-frames:v', '1', ...encoder, mp4])
    return createHeif(await readFile(mp4), { width, height, ...options })
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** Writes a sample into a folder and returns its path. */
export const writeSample = async (folder: string, name: string, bytes: Buffer): Promise<string> => {
  const path = join(folder, name)
  await writeFile(path, bytes)
  return path
}

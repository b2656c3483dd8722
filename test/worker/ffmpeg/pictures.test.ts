import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { expect } from 'vitest'
import { convert } from '../../../worker/ffmpeg/convert.ts'
import { examine } from '../../../worker/ffmpeg/examine.ts'
import { selectProfiles } from '../../../worker/ffmpeg/profiles.ts'
import { createWorkspaces } from '../../../worker/ffmpeg/workspace.ts'
import { it as test } from '../../harness/filesIt.ts'
import {
  blue,
  createFloatTiff,
  createQuadrantsHeif,
  drawQuadrants,
  green,
  measureDifference,
  type Quadrants,
  readQuadrants,
  red,
  upright,
  white,
  writeSample,
} from '../../harness/pictureSamples.ts'

const workspaces = createWorkspaces(tmpdir())

interface PictureRow {
  make: () => Promise<Buffer>
  mimeType: string
  size: [width: number, height: number]
  thumbnail: [width: number, height: number]
  colours?: Quadrants
  /** Greatest difference of a channel that the format itself explains. */
  tolerance?: number
}

const landscape: Pick<PictureRow, 'size' | 'thumbnail'> = { size: [660, 440], thumbnail: [640, 427] }
const portrait: Pick<PictureRow, 'size' | 'thumbnail'> = { size: [440, 660], thumbnail: [440, 660] }
/** A quarter turn clockwise: the left column becomes the top row. */
const turnedClockwise: Quadrants = [blue, red, white, green]
const turnedCounterclockwise: Quadrants = [green, white, red, blue]
const greys: Quadrants = [
  [0, 0, 0],
  [110, 110, 110],
  [145, 145, 145],
  [255, 255, 255],
]
const halfAsBright: Quadrants = [
  [100, 20, 20],
  [20, 80, 30],
  [25, 30, 95],
  [118, 118, 118],
]
const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="24" height="16">
  <rect width="12" height="8" fill="rgb(${red})"/><rect x="12" width="12" height="8" fill="rgb(${green})"/>
  <rect y="8" width="12" height="8" fill="rgb(${blue})"/><rect x="12" y="8" width="12" height="8" fill="rgb(${white})"/>
</svg>`

const animate = async (): Promise<Buffer> => {
  const frames = [upright, turnedClockwise].map((colours) => drawQuadrants(660, 440, colours).png().toBuffer())
  return sharp(await Promise.all(frames), { join: { animated: true } })
    .webp({ quality: 90 })
    .toBuffer()
}

const pictures: Record<string, PictureRow> = {
  'phone.heic': { make: () => createQuadrantsHeif(660, 440), mimeType: 'image/heic', ...landscape },
  'phone-upright.heic': {
    make: () => createQuadrantsHeif(660, 440, { turns: 1 }),
    mimeType: 'image/heic',
    ...portrait,
    colours: turnedCounterclockwise,
  },
  'photo.avif': { make: () => drawQuadrants(660, 440).avif().toBuffer(), mimeType: 'image/avif', ...landscape },
  'moving.webp': { make: animate, mimeType: 'image/webp', ...landscape },
  'drawing.svg': {
    make: async () => Buffer.from(svg),
    mimeType: 'image/svg+xml',
    size: [24, 16],
    thumbnail: [640, 427],
  },
  'tiles.tif': {
    make: () => drawQuadrants(660, 440).tiff({ tile: true, compression: 'deflate' }).toBuffer(),
    mimeType: 'image/tiff',
    ...landscape,
  },
  'tiles-of-jpeg.tif': {
    make: () => drawQuadrants(660, 440).tiff({ tile: true, compression: 'jpeg' }).toBuffer(),
    mimeType: 'image/tiff',
    ...landscape,
  },
  'strips-of-jpeg.tif': {
    make: () => drawQuadrants(660, 440).tiff({ compression: 'jpeg' }).toBuffer(),
    mimeType: 'image/tiff',
    ...landscape,
  },
  'lab.tif': {
    make: () => drawQuadrants(660, 440).toColourspace('lab').tiff().toBuffer(),
    mimeType: 'image/tiff',
    ...landscape,
  },
  'measurement.tif': {
    make: async () => createFloatTiff(96, 64, (x, y) => 0.1 + (x < 48 ? 0 : 0.3) + (y < 32 ? 0 : 0.4)),
    mimeType: 'image/tiff',
    size: [96, 64],
    thumbnail: [96, 64],
    colours: greys,
    tolerance: 40,
  },
  'print.jpg': {
    make: () => drawQuadrants(660, 440).toColourspace('cmyk').jpeg().toBuffer(),
    mimeType: 'image/jpeg',
    ...landscape,
    tolerance: 60,
  },
  'held-sideways.jpg': {
    make: () => drawQuadrants(660, 440).withMetadata({ orientation: 6 }).jpeg().toBuffer(),
    mimeType: 'image/jpeg',
    ...portrait,
    colours: turnedClockwise,
  },
  'deep.png': {
    make: () => drawQuadrants(660, 440).toColourspace('rgb16').png().toBuffer(),
    mimeType: 'image/png',
    ...landscape,
  },
  'half-transparent.png': {
    make: async () =>
      sharp(await drawQuadrants(660, 440).png().toBuffer())
        .removeAlpha()
        .ensureAlpha(0.5)
        .png()
        .toBuffer(),
    mimeType: 'image/png',
    ...landscape,
    colours: halfAsBright,
  },
  '69-megapixels.jpg': {
    make: () => drawQuadrants(9600, 7200).jpeg().toBuffer(),
    mimeType: 'image/jpeg',
    size: [9600, 7200],
    thumbnail: [640, 480],
  },
  'long-page.png': {
    make: () => drawQuadrants(200, 17_000).png().toBuffer(),
    mimeType: 'image/png',
    size: [200, 17_000],
    thumbnail: [48, 4096],
  },
}

test.for(Object.entries(pictures))('the thumbnail of %s shows the picture as it is', async ([name, row], { files }) => {
  await using workspace = await workspaces.create()
  const inputPath = await writeSample(workspace.path, name, await row.make())
  const { mediaInfo, ...result } = await examine(files.binaries, inputPath, { fileName: name })
  const [width, height] = row.size
  expect({ ...result, mediaInfo }).toMatchObject({
    ok: true,
    mediaInfo: { kind: 'IMAGE', mimeType: row.mimeType, width, height },
  })
  expect(selectProfiles(mediaInfo)).toContain('THUMBNAIL')
  const request = { profile: 'THUMBNAIL' as const, inputPath, mediaInfo, workspacePath: workspace.path, cores: 2 }
  const thumbnail = await convert(files.binaries, request)
  expect([thumbnail.width, thumbnail.height]).toEqual(row.thumbnail)
  expect(await measureDifference(thumbnail.path, row.colours ?? upright)).toBeLessThan(row.tolerance ?? 12)
})

test.for([
  ['photo.jxl', Buffer.from([0xff, 0x0a, ...Buffer.alloc(64)]), 'image/jxl'],
  ['layers.psd', Buffer.concat([Buffer.from('8BPS\0\x01', 'latin1'), Buffer.alloc(64)]), 'image/vnd.adobe.photoshop'],
] as const)(
  '%s, which no decoder here reads, is kept without renditions',
  async ([name, bytes, mimeType], { files }) => {
    await using workspace = await workspaces.create()
    const path = await writeSample(workspace.path, name, bytes)
    const { ok, mediaInfo } = await examine(files.binaries, path, { fileName: name })
    expect({ ok, mediaInfo }).toMatchObject({ ok: true, mediaInfo: { kind: 'IMAGE', mimeType, width: null } })
    expect(selectProfiles(mediaInfo)).toEqual([])
  },
)

test('a HEIC whose codec has no decoder is kept without renditions', async ({ files }) => {
  await using workspace = await workspaces.create()
  const bytes = await createQuadrantsHeif(96, 64, { itemType: 'j2k1' })
  const path = await writeSample(workspace.path, 'scan.heic', bytes)
  const { ok, mediaInfo } = await examine(files.binaries, path, { fileName: 'scan.heic' })
  expect({ ok, kind: mediaInfo.kind, profiles: selectProfiles(mediaInfo) }).toEqual({
    ok: true,
    kind: 'IMAGE',
    profiles: [],
  })
})

const cut = (bytes: Buffer): Buffer => bytes.subarray(0, Math.floor(bytes.length * 0.6))

const unusable: Record<string, { make: () => Promise<Buffer>; code: string }> = {
  'cut.heic': { make: async () => cut(await createQuadrantsHeif(660, 440)), code: 'TRUNCATED' },
  'cut.tif': { make: async () => cut(createFloatTiff(96, 64, () => 0.5)), code: 'DAMAGED' },
  'endless.svg': {
    make: async () => Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><g>'),
    code: 'TRUNCATED',
  },
  'large.svg': {
    make: async () => Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg"><!--${'x'.repeat(17e6)}--></svg>`),
    code: 'TOO_LARGE',
  },
  '300-megapixels.jpg': {
    make: async () => {
      const bytes = await drawQuadrants(96, 64).jpeg().toBuffer()
      const frame = bytes.indexOf(Buffer.from([0xff, 0xc0]))
      bytes.writeUInt16BE(16_400, frame + 5)
      bytes.writeUInt16BE(18_300, frame + 7)
      return bytes
    },
    code: 'TOO_LARGE',
  },
}

test.for(Object.entries(unusable))('%s is refused with a reason', async ([name, { make, code }], { files }) => {
  await using workspace = await workspaces.create()
  const path = await writeSample(workspace.path, name, await make())
  expect(await examine(files.binaries, path, { fileName: name })).toMatchObject({ ok: false, failure: { code } })
})

test('an SVG reads no file beside it', async ({ files }) => {
  await using workspace = await workspaces.create()
  await writeSample(workspace.path, 'secret.png', await drawQuadrants(64, 64).png().toBuffer())
  const hrefs = ['secret.png', `file://${join(workspace.path, 'secret.png')}`]
  const images = hrefs.map((href) => `<image href="${href}" width="64" height="64"/>`).join('')
  const text = `<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64">${images}</svg>`
  const inputPath = await writeSample(workspace.path, 'spy.svg', Buffer.from(text))
  const { mediaInfo } = await examine(files.binaries, inputPath, { fileName: 'spy.svg' })
  const request = { profile: 'THUMBNAIL' as const, inputPath, mediaInfo, workspacePath: workspace.path, cores: 2 }
  const { path } = await convert(files.binaries, request)
  expect(await readQuadrants(path)).toEqual(Array(4).fill([0, 0, 0]))
})

import { tmpdir } from 'node:os'
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

interface CopyRow {
  make: () => Promise<Buffer>
  size: [width: number, height: number]
  colours?: Quadrants
  tolerance?: number
}

const turnedCounterclockwise: Quadrants = [green, white, red, blue]
const greys: Quadrants = [
  [0, 0, 0],
  [110, 110, 110],
  [145, 145, 145],
  [255, 255, 255],
]

const rows: Record<string, CopyRow> = {
  'phone.heic': { make: () => createQuadrantsHeif(960, 640), size: [960, 640] },
  'phone-upright.heic': {
    make: () => createQuadrantsHeif(660, 440, { turns: 1 }),
    size: [440, 660],
    colours: turnedCounterclockwise,
  },
  'print.tif': {
    make: () => drawQuadrants(960, 640).toColourspace('cmyk').tiff().toBuffer(),
    size: [960, 640],
    tolerance: 60,
  },
  'measurement.tif': {
    make: async () => createFloatTiff(96, 64, (x, y) => 0.1 + (x < 48 ? 0 : 0.3) + (y < 32 ? 0 : 0.4)),
    size: [96, 64],
    colours: greys,
    tolerance: 40,
  },
  'long-page.tif': { make: () => drawQuadrants(200, 17_000).tiff().toBuffer(), size: [192, 16_383] },
  '69-megapixels.tif': {
    make: () => drawQuadrants(9600, 7200).tiff({ compression: 'deflate' }).toBuffer(),
    size: [9459, 7094],
  },
}

/** Writes the sample, examines it, and makes its WebP. */
const copy = async (
  binaries: Parameters<typeof convert>[0],
  { name, bytes, folder }: { name: string; bytes: Buffer; folder: string },
) => {
  const inputPath = await writeSample(folder, name, bytes)
  const { mediaInfo } = await examine(binaries, inputPath, { fileName: name })
  expect(selectProfiles(mediaInfo)).toEqual(['THUMBNAIL', 'WEBP'])
  return convert(binaries, { profile: 'WEBP', inputPath, mediaInfo, workspacePath: folder, cores: 2 })
}

test.for(Object.entries(rows))('the WebP of %s shows the whole picture', async ([name, row], { files }) => {
  await using workspace = await workspaces.create()
  const conversion = await copy(files.binaries, { name, bytes: await row.make(), folder: workspace.path })
  const [width, height] = row.size
  expect(conversion).toMatchObject({ mimeType: 'image/webp', width, height })
  expect(await measureDifference(conversion.path, row.colours ?? upright)).toBeLessThan(row.tolerance ?? 12)
})

test('the WebP of a transparent picture is transparent', async ({ files }) => {
  await using workspace = await workspaces.create()
  const opaque = await drawQuadrants(96, 64).png().toBuffer()
  const bytes = await sharp(opaque).removeAlpha().ensureAlpha(0.5).tiff({ compression: 'deflate' }).toBuffer()
  const { path } = await copy(files.binaries, { name: 'half.tif', bytes, folder: workspace.path })
  expect((await sharp(path).stats()).channels.at(-1)?.mean).toBeCloseTo(127.5, -1)
  expect((await readQuadrants(path))[3]?.[0]).toBeLessThan(white[0] / 2 + 12)
})

test('the WebP of a picture contains no metadata of the camera', async ({ files }) => {
  await using workspace = await workspaces.create()
  const exif = { IFD0: { Artist: 'SecretName' } }
  const bytes = await drawQuadrants(96, 64).withExif(exif).tiff().toBuffer()
  const { path } = await copy(files.binaries, { name: 'named.tif', bytes, folder: workspace.path })
  expect(await sharp(path).metadata()).not.toHaveProperty('exif')
})

test('a picture that is damaged has no WebP', async ({ files }) => {
  await using workspace = await workspaces.create()
  const bytes = await drawQuadrants(960, 640).tiff({ compression: 'deflate' }).toBuffer()
  const inputPath = await writeSample(workspace.path, 'cut.tif', bytes.subarray(0, 800))
  const mediaInfo = { kind: 'IMAGE' as const, mimeType: 'image/tiff', durationSeconds: null, width: 960, height: 640 }
  const request = { profile: 'WEBP' as const, inputPath, mediaInfo, workspacePath: workspace.path, cores: 2 }
  await expect(convert(files.binaries, request)).rejects.toMatchObject({ failure: { retryable: false } })
})

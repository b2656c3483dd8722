import { tmpdir } from 'node:os'
import sharp from 'sharp'
import { expect } from 'vitest'
import { convert } from '../../../worker/ffmpeg/convert.ts'
import { examine } from '../../../worker/ffmpeg/examine.ts'
import { selectProfiles } from '../../../worker/ffmpeg/profiles.ts'
import { createWorkspaces } from '../../../worker/ffmpeg/workspace.ts'
import { it as test } from '../../harness/filesIt.ts'
import { createNclx } from '../../harness/heif.ts'
import {
  type Colour,
  createQuadrantsHeif,
  drawQuadrants,
  measureDifference,
  type Quadrants,
  upright,
  writeSample,
} from '../../harness/pictureSamples.ts'

const workspaces = createWorkspaces(tmpdir())

/** Values that show the quadrants' colours in Display P3, with the profile that says so. */
const inDisplayP3 = () => drawQuadrants(480, 320).withIccProfile('p3')
const readDisplayP3 = async () => {
  const file = await inDisplayP3().png().toBuffer()
  const { icc } = await sharp(file).metadata()
  if (icc === undefined) throw new Error('The sample has no profile.')
  const { data, info } = await sharp(file, { ignoreIcc: true })
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true })
  const colourAt = (x: number, y: number): Colour => {
    const [red = 0, green = 0, blue = 0] = data.subarray((y * info.width + x) * info.channels)
    return [red, green, blue]
  }
  const colours: Quadrants = [colourAt(50, 50), colourAt(350, 50), colourAt(50, 250), colourAt(350, 250)]
  return { colours, icc }
}

const mapColours = (change: (colour: Colour) => Colour): Quadrants => {
  const [a, b, c, d] = upright
  return [change(a), change(b), change(c), change(d)]
}
const mapChannels = (colour: Colour, change: (value: number) => number): Colour => {
  const [red, green, blue] = colour
  return [change(red), change(green), change(blue)]
}
const toLight = (value: number) =>
  value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4

/** Matrix from BT.709 to BT.2020 (ITU-R BT.2087). */
const toBt2020 = ([red, green, blue]: Colour): Colour => [
  0.6274 * red + 0.3293 * green + 0.0433 * blue,
  0.0691 * red + 0.9195 * green + 0.0114 * blue,
  0.0164 * red + 0.088 * green + 0.8956 * blue,
]
const encodePq = (light: number) => {
  const power = ((203 * light) / 10_000) ** 0.1593017578125
  return 255 * ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375
}
const encodeHlg = (light: number) => {
  const scene = ((203 * light) / 1000) ** (1 / 1.2)
  return 255 * (scene <= 1 / 12 ? Math.sqrt(3 * scene) : 0.17883277 * Math.log(12 * scene - 0.28466892) + 0.55991073)
}
const encodeHighRange = (encode: (light: number) => number): Quadrants =>
  mapColours((colour) => mapChannels(mapChannels(toBt2020(mapChannels(colour, toLight)), encode), Math.round))

const createDisplayP3Heif = async (type: 'prof' | 'rICC') => {
  const { colours, icc } = await readDisplayP3()
  return createQuadrantsHeif(480, 320, { colours, colour: Buffer.concat([Buffer.from(type), icc]) })
}

/** The brightest colour of a picture of high dynamic range becomes darker, so that what is brighter has room. */
const withRoom = 30

const rows: Record<string, { make: () => Promise<Buffer>; tolerance?: number }> = {
  'p3.jpg': { make: () => inDisplayP3().jpeg().toBuffer() },
  'p3.png': { make: () => inDisplayP3().png().toBuffer() },
  'p3.webp': { make: () => inDisplayP3().webp().toBuffer() },
  'p3.avif': { make: () => inDisplayP3().avif().toBuffer() },
  'p3.tif': { make: () => inDisplayP3().tiff({ compression: 'deflate' }).toBuffer() },
  'profile.heic': { make: () => createDisplayP3Heif('prof') },
  'restricted-profile.heic': { make: () => createDisplayP3Heif('rICC') },
  'codes.heic': {
    make: async () =>
      createQuadrantsHeif(480, 320, { ...(await readDisplayP3()), colour: createNclx({ primaries: 12 }) }),
  },
  'pq.heic': {
    make: () =>
      createQuadrantsHeif(480, 320, {
        colours: encodeHighRange(encodePq),
        colour: createNclx({ primaries: 9, transfer: 16 }),
      }),
    tolerance: withRoom,
  },
  'hlg.heic': {
    make: () =>
      createQuadrantsHeif(480, 320, {
        colours: encodeHighRange(encodeHlg),
        colour: createNclx({ primaries: 9, transfer: 18 }),
      }),
    tolerance: withRoom,
  },
}

test.for(Object.entries(rows))('every copy of %s has its colours in sRGB', async ([name, row], { files }) => {
  await using workspace = await workspaces.create()
  const inputPath = await writeSample(workspace.path, name, await row.make())
  const { mediaInfo } = await examine(files.binaries, inputPath, { fileName: name })
  for (const profile of selectProfiles(mediaInfo)) {
    const request = { profile, inputPath, mediaInfo, workspacePath: workspace.path, cores: 2 }
    const { path } = await convert(files.binaries, request)
    expect((await sharp(path).metadata()).icc).toBeUndefined()
    expect(await measureDifference(path)).toBeLessThan(row.tolerance ?? 8)
  }
})

test('a HEIC whose profile is damaged has its colours without it', async ({ files }) => {
  await using workspace = await workspaces.create()
  const bytes = await createQuadrantsHeif(480, 320, { colour: Buffer.from('prof, which should be 128 bytes or more') })
  const inputPath = await writeSample(workspace.path, 'damaged-profile.heic', bytes)
  const { mediaInfo } = await examine(files.binaries, inputPath, { fileName: 'damaged-profile.heic' })
  const request = { profile: 'THUMBNAIL' as const, inputPath, mediaInfo, workspacePath: workspace.path, cores: 2 }
  // Without the codes of its colours, the decoder assumes another matrix than the sample was written with.
  expect(await measureDifference((await convert(files.binaries, request)).path)).toBeLessThan(40)
})

import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { copyFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import type { RenditionProfile } from '../../../prisma/generated/client/enums.ts'
import type { FfmpegBinaries } from '../../../worker/ffmpeg/binaries.ts'
import { convert } from '../../../worker/ffmpeg/convert.ts'
import { examine } from '../../../worker/ffmpeg/examine.ts'
import { probe } from '../../../worker/ffmpeg/probe.ts'
import { createWorkspaces } from '../../../worker/ffmpeg/workspace.ts'
import { it as test } from '../../harness/filesIt.ts'
import { drawQuadrants, readQuadrants, upright, white } from '../../harness/pictureSamples.ts'

const execute = promisify(execFile)
const workspaces = createWorkspaces(tmpdir())

/** Writes a file into the folder with ffmpeg and returns its path. */
type Maker = (binaries: FfmpegBinaries, folder: string) => Promise<string>

const runFfmpeg = async ({ ffmpegPath }: FfmpegBinaries, path: string, ...commandArguments: string[]) => {
  await execute(ffmpegPath, ['-v', 'error', '-nostdin', '-y', ...commandArguments, path])
  return path
}

const testPattern = ['-f', 'lavfi', '-i', 'testsrc2=size=320x180:rate=24:duration=1']
const h264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p']

/** One second of noise in ten channels; no header says where they are. */
const createTenChannels = async (folder: string): Promise<string[]> => {
  const path = join(folder, 'ten.raw')
  await writeFile(path, randomBytes(960_000))
  return ['-f', 's16le', '-ar', '48000', '-ac', '10', '-i', path]
}

const tenChannelFilm: Maker = async (binaries, folder) =>
  runFfmpeg(
    ...[binaries, join(folder, 'ten.mov')],
    ...[...testPattern, ...(await createTenChannels(folder)), ...h264, '-c:a', 'pcm_s16le'],
  )

const tenChannelSound: Maker = async (binaries, folder) =>
  runFfmpeg(binaries, join(folder, 'ten.wav'), ...(await createTenChannels(folder)), '-c', 'copy')

/** A film in HDR10 whose thumbnail has an odd height. */
const createHdr =
  (tags: string): Maker =>
  async (binaries, folder) => {
    const picturePath = join(folder, 'quadrants.png')
    await drawQuadrants(642, 362).png().toFile(picturePath)
    const toVideo = 'scale=out_color_matrix=bt709,format=yuv444p'
    const tagged = 'setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709'
    const toHdr =
      'zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt2020:t=smpte2084:m=bt2020nc:r=tv,format=yuv420p10le'
    return runFfmpeg(
      ...[binaries, join(folder, 'hdr.mp4'), '-loop', '1', '-r', '24', '-i', picturePath, '-t', '1'],
      ...[
        '-vf',
        [toVideo, tagged, toHdr].join(','),
        '-c:v',
        'libx265',
        '-preset',
        'ultrafast',
        '-x265-params',
        `log-level=none:${tags}`,
      ],
    )
  }

const hdrTagged = createHdr('transfer=smpte2084:colorprim=bt2020:colormatrix=bt2020nc')
const hdrTransferOnly = createHdr('transfer=smpte2084')

/** Bars that move 12 pixels per field, in fields of 50 Hz. */
const interlacedFilm: Maker = (binaries, folder) =>
  runFfmpeg(
    ...[binaries, join(folder, 'interlaced.mpg')],
    ...[
      '-f',
      'lavfi',
      '-i',
      "color=black:size=320x240:rate=50:duration=2,format=gray,geq=lum='if(lt(mod(X+N*12,120),60),235,16)'",
    ],
    ...['-vf', 'tinterlace=interleave_top,setfield=tff,format=yuv420p'],
    ...['-c:v', 'mpeg2video', '-q:v', '2', '-flags', '+ildct+ilme'],
  )

const convertFile = async (
  binaries: FfmpegBinaries,
  { inputPath, profile, folder }: { inputPath: string; profile: RenditionProfile; folder: string },
) => {
  const { mediaInfo } = await examine(binaries, inputPath, { fileName: inputPath })
  return convert(binaries, { profile, inputPath, mediaInfo, workspacePath: folder, cores: 2 })
}

const convertMade = async (
  binaries: FfmpegBinaries,
  { make, ...request }: { make: Maker; profile: RenditionProfile; folder: string },
) => convertFile(binaries, { ...request, inputPath: await make(binaries, request.folder) })

test.for([
  ['WEBM', 'a film', tenChannelFilm],
  ['THUMBNAIL', 'a film', tenChannelFilm],
  ['WEBM', 'a sound', tenChannelSound],
  ['THUMBNAIL', 'a sound', tenChannelSound],
] as const)('the %s of %s with ten channels in unknown places is made', async ([profile, , make], { files }) => {
  await using workspace = await workspaces.create()
  const { path } = await convertMade(files.binaries, { make, profile, folder: workspace.path })
  if (profile !== 'WEBM') return
  expect((await probe(files.binaries, path)).audio).toMatchObject({ codec: 'opus', channels: 2 })
})

/** Writes an ffmpeg that refuses to run with an argument. */
const refuseArgument = async (binaries: FfmpegBinaries, folder: string, argument: string): Promise<FfmpegBinaries> => {
  const ffmpegPath = join(folder, 'ffmpeg')
  const script = `case "$*" in *${argument}*) echo "no path between colorspaces" >&2; exit 1;; esac`
  await writeFile(ffmpegPath, `#!/bin/sh\n${script}\nexec ${binaries.ffmpegPath} "$@"\n`, { mode: 0o755 })
  return { ...binaries, ffmpegPath }
}

test('sound that cannot be converted does not cost the picture', async ({ files }) => {
  await using workspace = await workspaces.create()
  const inputPath = await tenChannelFilm(files.binaries, workspace.path)
  const binaries = await refuseArgument(files.binaries, workspace.path, 'libopus')
  const { path, changedParts } = await convertFile(binaries, { inputPath, profile: 'WEBM', folder: workspace.path })
  expect(await probe(files.binaries, path)).toMatchObject({ video: { codec: 'vp9' }, audio: null })
  expect(changedParts).toEqual(['sound: none'])
})

test('a film whose dynamic range cannot be mapped is only scaled', async ({ files }) => {
  await using workspace = await workspaces.create()
  const inputPath = await hdrTagged(files.binaries, workspace.path)
  const binaries = await refuseArgument(files.binaries, workspace.path, 'tonemap')
  const conversion = await convertFile(binaries, { inputPath, profile: 'THUMBNAIL', folder: workspace.path })
  expect(conversion).toMatchObject({ width: 640, height: 361, changedParts: ['toneMapping: none'] })
})

test.for([
  ['THUMBNAIL', 'every colour tag', hdrTagged],
  ['GIF', 'every colour tag', hdrTagged],
  ['WEBM', 'every colour tag', hdrTagged],
  ['THUMBNAIL', 'only its transfer', hdrTransferOnly],
  ['GIF', 'only its transfer', hdrTransferOnly],
  ['WEBM', 'only its transfer', hdrTransferOnly],
] as const)(
  'the %s of a film of high dynamic range that names %s has its colours',
  async ([profile, , make], { files }) => {
    await using workspace = await workspaces.create()
    const { path } = await convertMade(files.binaries, { make, profile, folder: workspace.path })
    const framePath = join(workspace.path, 'frame.png')
    await runFfmpeg(files.binaries, framePath, '-i', path, '-frames:v', '1')
    // The mapping darkens all colours alike; without it, they are grey.
    const quadrants = await readQuadrants(framePath)
    const brightness = (quadrants[3]?.[0] ?? 0) / white[0]
    const differences = quadrants.flatMap((colour, quadrant) =>
      colour.map((value, channel) => Math.abs(value / brightness - (upright[quadrant]?.[channel] ?? Number.NaN))),
    )
    expect(Math.max(...differences)).toBeLessThan(30)
  },
)

/** Mean difference of each line from the mean of its neighbours: high if fields of different times alternate. */
const measureCombing = async (
  binaries: FfmpegBinaries,
  path: string,
  width: number,
  height: number,
): Promise<number> => {
  const { stdout } = await execute(
    binaries.ffmpegPath,
    ['-v', 'error', '-ss', '0.5', '-i', path, '-frames:v', '1', '-pix_fmt', 'gray', '-f', 'rawvideo', 'pipe:1'],
    { encoding: 'buffer' },
  )
  let sum = 0
  for (let offset = width; offset < width * (height - 1); offset++) {
    const neighbours = ((stdout[offset - width] ?? 0) + (stdout[offset + width] ?? 0)) / 2
    sum += Math.abs((stdout[offset] ?? 0) - neighbours)
  }
  return sum / (width * (height - 2))
}

test('the fields of an interlaced film do not show as combs in its WebM', async ({ files }) => {
  await using workspace = await workspaces.create()
  const { path } = await convertMade(files.binaries, { make: interlacedFilm, profile: 'WEBM', folder: workspace.path })
  const sourceCombing = await measureCombing(files.binaries, join(workspace.path, 'interlaced.mpg'), 320, 240)
  expect(sourceCombing).toBeGreaterThan(20)
  expect(await measureCombing(files.binaries, path, 320, 240)).toBeLessThan(sourceCombing / 4)
})

test.for(['THUMBNAIL', 'GIF'] as const)(
  'the fields of an interlaced film do not show as combs in its %s',
  async (profile, { files }) => {
    await using workspace = await workspaces.create()
    const { path } = await convertMade(files.binaries, { make: interlacedFilm, profile, folder: workspace.path })
    const framePath = join(workspace.path, profile === 'GIF' ? 'copy.gif' : 'copy.mkv')
    if (profile === 'GIF') await copyFile(path, framePath)
    else await runFfmpeg(files.binaries, framePath, '-loop', '1', '-i', path, '-t', '1', '-c:v', 'ffv1')
    expect(await measureCombing(files.binaries, framePath, 320, 240)).toBeLessThan(10)
  },
)

import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import { convert } from '../../../worker/ffmpeg/convert.ts'
import { examine } from '../../../worker/ffmpeg/examine.ts'
import { createWorkspaces } from '../../../worker/ffmpeg/workspace.ts'
import { it as test } from '../../harness/filesIt.ts'
import {
  blue,
  drawQuadrants,
  green,
  measureDifference,
  type Quadrants,
  red,
  upright,
  white,
  writeSample,
} from '../../harness/pictureSamples.ts'

const execute = promisify(execFile)
const workspaces = createWorkspaces(tmpdir())

/** Quadrants as they are displayed, by the EXIF orientation of a picture that stores them upright. */
const byOrientation: [orientation: number, colours: Quadrants][] = [
  [1, upright],
  [2, [green, red, white, blue]],
  [3, [white, blue, green, red]],
  [4, [blue, white, red, green]],
  [5, [red, blue, green, white]],
  [6, [blue, red, white, green]],
  [7, [white, green, blue, red]],
  [8, [green, white, red, blue]],
]

test.for(
  byOrientation.flatMap(([orientation, colours]) =>
    (['jpeg', 'tiff'] as const).map((format) => [format, orientation, colours] as const),
  ),
)('the thumbnail of a %s with orientation %i is upright', async ([format, orientation, colours], { files }) => {
  await using workspace = await workspaces.create()
  const bytes = await drawQuadrants(300, 200).withMetadata({ orientation })[format]().toBuffer()
  const inputPath = await writeSample(workspace.path, `photo.${format}`, bytes)
  const { mediaInfo } = await examine(files.binaries, inputPath, { fileName: inputPath })
  const request = { profile: 'THUMBNAIL' as const, inputPath, mediaInfo, workspacePath: workspace.path, cores: 2 }
  const thumbnail = await convert(files.binaries, request)
  const [width, height] = orientation >= 5 ? [200, 300] : [300, 200]
  expect(thumbnail).toMatchObject({ width, height })
  expect(await measureDifference(thumbnail.path, colours)).toBeLessThan(12)
})

interface FilmRow {
  options: string[]
  /** Matrix by which the film is turned, as phones write it: a, b, c, d. */
  rotation?: [number, number, number, number]
  size: [width: number, height: number]
  colours?: Quadrants
}

const films: Record<string, FilmRow> = {
  'a film with wide pixels': { options: ['-vf', 'setsar=2'], size: [640, 200] },
  'a film with narrow pixels': { options: ['-vf', 'setsar=1/2'], size: [160, 200] },
  'a film turned by a quarter': {
    options: [],
    rotation: [0, 1, -1, 0],
    size: [200, 320],
    colours: [blue, red, white, green],
  },
  'a film turned by a half': {
    options: [],
    rotation: [-1, 0, 0, -1],
    size: [320, 200],
    colours: [white, blue, green, red],
  },
}

/** Writes the rotation into the header of the only track. Only some versions of ffmpeg have an option for it. */
const rotate = async (path: string, [a, b, c, d]: [number, number, number, number]) => {
  const bytes = await readFile(path)
  const matrix = bytes.indexOf('tkhd') + 44
  for (const [index, value] of [a, b, 0, c, d].entries()) bytes.writeInt32BE(value * 65_536, matrix + 4 * index)
  await writeFile(path, bytes)
}

const toPng = ['-frames:v', '1', '-y']

test.for(
  Object.entries(films).flatMap(([name, row]) =>
    (['THUMBNAIL', 'GIF', 'WEBM'] as const).map((profile) => [profile, name, row] as const),
  ),
)('the %s of %s has its shape', async ([profile, , row], { files }) => {
  await using workspace = await workspaces.create()
  const { ffmpegPath } = files.binaries
  const picture = join(workspace.path, 'picture.png')
  const inputPath = join(workspace.path, 'film.mp4')
  const frame = join(workspace.path, 'frame.png')
  await drawQuadrants(320, 200).png().toFile(picture)
  const loop = ['-v', 'error', '-loop', '1', '-r', '24', '-t', '1', '-i', picture]
  await execute(ffmpegPath, [...loop, ...row.options, '-c:v', 'libx264', '-pix_fmt', 'yuv420p', inputPath])
  if (row.rotation) await rotate(inputPath, row.rotation)
  const { mediaInfo } = await examine(files.binaries, inputPath, { fileName: inputPath })
  const [width, height] = row.size
  expect(mediaInfo).toMatchObject({ width, height })
  const request = { profile, inputPath, mediaInfo, workspacePath: workspace.path, cores: 2 }
  const conversion = await convert(files.binaries, request)
  expect((conversion.width ?? 0) / (conversion.height ?? 1)).toBeCloseTo(width / height, 1)
  await execute(ffmpegPath, ['-v', 'error', '-i', conversion.path, ...toPng, frame])
  expect(await measureDifference(frame, row.colours ?? upright)).toBeLessThan(profile === 'GIF' ? 30 : 16)
})

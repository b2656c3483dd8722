import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { convert } from '../../../worker/ffmpeg/convert.ts'
import { examine } from '../../../worker/ffmpeg/examine.ts'
import { createWorkspaces } from '../../../worker/ffmpeg/workspace.ts'
import { it as base } from '../../harness/filesIt.ts'
import { createOddFiles, h264 } from '../../harness/oddFiles.ts'

const test = base.extend('oddFiles', { scope: 'file' }, async ({ files }, { onCleanup }) => {
  const folder = await mkdtemp(join(tmpdir(), 'mediagraph-moments-'))
  onCleanup(() => rm(folder, { recursive: true, force: true }))
  return createOddFiles(files.binaries.ffmpegPath, folder)
})

const pattern = (rate: string, frames: number) =>
  `-f lavfi -i testsrc2=size=160x90:rate=${rate} -frames:v ${frames} ${h264}`
const still = '-f lavfi -i color=red:size=160x90:rate=25'

/** Films, with the number of frames of their GIF. */
const films: Record<string, [fileName: string, options: string, frames: number]> = {
  'one frame in an MP4': ['one.mp4', pattern('25', 1), 1],
  'one frame in an MKV': ['one.mkv', pattern('25', 1), 1],
  'one frame in a TS': ['one.ts', pattern('25', 1), 1],
  'one frame of a thousandth of a second': ['short.mp4', pattern('1000', 1), 1],
  'two frames of a thousandth of a second': ['two.mp4', pattern('1000', 2), 1],
  'one frame that is shown for hours': ['hours.mp4', pattern('1/20000', 1), 1],
  'one frame beside a minute of sound': [
    'sound.mkv',
    `-f lavfi -i testsrc2=size=160x90:rate=25:duration=0.04 -f lavfi -i sine=duration=60 ${h264} -c:a aac`,
    1,
  ],
  'one frame of one colour beside a minute of sound': [
    'red.mkv',
    `${still}:duration=0.04 -f lavfi -i sine=duration=60 ${h264} -c:a aac`,
    1,
  ],
  'one frame beside two seconds of sound': [
    'brief.mp4',
    `-f lavfi -i testsrc2=size=160x90:rate=25:duration=0.04 -f lavfi -i sine=duration=2 ${h264} -c:a aac`,
    1,
  ],
  'slides of ten seconds': ['slides.mp4', pattern('1/10', 3), 1],
  'two seconds': ['two-seconds.mp4', pattern('24', 48), 24],
}

const countFrames = async (path: string): Promise<number> =>
  (await readFile(path)).toString('latin1').split('\x21\xf9\x04').length - 1

test.for(Object.entries(films))(
  'the GIF of %s has its frames',
  async ([, [fileName, options, frames]], { files: { binaries }, oddFiles }) => {
    await oddFiles.make(fileName, options)
    const inputPath = oddFiles.pathOf(fileName)
    const { mediaInfo } = await examine(binaries, inputPath, { fileName })
    await using workspace = await createWorkspaces(tmpdir()).create()
    const request = { inputPath, mediaInfo, workspacePath: workspace.path, cores: 2 }
    const { path } = await convert(binaries, { ...request, profile: 'GIF' })
    expect(await countFrames(path)).toBe(frames)
    expect(await convert(binaries, { ...request, profile: 'THUMBNAIL' })).toMatchObject({ width: 160, height: 90 })
  },
)

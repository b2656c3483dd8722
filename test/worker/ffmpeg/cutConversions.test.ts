import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { convert } from '../../../worker/ffmpeg/convert.ts'
import { examine } from '../../../worker/ffmpeg/examine.ts'
import { selectProfiles } from '../../../worker/ffmpeg/profiles.ts'
import { createWorkspaces } from '../../../worker/ffmpeg/workspace.ts'
import { it as base } from '../../harness/filesIt.ts'
import { createOddFiles, cut, film, h264, type OddFiles, tone } from '../../harness/oddFiles.ts'

const test = base.extend('oddFiles', { scope: 'file' }, async ({ files }, { onCleanup }) => {
  const folder = await mkdtemp(join(tmpdir(), 'mediagraph-cut-'))
  onCleanup(() => rm(folder, { recursive: true, force: true }))
  return createOddFiles(files.binaries.ffmpegPath, folder)
})

const recordings: Record<string, (make: OddFiles['make']) => Promise<Buffer>> = {
  'cut.mp4': async (make) => cut(await make('a.mp4', `${film} ${tone} ${h264} -c:a aac -movflags +faststart`), 0.6),
  'fragments.mp4': async (make) => cut(await make('b.mp4', `${film} ${h264} -movflags +frag_keyframe+empty_moov`), 0.6),
  'cut.mkv': async (make) => cut(await make('c.mkv', `${film} ${tone} ${h264} -c:a aac`), 0.6),
  'cut.mp3': async (make) => cut(await make('d.mp3', `${tone} -c:a libmp3lame`), 0.6),
  'jump.ts': async (make) => {
    const parts = [0, 3600].map((offset) => make(`${offset}.ts`, `${film} ${h264} -output_ts_offset ${offset}`))
    return Buffer.concat(await Promise.all(parts))
  },
}

test.for(Object.entries(recordings))(
  '%s has renditions of all that plays',
  async ([fileName, build], { files: { binaries }, oddFiles }) => {
    const inputPath = oddFiles.pathOf(fileName)
    await writeFile(inputPath, await build(oddFiles.make))
    const { mediaInfo } = await examine(binaries, inputPath, { fileName })
    await using workspace = await createWorkspaces(tmpdir()).create()
    for (const profile of selectProfiles(mediaInfo)) {
      const request = { profile, inputPath, mediaInfo, workspacePath: workspace.path, cores: 2 }
      const durationSeconds = profile === 'WEBM' ? expect.closeTo(mediaInfo.durationSeconds ?? 0, -0.3) : null
      expect(await convert(binaries, request)).toMatchObject({ durationSeconds })
    }
  },
)

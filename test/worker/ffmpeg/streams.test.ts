import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import { convert } from '../../../worker/ffmpeg/convert.ts'
import { examine } from '../../../worker/ffmpeg/examine.ts'
import { createWorkspaces } from '../../../worker/ffmpeg/workspace.ts'
import { it as base } from '../../harness/filesIt.ts'
import { createOddFiles } from '../../harness/oddFiles.ts'

const execute = promisify(execFile)

const test = base.extend('oddFiles', { scope: 'file' }, async ({ files }, { onCleanup }) => {
  const folder = await mkdtemp(join(tmpdir(), 'mediagraph-streams-'))
  onCleanup(() => rm(folder, { recursive: true, force: true }))
  return createOddFiles(files.binaries.ffmpegPath, folder)
})

test('the WebM has the sound that is marked as default', async ({ files: { binaries }, oddFiles }) => {
  const fileName = 'two-sounds.mkv'
  const sounds = '-f lavfi -i anullsrc -f lavfi -i sine=duration=2 -map 0:a -map 1:a -t 2 -c:a flac'
  await oddFiles.make(fileName, `${sounds} -disposition:a:0 0 -disposition:a:1 default`)
  const inputPath = oddFiles.pathOf(fileName)
  const { mediaInfo } = await examine(binaries, inputPath, { fileName })
  await using workspace = await createWorkspaces(tmpdir()).create()
  const request = { inputPath, mediaInfo, workspacePath: workspace.path, cores: 2 }
  const { path } = await convert(binaries, { ...request, profile: 'WEBM' })
  const { stderr } = await execute(binaries.ffmpegPath, ['-i', path, '-af', 'volumedetect', '-f', 'null', '-'])
  // The first sound is silence, at about -91 dB.
  expect(Number(/mean_volume: (-?[\d.]+) dB/.exec(stderr)?.[1])).toBeGreaterThan(-40)
})

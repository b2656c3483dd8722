import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { examine } from '../../../worker/ffmpeg/examine.ts'
import { it as base } from '../../harness/filesIt.ts'
import { createOddFiles, film, h264 } from '../../harness/oddFiles.ts'

const test = base.extend('oddFiles', { scope: 'file' }, async ({ files }, { onCleanup }) => {
  const folder = await mkdtemp(join(tmpdir(), 'mediagraph-clocks-'))
  onCleanup(() => rm(folder, { recursive: true, force: true }))
  return createOddFiles(files.binaries.ffmpegPath, folder)
})

test.for([
  ['pictures in another order than they are shown', 'reordered.mpg', `${film} -r 25 -c:v mpeg2video -bf 2`, 20],
  ['a pause in the middle', 'pause.ts', `${film} ${h264} -vf setpts=if(gt(N\\,100)\\,PTS+4/TB\\,PTS)`, 24],
] as const)('a recording with %s has its playing time', async ([, name, options, seconds], { files, oddFiles }) => {
  await oddFiles.make(name, options)
  const result = await examine(files.binaries, oddFiles.pathOf(name), { fileName: name })
  expect(result.ok).toBe(true)
  expect(result.mediaInfo.durationSeconds).toBeCloseTo(seconds, 0)
})

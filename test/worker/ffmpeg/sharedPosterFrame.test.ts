import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { convert } from '../../../worker/ffmpeg/convert.ts'
import { examine } from '../../../worker/ffmpeg/examine.ts'
import { createSharedResults, type Share } from '../../../worker/ffmpeg/sharedResults.ts'
import { createWorkspaces } from '../../../worker/ffmpeg/workspace.ts'
import { it as base } from '../../harness/filesIt.ts'
import { createOddFiles, h264 } from '../../harness/oddFiles.ts'

/** Converts a film of two seconds, and returns the bytes of the result. */
const test = base.extend('convertFilm', { scope: 'file' }, async ({ files: { binaries } }, { onCleanup }) => {
  const folder = await mkdtemp(join(tmpdir(), 'mediagraph-shared-'))
  onCleanup(() => rm(folder, { recursive: true, force: true }))
  const oddFiles = await createOddFiles(binaries.ffmpegPath, folder)
  await oddFiles.make('film.mp4', `-f lavfi -i mandelbrot=size=320x180:rate=12 -t 2 ${h264}`)
  const inputPath = oddFiles.pathOf('film.mp4')
  const { mediaInfo } = await examine(binaries, inputPath, { fileName: 'film.mp4' })
  return async (profile: 'THUMBNAIL' | 'GIF', share?: Share): Promise<Buffer> => {
    await using workspace = await createWorkspaces(folder).create()
    const request = { profile, inputPath, mediaInfo, workspacePath: workspace.path, cores: 2, share }
    return await readFile((await convert(binaries, request)).path)
  }
})

/** Notes which results a conversion makes itself. */
const noteMade = (share: Share) => {
  const made: string[] = []
  const noted: Share = (name, make, signal) =>
    share(
      name,
      () => {
        made.push(name.split(' ')[0] ?? '')
        return make()
      },
      signal,
    )
  return { made, noted }
}

test.for([
  ['THUMBNAIL', 'GIF'],
  ['GIF', 'THUMBNAIL'],
] as const)('makes the same %s before a %s that shares the poster frame', async ([first, second], { convertFilm }) => {
  const { made, noted } = noteMade(createSharedResults().forFile('film'))
  expect((await convertFilm(first, noted)).equals(await convertFilm(first))).toBe(true)
  expect(made).toEqual(['probe', 'poster'])
  expect((await convertFilm(second, noted)).equals(await convertFilm(second))).toBe(true)
  expect(made).toEqual(['probe', 'poster'])
})

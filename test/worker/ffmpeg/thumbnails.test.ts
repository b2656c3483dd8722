import { readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { thumbHashToApproximateAspectRatio } from 'thumbhash'
import { describe, expect } from 'vitest'
import { type FfmpegBinaries, findFfmpegBinaries } from '../../../worker/ffmpeg/binaries.ts'
import { convert } from '../../../worker/ffmpeg/convert.ts'
import { examine } from '../../../worker/ffmpeg/examine.ts'
import { makeThumbnails } from '../../../worker/ffmpeg/thumbnails/makeThumbnails.ts'
import { createWorkspaces } from '../../../worker/ffmpeg/workspace.ts'
import { it as base } from '../../harness/filesIt.ts'
import type { FixtureName } from '../../harness/fixtures.ts'
import { findSecondFfmpeg } from '../../harness/secondFfmpeg.ts'

const secondFfmpeg = await findSecondFfmpeg()

// biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
const it = base.extend('workspacePath', async ({}, { onCleanup }) => {
  const workspace = await createWorkspaces(tmpdir()).create()
  onCleanup(() => workspace[Symbol.asyncDispose]())
  return workspace.path
})

const readSizes = async (reply: Awaited<ReturnType<typeof makeThumbnails>>[number] | undefined) => {
  if (reply?.ok !== true) throw new Error(reply?.detail)
  return Promise.all(
    reply.files.map(async ({ path }) => {
      const { format, width, height } = await sharp(await readFile(path)).metadata()
      return [format, width, height]
    }),
  )
}

const names: FixtureName[] = ['clip.mp4', 'vertical.mp4', 'tone.mp3', 'cover.mp3', 'moving.gif', 'transparent.png']

const expectEachWidth = async (name: FixtureName, path: string, binaries: FfmpegBinaries, workspacePath: string) => {
  const { mediaInfo } = await examine(binaries, path, { fileName: name })
  const request = { profile: 'THUMBNAIL' as const, inputPath: path, mediaInfo, workspacePath, cores: 2 }
  const thumbnail = await convert(binaries, request)
  const [made] = await makeThumbnails([{ inputPath: thumbnail.path, outputPath: join(workspacePath, 'made') }])
  const [fullWidth, fullHeight] = [thumbnail.width ?? 0, thumbnail.height ?? 0]
  for (const [index, [format, width, height]] of (await readSizes(made)).entries()) {
    const expected = Math.min([160, 320, 640][index] ?? 0, fullWidth)
    expect([format, width]).toEqual(['webp', expected])
    expect(Math.abs(Number(height) - (fullHeight * expected) / fullWidth)).toBeLessThanOrEqual(0.5)
  }
  const hash = Buffer.from(made?.ok === true ? made.placeholder : '', 'base64')
  expect(thumbHashToApproximateAspectRatio(hash)).toBeGreaterThan(1 < fullWidth / fullHeight ? 1 : 0)
}

it.for(names)('%s gets a thumbnail in each width', async (name, { files, workspacePath }) => {
  await expectEachWidth(name, await files.pathOf(name), files.binaries, workspacePath)
})

describe.skipIf(secondFfmpeg === null)('with a second build of ffmpeg', () => {
  it.for(names)('%s gets a thumbnail in each width', async (name, { files, workspacePath }) => {
    const binaries = await findFfmpegBinaries(secondFfmpeg ?? {})
    await expectEachWidth(name, await files.pathOf(name), binaries, workspacePath)
  })
})

it('a file that cannot be decoded does not affect the others of its batch', async ({ workspacePath }) => {
  const [soundPath, brokenPath] = [join(workspacePath, 'sound.png'), join(workspacePath, 'broken.png')]
  await sharp({ create: { width: 700, height: 350, channels: 4, background: '#00f8' } })
    .png()
    .toFile(soundPath)
  await writeFile(brokenPath, (await readFile(soundPath)).subarray(0, 60))
  const reply = await makeThumbnails(
    [brokenPath, soundPath].map((inputPath, index) => ({ inputPath, outputPath: join(workspacePath, `made${index}`) })),
  )
  expect(reply[0]).toMatchObject({ ok: false })
  expect(await readSizes(reply[1])).toEqual([
    ['webp', 160, 80],
    ['webp', 320, 160],
    ['webp', 640, 320],
  ])
})

it('a type that is no thumbnail is refused', async ({ workspacePath }) => {
  const inputPath = join(workspacePath, 'drawing.svg')
  await writeFile(
    inputPath,
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>',
  )
  const [reply] = await makeThumbnails([{ inputPath, outputPath: join(workspacePath, 'made') }])
  expect(reply).toMatchObject({ ok: false })
})

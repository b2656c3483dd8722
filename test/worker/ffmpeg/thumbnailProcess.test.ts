import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { it as base, expect } from 'vitest'
import { makeThumbnails } from '../../../worker/ffmpeg/thumbnails/makeThumbnails.ts'
import { testThumbnails } from '../../../worker/ffmpeg/thumbnails/selfTest.ts'
import { createWorkspaces } from '../../../worker/ffmpeg/workspace.ts'

const it = base
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  .extend('workspacePath', async ({}, { onCleanup }) => {
    const workspace = await createWorkspaces(tmpdir()).create()
    onCleanup(() => workspace[Symbol.asyncDispose]())
    return workspace.path
  })
  .extend('inputPath', async ({ workspacePath }) => {
    const path = join(workspacePath, 'input.png')
    await sharp({ create: { width: 9, height: 9, channels: 3, background: '#00f' } })
      .png()
      .toFile(path)
    return path
  })

it('the process ends with an error if it cannot write its output', async ({ workspacePath, inputPath }) => {
  const outputPath = join(workspacePath, 'missing', 'made')
  await expect(makeThumbnails([{ inputPath, outputPath }])).rejects.toThrow('could not make this rendition')
})

it('the process ends with an error if it cannot read its input', async ({ workspacePath }) => {
  const request = { inputPath: join(workspacePath, 'missing.png'), outputPath: join(workspacePath, 'made') }
  await expect(makeThumbnails([request])).rejects.toThrow('could not make this rendition')
})

it('the process makes thumbnails of the sample', async ({ workspacePath }) => {
  await testThumbnails(makeThumbnails, workspacePath, new AbortController().signal)
})

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { examinePicture } from '../../../worker/ffmpeg/pictureExamination.ts'

const createSvg = (width: number, height: number, declaration = '') =>
  `${declaration}<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="5" height="5"/></svg>`
const utf16 = Buffer.from(`\ufeff${createSvg(24, 16, '<?xml version="1.0" encoding="UTF-16"?>')}`, 'utf16le')

test.each([
  ['a tall drawing', Buffer.from(createSvg(10, 10_000)), [10, 10_000]],
  ['a wide drawing', Buffer.from(createSvg(10_000, 10)), [10_000, 10]],
  ['a drawing in little-endian UTF-16', utf16, [24, 16]],
  ['a drawing in big-endian UTF-16', Buffer.from(utf16).swap16(), [24, 16]],
])('%s is decoded', async (_, bytes, [width, height]) => {
  const folder = await mkdtemp(join(tmpdir(), 'mediagraph-drawing-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'drawing.svg')
  await writeFile(path, bytes)
  expect(await examinePicture(path, 'image/svg+xml')).toMatchObject({ ok: true, mediaInfo: { width, height } })
})

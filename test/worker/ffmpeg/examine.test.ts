import { copyFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { examine } from '../../../worker/ffmpeg/examine.ts'
import { createWorkspaces } from '../../../worker/ffmpeg/workspace.ts'
import { it as test } from '../../harness/filesIt.ts'
import type { FixtureName } from '../../harness/fixtures.ts'

const seconds = (expected: number) => expect.closeTo(expected, 1)
const noDimensions = { durationSeconds: null, width: null, height: null }

const usableFiles = {
  'clip.mp4': { kind: 'VIDEO', mimeType: 'video/mp4', durationSeconds: seconds(5), width: 640, height: 360 },
  'silent.mp4': { kind: 'VIDEO', mimeType: 'video/mp4', durationSeconds: seconds(1), width: 320, height: 180 },
  'vertical.mp4': { kind: 'VIDEO', mimeType: 'video/mp4', durationSeconds: seconds(1), width: 180, height: 320 },
  'odd.mkv': { kind: 'VIDEO', mimeType: 'video/matroska', durationSeconds: seconds(1), width: 101, height: 75 },
  'pixel.mkv': { kind: 'VIDEO', mimeType: 'video/matroska', durationSeconds: seconds(1), width: 1, height: 1 },
  'one-frame.mp4': { kind: 'VIDEO', mimeType: 'video/mp4', durationSeconds: seconds(0), width: 320, height: 180 },
  'anamorphic.mp4': { kind: 'VIDEO', mimeType: 'video/mp4', durationSeconds: seconds(0.5), width: 640, height: 288 },
  'broadcast.ts': { kind: 'VIDEO', mimeType: 'video/mp2t', durationSeconds: seconds(1), width: 320, height: 180 },
  'programme.mpg': { kind: 'VIDEO', mimeType: 'video/mpeg', durationSeconds: seconds(1), width: 320, height: 180 },
  'live.webm': { kind: 'VIDEO', mimeType: 'video/webm', durationSeconds: seconds(2), width: 160, height: 90 },
  'tone.mp3': { kind: 'AUDIO', mimeType: 'audio/mpeg', durationSeconds: seconds(3), width: null, height: null },
  'tone.m4a': { kind: 'AUDIO', mimeType: 'audio/mp4', durationSeconds: seconds(3), width: null, height: null },
  'cover.mp3': { kind: 'AUDIO', mimeType: 'audio/mpeg', durationSeconds: seconds(3), width: null, height: null },
  'pixel.png': { kind: 'IMAGE', mimeType: 'image/png', durationSeconds: null, width: 1, height: 1 },
  'held-sideways.jpg': { kind: 'IMAGE', mimeType: 'image/jpeg', durationSeconds: null, width: 800, height: 1200 },
  'moving.gif': { kind: 'IMAGE', mimeType: 'image/gif', durationSeconds: null, width: 120, height: 80 },
  'picture.webp': { kind: 'IMAGE', mimeType: 'image/webp', durationSeconds: null, width: 300, height: 200 },
  'moving.webp': { kind: 'IMAGE', mimeType: 'image/webp', durationSeconds: null, width: 120, height: 80 },
  'paper.pdf': { kind: 'DOCUMENT', mimeType: 'application/pdf', ...noDimensions },
  'table.csv': { kind: 'DOCUMENT', mimeType: 'text/csv', ...noDimensions },
  'page.html': { kind: 'DOCUMENT', mimeType: 'text/html', ...noDimensions },
  'drawing.svg': { kind: 'IMAGE', mimeType: 'image/svg+xml', durationSeconds: null, width: 9, height: 9 },
  'archive.zip': { kind: 'OTHER', mimeType: 'application/zip', ...noDimensions },
} satisfies Partial<Record<FixtureName, object>>

test.for(Object.entries(usableFiles))('%s gets correct media info', async ([name, mediaInfo], { files }) => {
  const path = await files.pathOf(name as FixtureName) // as: entries widens to string
  const result = await examine(files.binaries, path, { fileName: name })
  expect(result).toMatchObject({ ok: true, mediaInfo })
})

const unusableFiles = {
  'text.mp4': ['OTHER', 'NOT_MEDIA'],
  'noise.mp4': ['OTHER', 'NOT_MEDIA'],
  'zeros.mp4': ['OTHER', 'NOT_MEDIA'],
  'archive.mp4': ['OTHER', 'NOT_MEDIA'],
  'drawing.png': ['OTHER', 'NOT_MEDIA'],
  'playlist.mp4': ['OTHER', 'PLAYLIST'],
  'concat.mp4': ['OTHER', 'PLAYLIST'],
  'session.mp4': ['OTHER', 'PLAYLIST'],
  'playlist.m3u8': ['OTHER', 'PLAYLIST'],
  'hidden-playlist.mp4': ['OTHER', 'NOT_MEDIA'],
  'empty.mp4': ['OTHER', 'EMPTY_FILE'],
  'no-frames.mp4': ['VIDEO', 'NO_CONTENT'],
  'index-missing.mp4': ['VIDEO', 'TRUNCATED'],
  'cut-off.jpg': ['IMAGE', 'TRUNCATED'],
  'cut-off.png': ['IMAGE', 'TRUNCATED'],
  'enormous.png': ['IMAGE', 'TOO_LARGE'],
} satisfies Partial<Record<FixtureName, [string, string]>>

test.for(Object.entries(unusableFiles))('%s is refused without a retry', async ([name, [kind, code]], { files }) => {
  const path = await files.pathOf(name as FixtureName) // as: entries widens to string
  const result = await examine(files.binaries, path, { fileName: name })
  expect(result).toMatchObject({ ok: false, mediaInfo: { kind }, failure: { code, retryable: false } })
})

test.for(['-i', 'http:x', 'a%d.png', "a'b c.png"])('the file name %s is taken literally', async (name, { files }) => {
  await using workspace = await createWorkspaces(tmpdir()).create()
  const path = join(workspace.path, name)
  await copyFile(await files.pathOf('picture.png'), path)
  expect(await examine(files.binaries, path, { fileName: name })).toMatchObject({
    ok: true,
    mediaInfo: { kind: 'IMAGE' },
  })
})

test('a playlist that passes the text check is not fetched', async ({ files }) => {
  let requestCount = 0
  const server = createServer((_, response) => {
    requestCount++
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  await using workspace = await createWorkspaces(tmpdir()).create()
  for (const tail of ['', '\0\0']) {
    const path = join(workspace.path, 'lecture.mp4')
    await writeFile(path, `#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:${port}/a.ts\n${tail}`)
    expect(await examine(files.binaries, path, { fileName: 'lecture.mp4' })).toMatchObject({ ok: false })
  }
  server.close()
  expect(requestCount).toBe(0)
})

test('an aborted examination rejects with the reason of the abort', async ({ files }) => {
  const reason = new Error('cancelled')
  const examination = examine(
    files.binaries,
    await files.pathOf('clip.mp4'),
    { fileName: 'a' },
    AbortSignal.abort(reason),
  )
  await expect(examination).rejects.toBe(reason)
})

test('a missing tool is a retryable error, not a result about the file', async ({ files }) => {
  const binaries = { ...files.binaries, ffprobePath: '/nowhere/ffprobe' }
  const examination = examine(binaries, await files.pathOf('clip.mp4'), { fileName: 'a.mp4' })
  await expect(examination).rejects.toMatchObject({ failure: { code: 'TOOL_MISSING', retryable: true } })
})

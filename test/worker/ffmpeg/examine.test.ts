import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { examine } from '../../../worker/ffmpeg/examine.ts'
import { createWorkspaces } from '../../../worker/ffmpeg/workspace.ts'
import { type FixtureName, type MediaFixtures, openFixtures } from '../../harness/fixtures.ts'

let fixtures: MediaFixtures
beforeAll(async () => {
  fixtures = await openFixtures()
})
afterAll(() => fixtures[Symbol.asyncDispose]())

const seconds = (expected: number) => expect.closeTo(expected, 1)
const none = { durationSeconds: null, width: null, height: null }

const usable = {
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
  'paper.pdf': { kind: 'DOCUMENT', mimeType: 'application/pdf', ...none },
  'table.csv': { kind: 'DOCUMENT', mimeType: 'text/csv', ...none },
  'page.html': { kind: 'DOCUMENT', mimeType: 'text/html', ...none },
  'drawing.svg': { kind: 'DOCUMENT', mimeType: 'image/svg+xml', ...none },
  'archive.zip': { kind: 'OTHER', mimeType: 'application/zip', ...none },
} satisfies Partial<Record<FixtureName, object>>

test.each(Object.entries(usable))('%s is usable, with right facts', async (name, mediaInfo) => {
  const path = await fixtures.pathOf(name as FixtureName) // as: entries widens to string
  const verdict = await examine(fixtures.binaries, path, { fileName: name })
  expect(verdict).toMatchObject({ ok: true, mediaInfo })
})

const unusable = {
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
  'cut-off.mp4': ['VIDEO', 'TRUNCATED'],
  'cut-off.webm': ['VIDEO', 'TRUNCATED'],
  'cut-off.wav': ['AUDIO', 'TRUNCATED'],
  'cut-off.jpg': ['IMAGE', 'TRUNCATED'],
  'cut-off.png': ['IMAGE', 'TRUNCATED'],
  'enormous.png': ['IMAGE', 'TOO_LARGE'],
} satisfies Partial<Record<FixtureName, [string, string]>>

test.each(Object.entries(unusable))('%s is refused for good, in words', async (name, [kind, code]) => {
  const path = await fixtures.pathOf(name as FixtureName) // as: entries widens to string
  const verdict = await examine(fixtures.binaries, path, { fileName: name })
  expect(verdict).toMatchObject({ ok: false, mediaInfo: { kind }, failure: { code, retryable: false } })
})

test('a name that looks like an option, an address or a pattern is just a name', async () => {
  await using workspace = await createWorkspaces(tmpdir()).create()
  const { copyFile } = await import('node:fs/promises')
  for (const name of ['-i', 'http:x', 'a%d.png', "a'b c.png"]) {
    const path = join(workspace.path, name)
    await copyFile(await fixtures.pathOf('picture.png'), path)
    expect(await examine(fixtures.binaries, path, { fileName: name })).toMatchObject({
      ok: true,
      mediaInfo: { kind: 'IMAGE' },
    })
  }
})

test('a playlist hidden from the text check fetches nothing', async () => {
  let requests = 0
  const server = createServer((_, response) => {
    requests++
    response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  await using workspace = await createWorkspaces(tmpdir()).create()
  for (const tail of ['', '\0\0']) {
    const path = join(workspace.path, 'lecture.mp4')
    await writeFile(path, `#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://127.0.0.1:${port}/a.ts\n${tail}`)
    expect(await examine(fixtures.binaries, path, { fileName: 'lecture.mp4' })).toMatchObject({ ok: false })
  }
  server.close()
  expect(requests).toBe(0)
})

test('an aborted examination rejects with the reason', async () => {
  const reason = new Error('enough')
  const examined = examine(
    fixtures.binaries,
    await fixtures.pathOf('clip.mp4'),
    { fileName: 'a' },
    AbortSignal.abort(reason),
  )
  await expect(examined).rejects.toBe(reason)
})

test('a tool that has vanished is no verdict about the file', async () => {
  const binaries = { ...fixtures.binaries, ffprobePath: '/nowhere/ffprobe' }
  const examined = examine(binaries, await fixtures.pathOf('clip.mp4'), { fileName: 'a.mp4' })
  await expect(examined).rejects.toMatchObject({ failure: { code: 'TOOL_MISSING', retryable: true } })
})

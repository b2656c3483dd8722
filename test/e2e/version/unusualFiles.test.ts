import { readFile } from 'node:fs/promises'
import { expect } from 'vitest'
import type { FixtureName } from '../../harness/fixtures.ts'
import { itWithWorker } from '../../harness/it.ts'
import { followToEnd, readMedia } from '../../harness/world.ts'

// Processes every kind of unusual file from upload to result: READY with correct media info, or FAILED with a message.

const it = itWithWorker.extend('processFile', { scope: 'file' }, ({ world, files, users: { editor } }) => {
  return async (name: FixtureName) => {
    const mediaId = await world.upload(editor, await readFile(await files.pathOf(name)), { fileName: name })
    await followToEnd(editor, mediaId)
    return readMedia(editor, mediaId)
  }
})

const videoProfiles = ['GIF', 'THUMBNAIL', 'WEBM']

const usableFiles: [FixtureName, object, string[]][] = [
  ['clip.mp4', { kind: 'VIDEO', mimeType: 'video/mp4', width: 640, height: 360 }, videoProfiles],
  ['silent.mp4', { kind: 'VIDEO', width: 320, height: 180, durationSeconds: expect.closeTo(1, 1) }, videoProfiles],
  ['vertical.mp4', { kind: 'VIDEO', width: 180, height: 320 }, videoProfiles],
  ['odd.mkv', { kind: 'VIDEO', width: 101, height: 75 }, videoProfiles],
  ['one-frame.mp4', { kind: 'VIDEO', width: 320, height: 180 }, videoProfiles],
  [
    'cover.mp3',
    { kind: 'AUDIO', mimeType: 'audio/mpeg', durationSeconds: expect.closeTo(3, 0) },
    ['THUMBNAIL', 'WEBM'],
  ],
  ['pixel.png', { kind: 'IMAGE', mimeType: 'image/png', width: 1, height: 1 }, ['THUMBNAIL']],
  ['held-sideways.jpg', { kind: 'IMAGE', mimeType: 'image/jpeg', width: 800, height: 1200 }, ['THUMBNAIL']],
  ['paper.pdf', { kind: 'DOCUMENT', mimeType: 'application/pdf' }, []],
  ['notes.md', { kind: 'DOCUMENT' }, []],
  ['archive.zip', { kind: 'OTHER', mimeType: 'application/zip' }, []],
]

it.for(usableFiles)('makes %s READY with correct media info', async ([name, mediaInfo, profiles], { processFile }) => {
  const result = await processFile(name)
  expect(result).toMatchObject({ ...mediaInfo, status: 'READY', failure: null })
  expect(result.renditions.map(({ profile }) => profile).toSorted()).toEqual(profiles)
  // Every rendition is ready after one attempt.
  for (const rendition of result.renditions)
    expect(rendition).toMatchObject({ status: 'READY', percent: 100, attempts: 1, failure: null })
})

const unusableFiles: [FixtureName, string][] = [
  ['text.mp4', 'NOT_MEDIA'],
  ['playlist.mp4', 'PLAYLIST'],
  ['concat.mp4', 'PLAYLIST'],
  ['index-missing.mp4', 'TRUNCATED'],
  ['no-frames.mp4', 'NO_CONTENT'],
  ['zeros.mp4', 'NOT_MEDIA'],
  ['cut-off.jpg', 'TRUNCATED'],
  ['enormous.png', 'TOO_LARGE'],
]

it.for(unusableFiles)('refuses %s with a message after one attempt', async ([name, code], { world, processFile }) => {
  const result = await processFile(name)
  expect(result).toMatchObject({ status: 'FAILED', failure: { code, retryable: false }, renditions: [] })
  expect(result.failure?.message.length).toBeGreaterThan(10)
  expect(result.failure?.remedy?.length).toBeGreaterThan(10)
  // Examined once: the log contains one failure, and no job was retried.
  expect(result.history.nodes.filter(({ action }) => action === 'media.failed').length).toBe(1)
  const rows = await world.runtime.ports.database.$queryRaw<{ tries: number }[]>`
    SELECT max(retry_count)::int AS tries FROM pgboss.job WHERE name = 'ingest'`
  expect(rows).toEqual([{ tries: 0 }])
})

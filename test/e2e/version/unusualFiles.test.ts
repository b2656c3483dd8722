import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Client } from '../../../client/client.ts'
import { type FixtureName, type MediaFixtures, openFixtures } from '../../harness/fixtures.ts'
import { followToEnd, openWorld, readMedia, type World } from '../../harness/world.ts'

// Every file that a teacher may send, the whole way: in the end it is READY with right facts, or FAILED with words.

let world: World
let fixtures: MediaFixtures
let ada: Client

beforeAll(async () => {
  fixtures = await openFixtures()
  world = await openWorld({ worker: true })
  ada = await world.client('editor', 'Ada')
})
afterAll(async () => {
  await world?.close()
  await fixtures?.[Symbol.asyncDispose]()
})

const processFile = async (name: FixtureName) => {
  const mediaId = await world.upload(ada, await readFile(await fixtures.pathOf(name)), { fileName: name })
  await followToEnd(ada, mediaId)
  return readMedia(ada, mediaId)
}

const all = ['GIF', 'THUMBNAIL', 'WEBM']

const ready: [FixtureName, object, string[]][] = [
  ['clip.mp4', { kind: 'VIDEO', mimeType: 'video/mp4', width: 640, height: 360 }, all],
  ['silent.mp4', { kind: 'VIDEO', width: 320, height: 180, durationSeconds: expect.closeTo(1, 1) }, all],
  ['vertical.mp4', { kind: 'VIDEO', width: 180, height: 320 }, all],
  ['odd.mkv', { kind: 'VIDEO', width: 101, height: 75 }, all],
  ['one-frame.mp4', { kind: 'VIDEO', width: 320, height: 180 }, all],
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

it.each(ready)('%s is ready, with right facts', async (name, facts, profiles) => {
  const result = await processFile(name)
  expect(result).toMatchObject({ ...facts, status: 'READY', failure: null })
  expect(result.renditions.map(({ profile }) => profile).toSorted()).toEqual(profiles)
  // Made at the first try, every one.
  for (const rendition of result.renditions)
    expect(rendition).toMatchObject({ status: 'READY', percent: 100, attempts: 1, failure: null })
})

const failed: [FixtureName, string][] = [
  ['text.mp4', 'NOT_MEDIA'],
  ['playlist.mp4', 'PLAYLIST'],
  ['concat.mp4', 'PLAYLIST'],
  ['index-missing.mp4', 'TRUNCATED'],
  ['no-frames.mp4', 'NO_CONTENT'],
  ['zeros.mp4', 'NOT_MEDIA'],
  ['cut-off.jpg', 'TRUNCATED'],
  ['enormous.png', 'TOO_LARGE'],
]

it.each(failed)('%s is refused with words, and not tried in vain', async (name, code) => {
  const result = await processFile(name)
  expect(result).toMatchObject({ status: 'FAILED', failure: { code, retryable: false }, renditions: [] })
  expect(result.failure?.message.length).toBeGreaterThan(10)
  expect(result.failure?.remedy?.length).toBeGreaterThan(10)
  // Examined once: nothing waits for another try, and the log knows of one failure.
  expect(result.history.nodes.filter(({ action }) => action === 'media.failed').length).toBe(1)
  const rows = await world.runtime.ports.database.$queryRaw<{ tries: number }[]>`
    SELECT max(retry_count)::int AS tries FROM pgboss.job WHERE name = 'ingest'`
  expect(rows).toEqual([{ tries: 0 }])
})

it('the end of a film is missing: what is there may be shown, or it is refused; nothing is tried twice', async () => {
  const result = await processFile('cut-off.mp4')
  if (result.status === 'FAILED') expect(result.failure).toMatchObject({ code: 'TRUNCATED', retryable: false })
  for (const { attempts } of result.renditions) expect(attempts).toBe(1)
})

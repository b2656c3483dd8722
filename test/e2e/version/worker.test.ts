import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../../client/client.ts'
import type { MediaUploadCreateInput } from '../../../client/generated/documents.ts'
import { type FixtureName, type MediaFixtures, openFixtures } from '../../harness/fixtures.ts'
import { followToEnd, openWorld, type World } from '../../harness/world.ts'
import { readVersions, sha256Of } from './calls.ts'

let world: World
let files: MediaFixtures
let editor: Client

beforeAll(async () => {
  ;[world, files] = await Promise.all([openWorld({ worker: true }), openFixtures()])
  ;({ editor } = await world.users())
})
afterAll(async () => {
  await world?.close()
  await files?.[Symbol.asyncDispose]()
})

const send = async (name: FixtureName, input: Partial<MediaUploadCreateInput> = {}): Promise<string> => {
  const mediaId = await world.upload(editor, await readFile(await files.pathOf(name)), { fileName: name, ...input })
  await followToEnd(editor, mediaId)
  return mediaId
}

describe('with a worker', () => {
  it('neither a PDF nor a truncated file replaces a good video', async () => {
    const mediaId = await send('silent.mp4', { renditions: ['THUMBNAIL'] })
    const before = await readVersions(editor, mediaId)
    expect(before.thumbnailUrl).not.toBeNull()
    await send('paper.pdf', { replaces: mediaId })
    await send('index-missing.mp4', { replaces: mediaId })
    const after = await readVersions(editor, mediaId)
    expect({ ...after, versions: null }).toEqual({ ...before, versions: null })
    expect(after.versions.nodes.map(({ status, failure }) => [status, failure?.code])).toEqual([
      ['FAILED', 'TRUNCATED'],
      ['FAILED', 'KIND_MISMATCH'],
      ['READY', undefined],
    ])
  })

  it('a reader who looks again and again always gets bytes: the old ones, then the new', async () => {
    const names = ['silent.mp4', 'vertical.mp4'] as const
    const [old, next] = await Promise.all(names.map(async (name) => sha256Of(await readFile(await files.pathOf(name)))))
    const mediaId = await send('silent.mp4', { allowDuplicate: true, renditions: ['THUMBNAIL'] })
    const hashes: (string | undefined)[] = []
    let sent = false
    const replacing = send('vertical.mp4', { replaces: mediaId, renditions: ['THUMBNAIL'] }).finally(() => {
      sent = true
    })
    for (let last = false; !last; ) {
      last = sent
      const media = await readVersions(editor, mediaId)
      expect(media.status).toBe('READY')
      const response = await fetch(media.url)
      const hash = sha256Of(Buffer.from(await response.arrayBuffer()))
      expect([response.status, hash]).toEqual([200, media.sha256])
      const thumbnail = media.thumbnailUrl === null ? 200 : (await fetch(media.thumbnailUrl ?? '')).status
      expect(thumbnail).toBe(200)
      if (hashes.at(-1) !== hash) hashes.push(hash)
    }
    await replacing
    expect(hashes).toEqual([old, next])
    const { versions, currentVersion } = await readVersions(editor, mediaId)
    expect(currentVersion.renditions).toMatchObject([{ profile: 'THUMBNAIL', status: 'READY' }])
    expect(versions.nodes.map(({ number }) => number)).toEqual([2, 1])
  })
})

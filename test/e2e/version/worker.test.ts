import { readFile } from 'node:fs/promises'
import { describe, expect } from 'vitest'
import type { MediaUploadCreateInput } from '../../../client/generated/documents.ts'
import type { FixtureName } from '../../harness/fixtures.ts'
import { itWithWorker } from '../../harness/it.ts'
import { followToEnd } from '../../harness/world.ts'
import { readVersions, sha256Of } from './calls.ts'

const it = itWithWorker.extend('send', { scope: 'file' }, ({ world, files, users: { editor } }) => {
  return async (name: FixtureName, input: Partial<MediaUploadCreateInput> = {}): Promise<string> => {
    const mediaId = await world.upload(editor, await readFile(await files.pathOf(name)), { fileName: name, ...input })
    await followToEnd(editor, mediaId)
    return mediaId
  }
})

describe('a replacement processed by a worker', () => {
  it('fails for a PDF or a truncated file without changing the video', async ({ users: { editor }, send }) => {
    const mediaId = await send('silent.mp4', { renditions: ['THUMBNAIL'] })
    const previous = await readVersions(editor, mediaId)
    expect(previous.thumbnailUrl).not.toBeNull()
    await send('paper.pdf', { replaces: mediaId })
    await send('index-missing.mp4', { replaces: mediaId })
    const current = await readVersions(editor, mediaId)
    expect({ ...current, versions: null }).toEqual({ ...previous, versions: null })
    expect(current.versions.nodes.map(({ status, failure }) => [status, failure?.code])).toEqual([
      ['FAILED', 'TRUNCATED'],
      ['FAILED', 'KIND_MISMATCH'],
      ['READY', undefined],
    ])
  })

  it('serves the old or the new bytes to every reader while it takes place', async ({
    files,
    users: { editor },
    send,
  }) => {
    const names = ['silent.mp4', 'vertical.mp4'] as const
    const [previousHash, nextHash] = await Promise.all(
      names.map(async (name) => sha256Of(await readFile(await files.pathOf(name)))),
    )
    const mediaId = await send('silent.mp4', { allowDuplicate: true, renditions: ['THUMBNAIL'] })
    const hashes: (string | undefined)[] = []
    let isReplaced = false
    const replacement = send('vertical.mp4', { replaces: mediaId, renditions: ['THUMBNAIL'] }).finally(() => {
      isReplaced = true
    })
    for (let isLast = false; !isLast; ) {
      isLast = isReplaced
      const media = await readVersions(editor, mediaId)
      expect(media.status).toBe('READY')
      const response = await fetch(media.url)
      const hash = sha256Of(Buffer.from(await response.arrayBuffer()))
      expect([response.status, hash]).toEqual([200, media.sha256])
      const thumbnailStatus = media.thumbnailUrl === null ? 200 : (await fetch(media.thumbnailUrl ?? '')).status
      expect(thumbnailStatus).toBe(200)
      if (hashes.at(-1) !== hash) hashes.push(hash)
    }
    await replacement
    expect(hashes).toEqual([previousHash, nextHash])
    const { versions, currentVersion } = await readVersions(editor, mediaId)
    expect(currentVersion.renditions).toMatchObject([{ profile: 'THUMBNAIL', status: 'READY' }])
    expect(versions.nodes.map(({ number }) => number)).toEqual([2, 1])
  })
})

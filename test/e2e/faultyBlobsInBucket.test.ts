import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'vitest'
import { blobKey } from '../../src/services/storage/blobs.ts'
import { it as base } from '../harness/it.ts'
import { createPicture } from '../harness/pictures.ts'
import { startS3 } from '../harness/s3.ts'
import { followToEnd, readMedia, type WorldOptions } from '../harness/world.ts'

// Objects are removed or changed in the bucket behind the server's back. Each test has a picture of its own.

const never = new AbortController().signal

const it = base
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  .extend('s3', { scope: 'file' }, async ({}, { onCleanup }) => {
    const s3 = await startS3()
    onCleanup(() => s3.close())
    return s3
  })
  .extend(
    'worldOptions',
    { scope: 'file' },
    ({ s3 }): WorldOptions => ({ worker: true, env: { STORAGE_URL: s3.url('school') } }),
  )
  .extend('picture', () => createPicture())
  .extend('key', ({ picture }) => blobKey(createHash('sha256').update(picture).digest('hex')))
  .extend('mediaId', async ({ world, users: { editor }, picture }) => {
    const id = await world.upload(editor, picture, { fileName: 'picture.png' })
    await followToEnd(editor, id)
    return id
  })
  .extend('scrub', ({ world }) => async () => {
    await world.runtime.ports.database.blobScrub.deleteMany()
    await world.runtime.services.scrub.run(never)
    return await world.runtime.services.remake.run(never)
  })
  /** Replaces an object by other bytes. */
  .extend('damage', ({ world }) => async (key: string, bytes: Uint8Array) => {
    const path = join(world.env['DATA_DIR'] ?? '', 'damaged')
    await writeFile(path, bytes)
    await world.runtime.ports.storage.putFile(key, path, { replace: true })
  })

it.beforeAll(async ({ world }) => {
  await world.runtime.ports.database.$executeRaw`DELETE FROM pgboss.schedule WHERE name = 'scrub'`
})

const fetchStatus = async (url: string): Promise<number> => (await fetch(url, { redirect: 'manual' })).status

it('redirects no request to an object whose bytes were found to be changed', async ({
  users: { editor },
  picture,
  key,
  mediaId,
  damage,
  scrub,
}) => {
  const { url } = await readMedia(editor, mediaId)
  await damage(key, picture.toReversed())
  expect(await fetchStatus(url)).toBe(302)
  await scrub()
  expect(await fetchStatus(url)).toBe(503)
})

it('answers 404 for an object that was found to be missing', async ({
  world,
  users: { editor },
  key,
  mediaId,
  scrub,
}) => {
  const { url } = await readMedia(editor, mediaId)
  await world.runtime.ports.storage.remove(key)
  await scrub()
  expect(await fetchStatus(url)).toBe(404)
})

it.for(['missing', 'truncated', 'changed'] as const)(
  'repairs an object whose bytes are %s by another upload of the same bytes',
  async (fault, { world, users: { editor, otherEditor }, picture, key, mediaId, damage, scrub }) => {
    if (fault === 'missing') await world.runtime.ports.storage.remove(key)
    else await damage(key, fault === 'truncated' ? picture.subarray(9) : picture.toReversed())
    await scrub()
    await world.upload(otherEditor, picture, { fileName: 'again.png' })
    const response = await fetch((await readMedia(editor, mediaId)).url)
    expect(Buffer.from(await response.arrayBuffer()).equals(picture)).toBe(true)
  },
)

it('makes a rendition again whose object was changed', async ({ world, users: { editor }, mediaId, damage, scrub }) => {
  const { sha256 } = await world.runtime.ports.database.rendition.findFirstOrThrow({
    where: { version: { mediaId: mediaId.replace('Media:', '') } },
  })
  await damage(blobKey(sha256 ?? ''), Buffer.from('not a thumbnail'))
  expect(await scrub()).toBe(1)
  await followToEnd(editor, mediaId)
  const response = await fetch((await readMedia(editor, mediaId)).thumbnailUrl ?? '')
  expect([response.status, response.headers.get('content-type')]).toEqual([200, 'image/jpeg'])
})

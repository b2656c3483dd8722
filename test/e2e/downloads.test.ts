import { expect } from 'vitest'
import { blobKey } from '../../src/services/storage/blobs.ts'
import { uuidOf } from '../harness/ids.ts'
import { it as base } from '../harness/it.ts'
import { createPicture } from '../harness/pictures.ts'
import { startS3 } from '../harness/s3.ts'
import { followToEnd, openWorld, type World } from '../harness/world.ts'

const it = base
  // biome-ignore lint/correctness/noEmptyPattern: Vitest requires a pattern that names the fixtures in use.
  .extend('worlds', { scope: 'file' }, async ({}, { onCleanup }) => {
    const s3 = await startS3()
    const onDisk = await openWorld({ worker: true })
    const inBucket = await openWorld({ worker: true, env: { STORAGE_URL: s3.url('school') } })
    onCleanup(async () => {
      await Promise.all([onDisk.close(), inBucket.close()])
      await s3.close()
    })
    return { 'on disk': onDisk, 'in a bucket': inBucket }
  })

const places = ['on disk', 'in a bucket'] as const

const uploadPicture = async (world: World) => {
  const { editor } = await world.users()
  const picture = createPicture()
  const id = await world.upload(editor, picture, { fileName: 'Küste "1".png' })
  await followToEnd(editor, id)
  const query = `{ media(id: "${id}") { url downloadUrl thumbnailUrl thumbnail(width: W160) } }`
  const { data } = await world.post(await world.token('viewer'), query)
  type Urls = Record<'url' | 'downloadUrl' | 'thumbnailUrl' | 'thumbnail', string>
  return { id, picture, urls: (data as { media: Urls }).media } // as: selected
}

it.for(places)('a download %s is an attachment with the name of the file', async (place, { worlds }) => {
  const { picture, urls } = await uploadPicture(worlds[place])
  const response = await fetch(urls.downloadUrl)
  expect(response.headers.get('content-disposition')).toBe(
    `attachment; filename="K_ste _1_.png"; filename*=UTF-8''K%C3%BCste%20%221%22.png`,
  )
  expect(Buffer.from(await response.arrayBuffer()).equals(picture)).toBe(true)
})

it.for(places)('the same file %s is shown under its other URL', async (place, { worlds }) => {
  const { urls } = await uploadPicture(worlds[place])
  expect((await fetch(urls.url)).headers.get('content-disposition')).toMatch(/^inline; /)
})

it.for(places)('a URL %s that is changed into a download or back is refused', async (place, { worlds }) => {
  const { urls } = await uploadPicture(worlds[place])
  const changed = [
    urls.downloadUrl.replace('disposition=attachment&', ''),
    urls.downloadUrl.replace('disposition=attachment', 'disposition=inline'),
    urls.url.replace('?', '?disposition=attachment&'),
  ]
  for (const url of changed) expect((await fetch(url, { redirect: 'manual' })).status).toBe(403)
})

it.for(places)('a READY rendition %s without bytes is answered with 404', async (place, { worlds }) => {
  const { id, urls } = await uploadPicture(worlds[place])
  const { database, storage } = worlds[place].runtime.ports
  const where = { version: { mediaId: uuidOf(id) } }
  const renditions = await database.rendition.findMany({ where })
  for (const { sha256 } of [...renditions, ...(await database.thumbnail.findMany({ where }))])
    await storage.remove(blobKey(sha256 ?? ''))
  expect(renditions.map(({ status }) => status)).toEqual(['READY'])
  expect((await fetch(urls.thumbnailUrl)).status).toBe(404)
  expect((await fetch(urls.thumbnail)).status).toBe(404)
})

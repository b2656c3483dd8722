import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import { EventsVerifyDocument, MediaDeleteDocument, MediaPurgeDocument } from '../../client/generated/documents.ts'
import { it as base } from '../harness/it.ts'
import { startS3 } from '../harness/s3.ts'
import { followToEnd, readMedia, type World, type WorldOptions } from '../harness/world.ts'

// API and worker in one process, with stored files in a bucket. The tests run in order, on the same media.

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
    ({ s3 }): WorldOptions => ({
      worker: true,
      env: { STORAGE_URL: s3.url('school') },
    }),
  )
  .extend('film', { scope: 'file' }, async ({ files }) => readFile(await files.pathOf('clip.mp4')))
  .extend('filmId', { scope: 'file' }, async ({ world, users: { admin }, film }) => {
    const id = await world.upload(admin, film, { fileName: 'film.mp4' })
    await followToEnd(admin, id)
    return id
  })

const listBlobs = (world: World) => world.runtime.ports.storage.list('blobs')

const fetchWithoutRedirect = (url: string, init: RequestInit = {}) => fetch(url, { redirect: 'manual', ...init })

it('converts an upload', async ({ world, users: { admin }, filmId: id }) => {
  const { status, mimeType, renditions } = await readMedia(admin, id)
  expect([status, mimeType]).toEqual(['READY', 'video/mp4'])
  expect(renditions.map((rendition) => rendition.status)).toEqual(['READY', 'READY', 'READY'])
  expect(await listBlobs(world)).toHaveLength(7)
})

it('leaves no files on the local disk', async ({ world }) => {
  const { DATA_DIR = '' } = world.env
  expect(await readdir(join(DATA_DIR, 'incoming'))).toEqual([])
  await vi.waitFor(async () => expect(await readdir(join(DATA_DIR, 'work'))).toEqual([]))
  expect(await readdir(DATA_DIR)).not.toContain('files')
})

it('redirects to the bucket', async ({ s3, users: { admin }, filmId: id }) => {
  const redirect = await fetchWithoutRedirect((await readMedia(admin, id)).url)
  expect(redirect.status).toBe(302)
  expect(redirect.headers.get('location')).toContain(`${s3.endpoint}/${s3.bucket}/school/blobs/`)
})

const readLifetimeSeconds = async (url: string): Promise<number> => {
  const { headers } = await fetchWithoutRedirect(url)
  return Number(new URL(headers.get('location') ?? '').searchParams.get('X-Amz-Expires'))
}

it('redirects to a picture for 60 s', async ({ users: { admin }, filmId: id }) => {
  const { thumbnailUrl } = await readMedia(admin, id)
  expect(await readLifetimeSeconds(thumbnailUrl ?? '')).toBe(60)
})

it('redirects to a film for at least an hour, since players reuse the redirect', async ({
  users: { admin },
  filmId: id,
}) => {
  expect(await readLifetimeSeconds((await readMedia(admin, id)).url)).toBeGreaterThanOrEqual(3600)
})

it('delivers a range of bytes', async ({ users: { admin }, film, filmId: id }) => {
  const { url } = await readMedia(admin, id)
  const part = await fetch(url, { headers: { Range: 'bytes=100-199' } })
  expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 100-199/${film.length}`])
  expect(Buffer.from(await part.arrayBuffer()).equals(film.subarray(100, 200))).toBe(true)
  expect(part.headers.get('content-type')).toBe('video/mp4')
  expect(part.headers.get('content-disposition')).toBe(`inline; filename="film.mp4"; filename*=UTF-8''film.mp4`)
})

it('answers HEAD with the size', async ({ users: { admin }, film, filmId: id }) => {
  const head = await fetch((await readMedia(admin, id)).url, { method: 'HEAD' })
  expect([head.status, head.headers.get('content-length')]).toEqual([200, String(film.length)])
})

it('delivers a thumbnail', async ({ users: { admin }, filmId: id }) => {
  const { thumbnailUrl } = await readMedia(admin, id)
  const thumbnail = await fetch(thumbnailUrl ?? '')
  expect([thumbnail.status, thumbnail.headers.get('content-type')]).toEqual([200, 'image/jpeg'])
})

it('makes the bucket send user-supplied HTML as an attachment', async ({ world, users: { admin } }) => {
  const page = Buffer.from('<!DOCTYPE html><html><script>alert(1)</script></html>')
  const mediaId = await world.upload(admin, page, { fileName: "a page's (*).html" })
  await followToEnd(admin, mediaId)
  const answer = await fetch((await readMedia(admin, mediaId)).url)
  expect(answer.headers.get('content-type')).toBe('application/octet-stream')
  expect(answer.headers.get('content-disposition')).toMatch(/^attachment; .*filename\*=UTF-8''a%20page%27s%20%28%2A%29/)
  expect(Buffer.from(await answer.arrayBuffer()).equals(page)).toBe(true)
  await admin.send(MediaDeleteDocument, { input: { id: mediaId } })
  await admin.send(MediaPurgeDocument, { id: mediaId })
})

it('stores checkpoints of the audit log that verify it', async ({ world, users: { admin } }) => {
  const listCheckpoints = () => world.runtime.ports.storage.list('log/heads')
  await vi.waitFor(async () => expect((await listCheckpoints()).length).toBeGreaterThan(0), { timeout: 10_000 })
  const { eventsVerify } = await admin.send(EventsVerifyDocument, {})
  expect(eventsVerify).toMatchObject({ ok: true })
})

it('answers 404 for media in the trash', async ({ users: { admin }, filmId: id }) => {
  const { url } = await readMedia(admin, id)
  await admin.send(MediaDeleteDocument, { input: { id } })
  expect((await fetchWithoutRedirect(url)).status).toBe(404)
})

it('removes the objects of purged media', async ({ world, users: { admin }, filmId: id }) => {
  const { database } = world.runtime.ports
  await admin.send(MediaPurgeDocument, { id })
  await database.blob.updateMany({ data: { orphanedAt: new Date(0) } })
  expect(await world.runtime.services.blobs.collectGarbage()).toBe(8)
  expect(await listBlobs(world)).toEqual([])
})

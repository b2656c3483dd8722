import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { Client } from '../../client/client.ts'
import { EventsVerifyDocument, MediaDeleteDocument, MediaPurgeDocument } from '../../client/generated/documents.ts'
import { type MediaFixtures, openFixtures } from '../harness/fixtures.ts'
import { startS3, type TestS3 } from '../harness/s3.ts'
import { followToEnd, openWorld, readMedia, type World } from '../harness/world.ts'

// API and worker in one process, with stored files in a bucket.

let s3: TestS3
let world: World
let files: MediaFixtures
let admin: Client
let film: Buffer
let id: string

beforeAll(async () => {
  ;[s3, files] = [await startS3(), await openFixtures()]
  world = await openWorld({ worker: true, env: { STORAGE_URL: s3.url('school') } })
  admin = await world.client('admin', 'Root')
  film = await readFile(await files.pathOf('clip.mp4'))
})
afterAll(async () => {
  await world?.close()
  await files?.[Symbol.asyncDispose]()
  await s3?.close()
})

const listBlobs = () => world.runtime.ports.storage.list('blobs')

const fetchWithoutRedirect = (url: string, init: RequestInit = {}) => fetch(url, { redirect: 'manual', ...init })

it('takes an upload and converts it', async () => {
  id = await world.upload(admin, film, { fileName: 'film.mp4' })
  await followToEnd(admin, id)
  const { status, mimeType, renditions } = await readMedia(admin, id)
  expect([status, mimeType]).toEqual(['READY', 'video/mp4'])
  expect(renditions.map((rendition) => rendition.status)).toEqual(['READY', 'READY', 'READY'])
  expect(await listBlobs()).toHaveLength(4)
})

it('leaves nothing of it on the local disk', async () => {
  const { DATA_DIR = '' } = world.env
  expect(await readdir(join(DATA_DIR, 'incoming'))).toEqual([])
  await vi.waitFor(async () => expect(await readdir(join(DATA_DIR, 'work'))).toEqual([]))
  expect(await readdir(DATA_DIR)).not.toContain('files')
})

it('delivers it from the bucket, also in part and to HEAD', async () => {
  const { url, thumbnailUrl } = await readMedia(admin, id)
  const redirect = await fetchWithoutRedirect(url)
  expect(redirect.status).toBe(302)
  expect(redirect.headers.get('location')).toContain(`${s3.endpoint}/${s3.bucket}/school/blobs/`)
  const readLifetime = async (signed: string) =>
    Number(
      new URL((await fetchWithoutRedirect(signed)).headers.get('location') ?? '').searchParams.get('X-Amz-Expires'),
    )
  expect(await readLifetime(thumbnailUrl ?? '')).toBe(60)
  // A player comes back to the bucket for what it plays an hour later.
  expect(await readLifetime(url)).toBeGreaterThanOrEqual(3600)
  const part = await fetch(url, { headers: { Range: 'bytes=100-199' } })
  expect([part.status, part.headers.get('content-range')]).toEqual([206, `bytes 100-199/${film.length}`])
  expect(Buffer.from(await part.arrayBuffer()).equals(film.subarray(100, 200))).toBe(true)
  expect(part.headers.get('content-type')).toBe('video/mp4')
  expect(part.headers.get('content-disposition')).toBe(`inline; filename="film.mp4"; filename*=UTF-8''film.mp4`)
  const head = await fetch(url, { method: 'HEAD' })
  expect([head.status, head.headers.get('content-length')]).toEqual([200, String(film.length)])
  const thumbnail = await fetch(thumbnailUrl ?? '')
  expect([thumbnail.status, thumbnail.headers.get('content-type')]).toEqual([200, 'image/jpeg'])
})

it('never lets the bucket show what is user-supplied HTML', async () => {
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

it('keeps the heads of the log there, which verify it', async () => {
  const heads = () => world.runtime.ports.storage.list('log/heads')
  await vi.waitFor(async () => expect((await heads()).length).toBeGreaterThan(0), { timeout: 10_000 })
  const { eventsVerify } = await admin.send(EventsVerifyDocument, {})
  expect(eventsVerify).toMatchObject({ ok: true })
})

it('is up to date with the trash, and a purge removes the objects', async () => {
  const { url } = await readMedia(admin, id)
  const { database } = world.runtime.ports
  await admin.send(MediaDeleteDocument, { input: { id } })
  expect((await fetchWithoutRedirect(url)).status).toBe(404)
  await admin.send(MediaPurgeDocument, { id })
  await database.blob.updateMany({ data: { orphanedAt: new Date(0) } })
  expect(await world.runtime.services.blobs.collectGarbage()).toBe(5)
  expect(await listBlobs()).toEqual([])
})

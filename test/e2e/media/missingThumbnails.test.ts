import { createHash } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { describe, expect, vi } from 'vitest'
import { MediaDeleteDocument, MediaPurgeDocument } from '../../../client/generated/documents.ts'
import { blobKey } from '../../../src/services/storage/blobs.ts'
import { uuidOf } from '../../harness/ids.ts'
import { itWithWorker as base } from '../../harness/it.ts'
import { createPicture } from '../../harness/pictures.ts'
import { followToEnd, type World } from '../../harness/world.ts'

const pathOf = ({ env }: World, sha256: string) => join(env['DATA_DIR'] ?? '', 'files', blobKey(sha256))

const it = base
  .extend('mediaId', async ({ world, users: { editor } }) => {
    const id = await world.upload(editor, createPicture(), { fileName: 'picture.png' })
    await followToEnd(editor, id)
    return id
  })
  .extend('listFiles', ({ world, mediaId }) => () => {
    const where = { version: { mediaId: uuidOf(mediaId) } }
    return world.runtime.ports.database.thumbnail.findMany({ where, orderBy: { width: 'asc' } })
  })
  .extend('readUrl', ({ world, mediaId }) => async () => {
    const query = `{ media(id: "${mediaId}") { thumbnail(width: W320) thumbnailPlaceholder } }`
    const { data } = await world.post(await world.token('viewer'), query)
    return (data as { media: { thumbnail: string | null; thumbnailPlaceholder: string | null } }).media // as: selected
  })
  /** Leaves the media as an older version of the server has converted it. */
  .extend('forget', ({ world, mediaId }) => async () => {
    const { database } = world.runtime.ports
    const where = { version: { mediaId: uuidOf(mediaId) } }
    await database.thumbnail.deleteMany({ where })
    await database.mediaVersion.updateMany({
      where: { mediaId: uuidOf(mediaId) },
      data: { placeholder: null },
    })
    await database.rendition.updateMany({ where, data: { hasThumbnails: false } })
  })
  .extend('startJob', ({ world }) => () => {
    const { database, queue } = world.runtime.ports
    return database.$transaction((transaction) => queue.send(transaction, { name: 'thumbnails', payload: {} }))
  })

// The schedule would run the jobs at any moment.
it.beforeAll(async ({ world }) => {
  await world.runtime.ports.database.$executeRaw`DELETE FROM pgboss.schedule WHERE name IN ('scrub', 'thumbnails')`
})

describe('a media that was converted without thumbnails', () => {
  it('has none', async ({ forget, readUrl }) => {
    await forget()
    expect(await readUrl()).toEqual({ thumbnail: null, thumbnailPlaceholder: null })
  })

  it('gets them by a job', async ({ forget, startJob, readUrl }) => {
    await forget()
    await startJob()
    const after = await vi.waitFor(
      async () => {
        const pictures = await readUrl()
        expect(pictures.thumbnail).not.toBeNull()
        return pictures
      },
      { timeout: 30_000, interval: 100 },
    )
    expect(after.thumbnailPlaceholder).not.toBeNull()
    expect((await fetch(after.thumbnail ?? '')).headers.get('content-type')).toBe('image/webp')
  })

  it('is left out while its THUMBNAIL rendition is faulty', async ({ world, mediaId, forget }) => {
    const { ports, services } = world.runtime
    await forget()
    const { versionId, sha256 } = await ports.database.rendition.findFirstOrThrow({
      where: { version: { mediaId: uuidOf(mediaId) } },
    })
    const listIds = async () => (await services.thumbnails.listPending(100)).map((pending) => pending.versionId)
    expect(await listIds()).toContain(versionId)
    await ports.database.blob.update({ where: { sha256: sha256 ?? '' }, data: { fault: 'MISSING' } })
    expect(await listIds()).not.toContain(versionId)
  })

  it('is not tried again once its thumbnails cannot be made', async ({ world, mediaId, forget, startJob, readUrl }) => {
    const { ports, services } = world.runtime
    await forget()
    const { versionId, sha256 } = await ports.database.rendition.findFirstOrThrow({
      where: { version: { mediaId: uuidOf(mediaId) } },
    })
    const bytes = Buffer.from('not a picture')
    await writeFile(pathOf(world, sha256 ?? ''), bytes)
    await ports.database.blob.update({ where: { sha256: sha256 ?? '' }, data: { sizeBytes: bytes.length } })
    await startJob()
    const listIds = async () => (await services.thumbnails.listPending(100)).map((pending) => pending.versionId)
    await vi.waitFor(async () => expect(await listIds()).not.toContain(versionId), { timeout: 30_000, interval: 100 })
    expect(await readUrl()).toEqual({ thumbnail: null, thumbnailPlaceholder: null })
  })
})

describe('a thumbnail whose bytes are missing', () => {
  it('is answered with 404', async ({ world, listFiles, readUrl }) => {
    for (const { sha256 } of await listFiles()) await rm(pathOf(world, sha256), { force: true })
    expect((await fetch((await readUrl()).thumbnail ?? '')).status).toBe(404)
  })

  it('is made again under the same URL', async ({ world, listFiles, readUrl, startJob }) => {
    const url = (await readUrl()).thumbnail ?? ''
    for (const { sha256 } of await listFiles()) await rm(pathOf(world, sha256), { force: true })
    expect((await fetch(url)).status).toBe(404)
    expect(await world.runtime.services.thumbnails.requeueFaulty()).toBeGreaterThan(0)
    await startJob()
    await vi.waitFor(async () => expect((await fetch(url)).status).toBe(200), { timeout: 30_000, interval: 100 })
    const response = await fetch(url)
    const bytes = Buffer.from(await response.arrayBuffer())
    expect(response.headers.get('etag')).toBe(`"${createHash('sha256').update(bytes).digest('hex')}"`)
    expect(await sharp(bytes).metadata()).toMatchObject({ format: 'webp', width: 64, height: 64 })
  })
})

describe('a purge', () => {
  it('releases the bytes of the thumbnails', async ({ world, users: { editor, admin }, mediaId, listFiles }) => {
    const { database } = world.runtime.ports
    const hashes = (await listFiles()).map(({ sha256 }) => sha256)
    await editor.send(MediaDeleteDocument, { input: { id: mediaId } })
    await admin.send(MediaPurgeDocument, { id: mediaId })
    expect(await listFiles()).toEqual([])
    const blobs = await database.blob.findMany({ where: { sha256: { in: hashes } } })
    expect(blobs.map(({ orphanedAt }) => orphanedAt !== null)).toEqual(blobs.map(() => true))
    expect(blobs.length).toBeGreaterThan(0)
  })

  it('before the thumbnails are saved keeps them out', async ({ world }) => {
    const unknownId = crypto.randomUUID()
    expect(await world.runtime.services.thumbnails.save(unknownId, { files: [], placeholder: '' })).toBe(false)
  })

  it('of the media makes its thumbnails inaccessible', async ({ users: { editor }, mediaId, readUrl }) => {
    const url = (await readUrl()).thumbnail ?? ''
    await editor.send(MediaDeleteDocument, { input: { id: mediaId } })
    expect((await fetch(url)).status).toBe(404)
  })
})

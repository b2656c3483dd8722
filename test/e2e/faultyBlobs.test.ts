import { createHash } from 'node:crypto'
import { readFile, rename, rm, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, vi } from 'vitest'
import { blobKey } from '../../src/services/storage/blobs.ts'
import { itWithWorker as base } from '../harness/it.ts'
import { createPicture } from '../harness/pictures.ts'
import { createTicket } from '../harness/tickets.ts'
import { followToEnd, readMedia, type World } from '../harness/world.ts'

// Stored bytes are removed or changed behind the server's back. Each test has a picture of its own.

const never = new AbortController().signal

/** Path of the stored bytes with this digest. */
const pathOf = ({ env }: World, sha256: string) => join(env['DATA_DIR'] ?? '', 'files', blobKey(sha256))

const uuidOf = (id: string) => id.replace(/^\w+:/, '')

const digestOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

const it = base
  .extend('picture', () => createPicture())
  /** A READY media of the picture: its id, and the paths of its stored files. */
  .extend('media', async ({ world, users: { editor }, picture }) => {
    const id = await world.upload(editor, picture, { fileName: 'picture.png' })
    await followToEnd(editor, id)
    const thumbnail = await world.runtime.ports.database.rendition.findFirstOrThrow({
      where: { version: { mediaId: uuidOf(id) } },
    })
    const originalPath = pathOf(world, digestOf(picture))
    return { id, thumbnail, originalPath, thumbnailPath: pathOf(world, thumbnail.sha256 ?? '') }
  })
  .extend('urls', async ({ users: { editor }, media: { id } }) => {
    const { url, thumbnailUrl } = await readMedia(editor, id)
    return { url, thumbnailUrl: thumbnailUrl ?? '' }
  })
  /** Verifies all blobs, as the job does, and makes faulty renditions again. */
  .extend('scrub', ({ world }) => async () => {
    const { database } = world.runtime.ports
    await database.blobScrub.deleteMany()
    await database.blob.updateMany({ where: { fault: { not: null } }, data: { faultSeenAt: new Date(0) } })
    await world.runtime.services.scrub.run(never)
    return await world.runtime.services.remake.run(never)
  })
  .extend(
    'uploadAgain',
    ({ world, users: { otherEditor }, picture }) =>
      () =>
        world.upload(otherEditor, picture, { fileName: 'again.png', allowDuplicate: true }),
  )

// The schedule would run the job at any moment.
it.beforeAll(async ({ world }) => {
  await world.runtime.ports.database.$executeRaw`DELETE FROM pgboss.schedule WHERE name = 'scrub'`
})

describe('an original', () => {
  it('whose bytes are missing is refused with 404', async ({ media, urls }) => {
    await rm(media.originalPath)
    expect((await fetch(urls.url)).status).toBe(404)
  })

  it('whose bytes are truncated is refused with 503', async ({ media, urls }) => {
    await truncate(media.originalPath, 100)
    expect((await fetch(urls.url)).status).toBe(503)
  })

  it('whose bytes are changed is refused with 503 once they are verified', async ({ media, urls, picture, scrub }) => {
    await writeFile(media.originalPath, picture.toReversed())
    await scrub()
    expect((await fetch(urls.url)).status).toBe(503)
  })

  it('that is marked can be uploaded again with its announced digest', async ({
    users: { otherEditor },
    media,
    picture,
    scrub,
  }) => {
    await rm(media.originalPath)
    await scrub()
    const ticket = await createTicket(otherEditor, { sizeBytes: picture.length, sha256: digestOf(picture) })
    expect(ticket.upload.status).toBe('WAITING')
  })

  it.for(['missing', 'truncated', 'changed'] as const)(
    'whose bytes are %s is served again after another upload of the same bytes',
    async (fault, { media, urls, picture, scrub, uploadAgain }) => {
      if (fault === 'missing') await rm(media.originalPath)
      else await writeFile(media.originalPath, fault === 'truncated' ? picture.subarray(9) : picture.toReversed())
      await scrub()
      await uploadAgain()
      const response = await fetch(urls.url)
      expect(response.status).toBe(200)
      expect(Buffer.from(await response.arrayBuffer()).equals(picture)).toBe(true)
    },
  )

  it('stays marked until then', async ({ world, media, picture, scrub }) => {
    await rm(media.originalPath)
    await scrub()
    await scrub()
    const { fault } = await world.runtime.ports.database.blob.findUniqueOrThrow({
      where: { sha256: digestOf(picture) },
    })
    expect(fault).toBe('MISSING')
  })
})

describe('a rendition', () => {
  it.for(['missing', 'truncated', 'changed'] as const)(
    'whose bytes are %s is made again',
    async (fault, { users: { editor }, media, urls, scrub }) => {
      const bytes = await readFile(media.thumbnailPath)
      if (fault === 'missing') await rm(media.thumbnailPath)
      else await writeFile(media.thumbnailPath, fault === 'truncated' ? bytes.subarray(9) : bytes.toReversed())
      expect(await scrub()).toBe(1)
      await followToEnd(editor, media.id)
      const response = await fetch(urls.thumbnailUrl)
      expect([response.status, response.headers.get('content-type')]).toEqual([200, 'image/jpeg'])
      const served = Buffer.from(await response.arrayBuffer())
      expect(`"${digestOf(served)}"`).toBe(response.headers.get('etag'))
    },
  )

  it('is made again once a request has met its fault', async ({ world, media, urls }) => {
    await truncate(media.thumbnailPath, 10)
    expect((await fetch(urls.thumbnailUrl)).status).toBe(503)
    expect(await world.runtime.services.remake.run(never)).toBe(1)
  })

  it('is queued once by concurrent runs', async ({ world, media, urls }) => {
    await rm(media.thumbnailPath)
    expect((await fetch(urls.thumbnailUrl)).status).toBe(404)
    const { remake } = world.runtime.services
    const counts = await Promise.all([remake.run(never), remake.run(never), remake.run(never)])
    expect(counts.toSorted()).toEqual([0, 0, 1])
  })

  it('that is made again is logged', async ({ world, media, scrub }) => {
    await rm(media.thumbnailPath)
    await scrub()
    const events = await world.runtime.ports.database.event.findMany({
      where: { nodeId: media.thumbnail.id, action: 'rendition.requeued' },
    })
    expect(events).toMatchObject([{ actorId: null, data: { profile: 'THUMBNAIL', fault: 'MISSING' } }])
  })

  it('is not made again while its original is missing', async ({ world, media, urls, scrub }) => {
    await rm(media.thumbnailPath)
    await rm(media.originalPath)
    expect(await scrub()).toBe(0)
    const { status } = await world.runtime.ports.database.rendition.findUniqueOrThrow({
      where: { id: media.thumbnail.id },
    })
    expect([status, (await fetch(urls.thumbnailUrl)).status]).toEqual(['READY', 404])
  })

  it('is not made again while its original is missing without a mark', async ({ world, media, urls }) => {
    await rm(media.thumbnailPath)
    await rm(media.originalPath)
    expect((await fetch(urls.thumbnailUrl)).status).toBe(404)
    expect(await world.runtime.services.remake.run(never)).toBe(0)
  })

  it('is made again after its original was uploaded again', async ({
    users: { editor },
    media,
    urls,
    scrub,
    uploadAgain,
  }) => {
    await rm(media.thumbnailPath)
    await rm(media.originalPath)
    await scrub()
    await uploadAgain()
    expect(await scrub()).toBe(1)
    await followToEnd(editor, media.id)
    expect((await fetch(urls.thumbnailUrl)).status).toBe(200)
  })

  it('stays READY if the whole storage was unreachable for a while', async ({ world, media, urls }) => {
    const { services, ports } = world.runtime
    const folder = join(world.env['DATA_DIR'] ?? '', 'files')
    await rename(folder, `${folder}-away`)
    try {
      expect((await fetch(urls.thumbnailUrl)).status).toBe(404)
      expect(await services.remake.run(never)).toBe(0)
    } finally {
      await rm(folder, { recursive: true, force: true })
      await rename(`${folder}-away`, folder)
    }
    expect((await fetch(urls.thumbnailUrl)).status).toBe(200)
    expect(await services.remake.run(never)).toBe(0)
    const row = await ports.database.rendition.findUniqueOrThrow({ where: { id: media.thumbnail.id } })
    expect(row.status).toBe('READY')
  })
})

describe('the worker', () => {
  it('names the storage as the reason if the original is damaged', async ({ world, users: { editor }, media }) => {
    const { database, queue } = world.runtime.ports
    await truncate(media.originalPath, 100)
    const { id } = await database.rendition.update({
      where: { id: media.thumbnail.id },
      data: { status: 'QUEUED', requests: { increment: 1 } },
    })
    await database.$transaction((transaction) =>
      queue.send(transaction, { name: 'preview', payload: { renditionId: id, request: 1 } }),
    )
    await vi.waitFor(
      async () => {
        // Does not wait for the pauses between attempts.
        await database.$executeRaw`UPDATE pgboss.job SET start_after = now() WHERE name = 'preview' AND state = 'retry'`
        const { renditions } = await readMedia(editor, media.id)
        expect(renditions[0]?.failure).toMatchObject({ code: 'STORAGE_FAULT' })
      },
      { timeout: 30_000, interval: 200 },
    )
  })
})

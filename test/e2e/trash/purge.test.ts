import { describe, expect } from 'vitest'
import { blobKey } from '../../../src/services/storage/blobs.ts'
import { uuidOf } from '../../harness/ids.ts'
import { link, newResource } from '../../harness/links.ts'
import { it } from '../../harness/mediaIt.ts'
import { seedMediaIds } from '../../harness/seed.ts'
import { readMedia, type World } from '../../harness/world.ts'
import { purge, readUse, remove, restore } from './calls.ts'

/** Makes all orphaned blobs two hours old: past the grace time of an hour. */
const ageOrphans = async ({ runtime }: World): Promise<void> => {
  const orphanedAt = new Date(Date.now() - 2 * 60 * 60 * 1000)
  await runtime.ports.database.blob.updateMany({ where: { orphanedAt: { not: null } }, data: { orphanedAt } })
}

const reclaim = async (world: World) => {
  await ageOrphans(world)
  return world.runtime.services.blobs.collectGarbage()
}

describe('mediaPurge', () => {
  it.for([
    ['viewers', 'viewer'],
    ['editors', 'editor'],
  ] as const)('refuses %s', async ([, name], { users, createMedia }) => {
    expect((await purge(users[name], await createMedia())).__typename).toBe('ForbiddenError')
  })

  it('refuses a media outside the trash', async ({ users: { admin }, createMedia }) => {
    expect((await purge(admin, await createMedia())).__typename).toBe('StateConflictError')
  })

  it('deletes a media from the trash permanently', async ({ users: { viewer, editor, admin }, createMedia }) => {
    const id = await createMedia()
    await link(editor, id, newResource())
    await remove(admin, { id, force: true })
    expect(await purge(admin, id)).toEqual({ __typename: 'Deleted', id })
    expect((await restore(admin, id)).__typename).toBe('NotFoundError')
    expect(await readUse(viewer, id, true)).toBeNull()
  })

  it('refuses a media that is already purged', async ({ users: { admin }, createMedia }) => {
    const id = await createMedia()
    await remove(admin, { id })
    await purge(admin, id)
    expect((await purge(admin, id)).__typename).toBe('NotFoundError')
  })

  it('refuses a malformed id', async ({ users: { admin } }) => {
    expect((await purge(admin, 'Media:1')).__typename).toBe('InvalidInputError')
  })

  it('keeps bytes that another media shares', async ({ world, users: { editor, admin } }) => {
    const { storage } = world.runtime.ports
    const bytes = Buffer.from('shared by two')
    const id = await world.upload(editor, bytes, { fileName: 'one.txt' })
    await world.upload(editor, bytes, { fileName: 'two.txt', allowDuplicate: true })
    const { sha256 } = await readMedia(editor, id)
    await remove(editor, { id })
    await purge(admin, id)
    await reclaim(world)
    expect(await storage.stat(blobKey(sha256))).not.toBeNull()
  })

  it('keeps unshared bytes for an hour', async ({ world, users: { editor, admin } }) => {
    const { database, storage } = world.runtime.ports
    const bytes = Buffer.from('no longer shared')
    const ids = [
      await world.upload(editor, bytes, { fileName: 'one.txt' }),
      await world.upload(editor, bytes, { fileName: 'two.txt', allowDuplicate: true }),
    ]
    const { sha256 } = await readMedia(editor, ids[0] ?? '')
    for (const id of ids) {
      await remove(editor, { id })
      await purge(admin, id)
    }
    await world.runtime.services.blobs.collectGarbage()
    expect(await storage.stat(blobKey(sha256))).not.toBeNull()
    expect(await reclaim(world)).toBeGreaterThanOrEqual(1)
    expect(await storage.stat(blobKey(sha256))).toBeNull()
    expect(await database.blob.count({ where: { sha256 } })).toBe(0)
  })

  it('keeps bytes that are uploaded again while they are being collected', async ({
    world,
    users: { editor, admin },
  }) => {
    const { storage, database } = world.runtime.ports
    const bytes = Buffer.from('again and again')
    for (let round = 0; round < 6; round++) {
      const id = await world.upload(editor, bytes, { fileName: 'again.txt' })
      const { sha256, url } = await readMedia(editor, id)
      await remove(editor, { id })
      await purge(admin, id)
      // Before the upload: its new blob is an orphan too, until the media refers to it.
      await ageOrphans(world)
      const [next] = await Promise.all([
        world.upload(editor, bytes, { fileName: 'next.txt' }),
        world.runtime.services.blobs.collectGarbage(),
      ])
      expect(await storage.stat(blobKey(sha256))).not.toBeNull()
      expect((await database.blob.findUniqueOrThrow({ where: { sha256 } })).orphanedAt).toBeNull()
      expect((await fetch(url)).status).toBe(404)
      expect((await fetch((await readMedia(editor, next)).url)).status).toBe(200)
      await remove(editor, { id: next })
      await purge(admin, next)
      await reclaim(world)
    }
  })
})

describe('purgeExpired', () => {
  it('purges only media whose retention time is over', async ({ world, users: { viewer, editor } }) => {
    const [due = '', remaining = '', live = ''] = await seedMediaIds(world, 3, { uploader: 'Ada', status: 'READY' })
    for (const id of [due, remaining]) await remove(editor, { id })
    const { database } = world.runtime.ports
    await database.media.update({ where: { id: uuidOf(due) }, data: { purgeAt: new Date(Date.now() - 1000) } })
    expect(await world.runtime.services.trash.purgeExpired()).toBe(1)
    expect(await readUse(viewer, due, true)).toBeNull()
    expect(await readUse(viewer, remaining, true)).not.toBeNull()
    expect(await readUse(viewer, live)).not.toBeNull()
    const events = await database.event.findMany({ where: { mediaId: uuidOf(due), action: 'media.purged' } })
    expect(events).toMatchObject([{ actorId: null }])
  })

  it('purges media with many assignments in several transactions', async ({ world, users: { editor } }) => {
    const { database } = world.runtime.ports
    const due = await seedMediaIds(world, 4, { uploader: 'Ada', status: 'READY' })
    for (const id of due) await remove(editor, { id })
    const keys = due.map(uuidOf)
    await database.media.updateMany({ where: { id: { in: keys } }, data: { purgeAt: new Date(Date.now() - 1000) } })
    await database.$executeRaw`
      INSERT INTO "Assignment" ("id", "mediaId", "heldMediaId", "mediaTitle", "userId", "status", "assignedAt", "undoableUntil")
      SELECT gen_random_uuid(), media."id", media."id", '', "userId", 'REPLACED', now(), now()
      FROM unnest(${keys}::uuid[]) AS media("id"), (SELECT min("id"::text)::uuid AS "userId" FROM "User") AS assignee,
        generate_series(1, 4000)`
    const statements = await world.captureStatements(async () =>
      expect(await world.runtime.services.trash.purgeExpired()).toBe(4),
    )
    expect(statements.filter((sql) => sql.includes('DELETE FROM "Media"'))).toHaveLength(2)
  })
})

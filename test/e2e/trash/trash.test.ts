import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../../client/client.ts'
import {
  MediaDeleteDocument,
  type MediaDeleteInput,
  MediaListDocument,
  MediaPurgeDocument,
  MediaRestoreDocument,
  MediaUnlinkDocument,
  MediaUseDocument,
  NodesDocument,
  ResourceDeleteDocument,
  ResourceDocument,
} from '../../../client/generated/documents.ts'
import { blobKey } from '../../../src/services/storage/blobs.ts'
import { unknownId, uuidOf } from '../../harness/ids.ts'
import { link, newResource } from '../../harness/links.ts'
import { seedMediaId, seedMediaIds } from '../../harness/seed.ts'
import { openWorld, readMedia, type World } from '../../harness/world.ts'

let world: World
let viewer: Client
let editor: Client
let other: Client
let admin: Client

beforeAll(async () => {
  world = await openWorld({ env: { TRASH_DAYS: '7' } })
  ;({ viewer, editor, other, admin } = await world.users())
})
afterAll(() => world?.close())

const createMediaList = (count: number) => seedMediaIds(world, count, { uploader: 'Ada', status: 'READY' })
const createMedia = () => seedMediaId(world, { uploader: 'Ada', status: 'READY' })

const remove = async (client: Client, input: MediaDeleteInput, page = {}) =>
  (await client.send(MediaDeleteDocument, { input, ...page })).mediaDelete
const restore = async (client: Client, id: string) => (await client.send(MediaRestoreDocument, { id })).mediaRestore
const purge = async (client: Client, id: string) => (await client.send(MediaPurgeDocument, { id })).mediaPurge
const readUse = async (id: string, trashed = false) =>
  (await viewer.send(MediaUseDocument, { id, trashed })).media ?? null

/** Lets an hour pass for everything that nothing refers to. */
const reclaim = async () => {
  const { database } = world.runtime.ports
  const orphanedAt = new Date(Date.now() - 2 * 60 * 60 * 1000)
  await database.blob.updateMany({ where: { orphanedAt: { not: null } }, data: { orphanedAt } })
  return world.runtime.services.blobs.collectGarbage()
}

describe('mediaDelete', () => {
  it('climbs the ladder', async () => {
    const id = await createMedia()
    expect((await remove(viewer, { id })).__typename).toBe('ForbiddenError')
    expect((await remove(other, { id })).__typename).toBe('ForbiddenError')
    const deletion = await remove(editor, { id })
    expect(deletion).toMatchObject({ __typename: 'Media', id, usageCount: 0 })
    if (deletion.__typename !== 'Media') throw new Error('not deleted')
    expect(Date.parse(deletion.purgeAt ?? '') - Date.parse(deletion.deletedAt ?? '')).toBe(7 * 24 * 3_600_000)
    expect((await remove(editor, { id })).__typename).toBe('StateConflictError')
    expect((await remove(admin, { id: await createMedia() })).__typename).toBe('Media')
    expect((await remove(editor, { id: unknownId('Media') })).__typename).toBe('NotFoundError')
    expect((await remove(editor, { id: 'Media:1' })).__typename).toBe('InvalidInputError')
    expect((await remove(editor, { id: unknownId('Upload') })).__typename).toBe('InvalidInputError')
  })

  it('refuses what is in use, and lists the links page by page', async () => {
    const id = await createMedia()
    const lessons = [newResource(), newResource(), newResource()]
    for (const lesson of lessons) await link(editor, id, lesson)
    const refusal = await remove(editor, { id }, { first: 2 })
    expect(refusal).toMatchObject({ __typename: 'MediaInUseError', code: 'IN_USE', usageCount: 3 })
    if (refusal.__typename !== 'MediaInUseError') throw new Error('deleted')
    expect(refusal.usages.totalCount).toBe(3)
    const nextPage = await remove(editor, { id }, { first: 2, after: refusal.usages.pageInfo.endCursor })
    if (nextPage.__typename !== 'MediaInUseError') throw new Error('deleted')
    const named = [...refusal.usages.nodes, ...nextPage.usages.nodes].map(({ resource }) => resource.externalId)
    expect(named).toEqual(lessons.map(({ externalId }) => externalId))
    expect(await readUse(id)).toMatchObject({ deletedAt: null, usageCount: 3 })
  })

  it('takes links away by force, for admins only', async () => {
    const id = await createMedia()
    const lesson = newResource()
    await link(editor, id, lesson)
    expect((await remove(editor, { id, force: true })).__typename).toBe('ForbiddenError')
    expect(await remove(admin, { id, force: true })).toMatchObject({ __typename: 'Media', usageCount: 0 })
    const { resource } = await viewer.send(ResourceDocument, { ref: lesson })
    expect(resource).toMatchObject({ mediaCount: 0, usages: { nodes: [], totalCount: 0 } })
  })

  it('and a link at the same moment never leave trashed media linked', async () => {
    for (const id of await createMediaList(12)) {
      const [linked, deleted] = await Promise.all([link(editor, id, newResource()), remove(editor, { id })])
      const outcome = [linked.__typename, deleted.__typename].join()
      expect(['MediaUsage,MediaInUseError', 'NotFoundError,Media']).toContain(outcome)
      const links = await world.runtime.ports.database.mediaUsage.count({ where: { mediaId: uuidOf(id) } })
      expect(links).toBe(linked.__typename === 'MediaUsage' ? 1 : 0)
    }
  })
})

describe('the trash', () => {
  it('is nowhere unless asked for', async () => {
    const bytes = Buffer.from('to be thrown away')
    const id = await world.upload(editor, bytes, { fileName: 'waste.txt' })
    const twin = await world.upload(editor, bytes, { fileName: 'twin.txt', allowDuplicate: true })
    const { url, versions } = await readMedia(editor, id)
    const versionId = versions.nodes[0]?.id ?? ''
    expect((await fetch(url)).status).toBe(200)
    expect((await readMedia(editor, twin)).duplicates).toHaveLength(1)
    const { mediaList: before } = await viewer.send(MediaListDocument, { first: 100 })
    await remove(editor, { id })
    const { mediaList: after } = await viewer.send(MediaListDocument, { first: 100 })
    expect(after.totalCount).toBe(before.totalCount - 1)
    expect(after.edges.map(({ node }) => node.id)).not.toContain(id)
    expect((await viewer.send(NodesDocument, { ids: [id, versionId] })).nodes).toEqual([null, null])
    expect(await readUse(id)).toBeNull()
    expect((await readUse(id, true))?.deletedAt).not.toBeNull()
    expect((await readMedia(editor, twin)).duplicates).toEqual([])
    expect((await fetch(url)).status).toBe(404)
    expect((await link(editor, id, newResource())).__typename).toBe('NotFoundError')
    const input = { mediaId: id, resource: newResource() }
    expect((await editor.send(MediaUnlinkDocument, { input })).mediaUnlink.__typename).toBe('NotFoundError')
    await restore(editor, id)
    expect((await fetch(url)).status).toBe(200)
  })
})

describe('mediaRestore', () => {
  it('climbs the ladder', async () => {
    const id = await createMedia()
    expect((await restore(editor, id)).__typename).toBe('StateConflictError')
    await remove(editor, { id })
    expect((await restore(viewer, id)).__typename).toBe('ForbiddenError')
    expect((await restore(other, id)).__typename).toBe('ForbiddenError')
    expect(await restore(editor, id)).toMatchObject({ media: { id, deletedAt: null, purgeAt: null }, lost: [] })
    expect((await restore(editor, id)).__typename).toBe('StateConflictError')
    expect((await restore(editor, unknownId('Media'))).__typename).toBe('NotFoundError')
    expect((await restore(editor, 'nonsense')).__typename).toBe('InvalidInputError')
  })

  it('brings the exact former state back, links with their ids and times included', async () => {
    const id = await createMedia()
    await link(editor, id, { ...newResource(), parent: { type: 'course', externalId: 'restored' } })
    await link(editor, id, newResource())
    const before = await readUse(id)
    const row = await world.runtime.ports.database.media.findUniqueOrThrow({ where: { id: uuidOf(id) } })
    await remove(admin, { id, force: true })
    expect(await restore(admin, id)).toMatchObject({ lost: [] })
    expect(await readUse(id)).toEqual(before)
    expect(await world.runtime.ports.database.media.findUniqueOrThrow({ where: { id: uuidOf(id) } })).toEqual(row)
  })

  it('says which links could not return, and why', async () => {
    const id = await createMedia()
    const [remaining, deletedResource] = [newResource(), newResource()]
    await link(editor, id, remaining)
    await link(editor, id, deletedResource)
    await remove(admin, { id, force: true })
    await editor.send(ResourceDeleteDocument, { ref: deletedResource })
    expect(await restore(editor, id)).toMatchObject({
      media: { usageCount: 1, unusedSince: null, usages: { nodes: [{ resource: remaining }] } },
      lost: [{ resource: { externalId: deletedResource.externalId }, reason: expect.stringContaining('deleted') }],
    })
  })
})

describe('mediaPurge', () => {
  it('climbs the ladder', async () => {
    const id = await createMedia()
    expect((await purge(viewer, id)).__typename).toBe('ForbiddenError')
    expect((await purge(editor, id)).__typename).toBe('ForbiddenError')
    expect((await purge(admin, id)).__typename).toBe('StateConflictError')
    await link(editor, id, newResource())
    await remove(admin, { id, force: true })
    expect(await purge(admin, id)).toEqual({ __typename: 'Deleted', id })
    expect((await purge(admin, id)).__typename).toBe('NotFoundError')
    expect((await restore(admin, id)).__typename).toBe('NotFoundError')
    expect(await readUse(id, true)).toBeNull()
    expect((await purge(admin, 'Media:1')).__typename).toBe('InvalidInputError')
  })

  it('keeps bytes that others share, and the rest for an hour', async () => {
    const { database, storage } = world.runtime.ports
    const bytes = Buffer.from('shared by two')
    const [first, second] = [
      await world.upload(editor, bytes, { fileName: 'one.txt' }),
      await world.upload(editor, bytes, { fileName: 'two.txt', allowDuplicate: true }),
    ]
    const { sha256 } = await readMedia(editor, first)
    await remove(editor, { id: first })
    await purge(admin, first)
    await reclaim()
    expect(await storage.stat(blobKey(sha256))).not.toBeNull()
    await remove(editor, { id: second })
    await purge(admin, second)
    await world.runtime.services.blobs.collectGarbage()
    expect(await storage.stat(blobKey(sha256))).not.toBeNull()
    expect(await reclaim()).toBeGreaterThanOrEqual(1)
    expect(await storage.stat(blobKey(sha256))).toBeNull()
    expect(await database.blob.count({ where: { sha256 } })).toBe(0)
  })

  it('loses nothing that is uploaded again while it is being reclaimed', async () => {
    const { storage, database } = world.runtime.ports
    const bytes = Buffer.from('again and again')
    for (let round = 0; round < 6; round++) {
      const id = await world.upload(editor, bytes, { fileName: 'again.txt' })
      const { sha256, url } = await readMedia(editor, id)
      await remove(editor, { id })
      await purge(admin, id)
      const [next] = await Promise.all([world.upload(editor, bytes, { fileName: 'next.txt' }), reclaim()])
      expect(await storage.stat(blobKey(sha256))).not.toBeNull()
      expect((await database.blob.findUniqueOrThrow({ where: { sha256 } })).orphanedAt).toBeNull()
      expect((await fetch(url)).status).toBe(404)
      expect((await fetch((await readMedia(editor, next)).url)).status).toBe(200)
      await remove(editor, { id: next })
      await purge(admin, next)
      await reclaim()
    }
  })
})

describe('a media with very many links', () => {
  it('goes by force and comes back in as many statements as one with a few', async () => {
    const { database } = world.runtime.ports
    const counts: number[][] = []
    const linksOf = (id: string) =>
      database.mediaUsage.findMany({ where: { mediaId: uuidOf(id) }, orderBy: { id: 'asc' } })
    const linksIn = (statements: string[]) => statements.filter((sql) => /"(Media|Remembered)Usage"/.test(sql)).length
    for (const links of [3, 7000]) {
      const id = await createMedia()
      await database.$executeRaw`
        INSERT INTO "Resource" ("id", "source", "type", "externalId")
        SELECT gen_random_uuid(), 'many', ${id}, number::text FROM generate_series(1, ${links}::int) AS number`
      await database.$executeRaw`
        INSERT INTO "MediaUsage" ("id", "mediaId", "resourceId")
        SELECT gen_random_uuid(), ${uuidOf(id)}::uuid, "id" FROM "Resource" WHERE "type" = ${id}`
      await database.media.update({ where: { id: uuidOf(id) }, data: { usageCount: links, unusedSince: null } })
      const before = await linksOf(id)
      const deleting = await world.captureStatements(() => remove(admin, { id, force: true }))
      expect(await linksOf(id)).toEqual([])
      const restoring = await world.captureStatements(() => restore(admin, id))
      counts.push([linksIn(deleting), linksIn(restoring)])
      expect(await linksOf(id)).toEqual(before)
    }
    expect(counts[1]).toEqual(counts[0])
  })
})

describe('the retention', () => {
  it('purges what is due, and nothing else', async () => {
    const [due = '', remaining = '', live = ''] = await createMediaList(3)
    for (const id of [due, remaining]) await remove(editor, { id })
    const { database } = world.runtime.ports
    await database.media.update({ where: { id: uuidOf(due) }, data: { purgeAt: new Date(Date.now() - 1000) } })
    expect(await world.runtime.services.trash.purgeExpired()).toBe(1)
    expect(await readUse(due, true)).toBeNull()
    expect(await readUse(remaining, true)).not.toBeNull()
    expect(await readUse(live)).not.toBeNull()
    const events = await database.event.findMany({ where: { mediaId: uuidOf(due), action: 'media.purged' } })
    expect(events).toMatchObject([{ actorId: null }])
  })

  it('takes few at a time of those that were assigned often', async () => {
    const { database } = world.runtime.ports
    const due = await createMediaList(4)
    for (const id of due) await remove(editor, { id })
    const keys = due.map(uuidOf)
    await database.media.updateMany({ where: { id: { in: keys } }, data: { purgeAt: new Date(Date.now() - 1000) } })
    await database.$executeRaw`
      INSERT INTO "Assignment" ("id", "mediaId", "heldMediaId", "mediaTitle", "userId", "status", "assignedAt", "undoableUntil")
      SELECT gen_random_uuid(), wanted."id", wanted."id", '', "userId", 'REPLACED', now(), now()
      FROM unnest(${keys}::uuid[]) AS wanted("id"), (SELECT min("id"::text)::uuid AS "userId" FROM "User") AS somebody,
        generate_series(1, 4000)`
    const statements = await world.captureStatements(async () =>
      expect(await world.runtime.services.trash.purgeExpired()).toBe(4),
    )
    expect(statements.filter((sql) => sql.includes('DELETE FROM "Media"'))).toHaveLength(2)
  })
})

describe('viewerCanUpdate and viewerCanDelete', () => {
  const readPermissions = async (client: Client, id: string) => {
    const { media } = await client.send(MediaUseDocument, { id, trashed: true })
    return [media?.viewerCanUpdate, media?.viewerCanDelete]
  }
  const yes = { allowed: true, reason: null }
  const no = (word: string) => ({ allowed: false, reason: expect.stringContaining(word) })

  it('say why not: role, owner, in use, in the trash', async () => {
    const id = await createMedia()
    expect(await readPermissions(viewer, id)).toEqual([no('role'), no('role')])
    expect(await readPermissions(other, id)).toEqual([no('themselves'), no('themselves')])
    expect(await readPermissions(editor, id)).toEqual([yes, yes])
    await link(editor, id, newResource())
    expect(await readPermissions(editor, id)).toEqual([yes, no('one place')])
    expect(await readPermissions(admin, id)).toEqual([yes, no('one place')])
    await remove(admin, { id, force: true })
    expect(await readPermissions(editor, id)).toEqual([no('restore'), no('already')])
  })
})

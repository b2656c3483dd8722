import { describe, expect } from 'vitest'
import type { Client } from '../../../client/client.ts'
import { MediaUseDocument, ResourceDocument } from '../../../client/generated/documents.ts'
import { unknownId, uuidOf } from '../../harness/ids.ts'
import { link, newResource } from '../../harness/links.ts'
import { it as base } from '../../harness/mediaIt.ts'
import { seedMediaIds } from '../../harness/seed.ts'
import type { WorldOptions } from '../../harness/world.ts'
import { readUse, remove, restore } from './calls.ts'

const it = base.extend('worldOptions', { scope: 'file' }, (): WorldOptions => ({ env: { TRASH_DAYS: '7' } }))

describe('mediaDelete', () => {
  it('refuses viewers', async ({ users: { viewer }, createMedia }) => {
    expect((await remove(viewer, { id: await createMedia() })).__typename).toBe('ForbiddenError')
  })

  it('refuses editors who did not upload the media', async ({ users: { otherEditor: other }, createMedia }) => {
    expect((await remove(other, { id: await createMedia() })).__typename).toBe('ForbiddenError')
  })

  it('moves a media to the trash for the configured number of days', async ({ users: { editor }, createMedia }) => {
    const id = await createMedia()
    const deletion = await remove(editor, { id })
    expect(deletion).toMatchObject({ __typename: 'Media', id, usageCount: 0 })
    if (deletion.__typename !== 'Media') throw new Error('not deleted')
    expect(Date.parse(deletion.purgeAt ?? '') - Date.parse(deletion.deletedAt ?? '')).toBe(7 * 24 * 3_600_000)
  })

  it("lets admins delete another user's media", async ({ users: { admin }, createMedia }) => {
    expect((await remove(admin, { id: await createMedia() })).__typename).toBe('Media')
  })

  it('refuses a media that is already in the trash', async ({ users: { editor }, createMedia }) => {
    const id = await createMedia()
    await remove(editor, { id })
    expect((await remove(editor, { id })).__typename).toBe('StateConflictError')
  })

  it.for([
    ['an unknown id', unknownId('Media'), 'NotFoundError'],
    ['a malformed id', 'Media:1', 'InvalidInputError'],
    ['an id of another type', unknownId('Upload'), 'InvalidInputError'],
  ] as const)('refuses %s', async ([, id, typename], { users: { editor } }) => {
    expect((await remove(editor, { id })).__typename).toBe(typename)
  })

  it('refuses a media in use with a paged list of its usages', async ({ users: { viewer, editor }, createMedia }) => {
    const id = await createMedia()
    const lessons = [newResource(), newResource(), newResource()]
    for (const lesson of lessons) await link(editor, id, lesson)
    const refusal = await remove(editor, { id }, { first: 2 })
    expect(refusal).toMatchObject({ __typename: 'MediaInUseError', code: 'IN_USE', usageCount: 3 })
    if (refusal.__typename !== 'MediaInUseError') throw new Error('deleted')
    expect(refusal.usages.totalCount).toBe(3)
    const nextPage = await remove(editor, { id }, { first: 2, after: refusal.usages.pageInfo.endCursor })
    if (nextPage.__typename !== 'MediaInUseError') throw new Error('deleted')
    const listedLessons = [...refusal.usages.nodes, ...nextPage.usages.nodes].map(({ resource }) => resource.externalId)
    expect(listedLessons).toEqual(lessons.map(({ externalId }) => externalId))
    expect(await readUse(viewer, id)).toMatchObject({ deletedAt: null, usageCount: 3 })
  })

  it('refuses editors who force it', async ({ users: { editor }, createMedia }) => {
    const id = await createMedia()
    await link(editor, id, newResource())
    expect((await remove(editor, { id, force: true })).__typename).toBe('ForbiddenError')
  })

  it('removes the usages of a media if an admin forces it', async ({
    users: { viewer, editor, admin },
    createMedia,
  }) => {
    const id = await createMedia()
    const lesson = newResource()
    await link(editor, id, lesson)
    expect(await remove(admin, { id, force: true })).toMatchObject({ __typename: 'Media', usageCount: 0 })
    const { resource } = await viewer.send(ResourceDocument, { ref: lesson })
    expect(resource).toMatchObject({ mediaCount: 0, usages: { nodes: [], totalCount: 0 } })
  })

  it('never leaves a trashed media linked by a concurrent call', async ({ world, users: { editor } }) => {
    for (const id of await seedMediaIds(world, 12, { uploader: 'Ada', status: 'READY' })) {
      const [linked, deleted] = await Promise.all([link(editor, id, newResource()), remove(editor, { id })])
      const outcome = [linked.__typename, deleted.__typename].join()
      expect(['MediaUsage,MediaInUseError', 'NotFoundError,Media']).toContain(outcome)
      const links = await world.runtime.ports.database.mediaUsage.count({ where: { mediaId: uuidOf(id) } })
      expect(links).toBe(linked.__typename === 'MediaUsage' ? 1 : 0)
    }
  })
})

describe('a media with very many links', () => {
  it('is deleted by force or restored in as many statements as one with few links', async ({
    world,
    users: { admin },
    createMedia,
  }) => {
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
      const previousLinks = await linksOf(id)
      const deleting = await world.captureStatements(() => remove(admin, { id, force: true }))
      expect(await linksOf(id)).toEqual([])
      const restoring = await world.captureStatements(() => restore(admin, id))
      counts.push([linksIn(deleting), linksIn(restoring)])
      expect(await linksOf(id)).toEqual(previousLinks)
    }
    expect(counts[1]).toEqual(counts[0])
  })
})

describe('viewerCanUpdate and viewerCanDelete', () => {
  const readPermissions = async (client: Client, id: string) => {
    const { media } = await client.send(MediaUseDocument, { id, trashed: true })
    return [media?.viewerCanUpdate, media?.viewerCanDelete]
  }
  const yes = { allowed: true, reason: null }
  const no = (word: string) => ({ allowed: false, reason: expect.stringContaining(word) })

  it('allow editors to change media that they uploaded', async ({ users: { editor }, createMedia }) => {
    expect(await readPermissions(editor, await createMedia())).toEqual([yes, yes])
  })

  it('name the missing role', async ({ users: { viewer }, createMedia }) => {
    expect(await readPermissions(viewer, await createMedia())).toEqual([no('role'), no('role')])
  })

  it('explain that editors may change only their own media', async ({ users: { otherEditor: other }, createMedia }) => {
    expect(await readPermissions(other, await createMedia())).toEqual([no('themselves'), no('themselves')])
  })

  it('name the usages of a media', async ({ users: { editor, admin }, createMedia }) => {
    const id = await createMedia()
    await link(editor, id, newResource())
    for (const client of [editor, admin]) expect(await readPermissions(client, id)).toEqual([yes, no('one place')])
  })

  it('name the trash', async ({ users: { editor, admin }, createMedia }) => {
    const id = await createMedia()
    await remove(admin, { id })
    expect(await readPermissions(editor, id)).toEqual([no('Restore'), no('already')])
  })
})

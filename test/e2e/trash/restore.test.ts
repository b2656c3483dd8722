import { describe, expect } from 'vitest'
import { ResourceDeleteDocument } from '../../../client/generated/documents.ts'
import { unknownId, uuidOf } from '../../harness/ids.ts'
import { link, newResource } from '../../harness/links.ts'
import { it as base } from '../../harness/mediaIt.ts'
import { readUse, remove, restore } from './calls.ts'

/** A media that Ada has moved to the trash. */
const it = base.extend('trashedId', async ({ users: { editor }, createMedia }) => {
  const id = await createMedia()
  await remove(editor, { id })
  return id
})

describe('mediaRestore', () => {
  it('refuses viewers', async ({ users: { viewer }, trashedId }) => {
    expect((await restore(viewer, trashedId)).__typename).toBe('ForbiddenError')
  })

  it('refuses editors who did not upload the media', async ({ users: { otherEditor: other }, trashedId }) => {
    expect((await restore(other, trashedId)).__typename).toBe('ForbiddenError')
  })

  it('restores a media from the trash', async ({ users: { editor }, trashedId }) => {
    expect(await restore(editor, trashedId)).toMatchObject({
      media: { id: trashedId, deletedAt: null, purgeAt: null },
      lost: [],
    })
  })

  it('refuses a media that was never in the trash', async ({ users: { editor }, createMedia }) => {
    expect((await restore(editor, await createMedia())).__typename).toBe('StateConflictError')
  })

  it('refuses a media that is already restored', async ({ users: { editor }, trashedId }) => {
    await restore(editor, trashedId)
    expect((await restore(editor, trashedId)).__typename).toBe('StateConflictError')
  })

  it.for([
    ['an unknown id', unknownId('Media'), 'NotFoundError'],
    ['a malformed id', 'nonsense', 'InvalidInputError'],
  ] as const)('refuses %s', async ([, id, typename], { users: { editor } }) => {
    expect((await restore(editor, id)).__typename).toBe(typename)
  })

  it('restores the exact former state, including the ids and times of usages', async ({
    world,
    users: { viewer, editor, admin },
    createMedia,
  }) => {
    const id = await createMedia()
    await link(editor, id, { ...newResource(), parent: { type: 'course', externalId: 'restored' } })
    await link(editor, id, newResource())
    const previousUse = await readUse(viewer, id)
    const row = await world.runtime.ports.database.media.findUniqueOrThrow({ where: { id: uuidOf(id) } })
    await remove(admin, { id, force: true })
    expect(await restore(admin, id)).toMatchObject({ lost: [] })
    expect(await readUse(viewer, id)).toEqual(previousUse)
    expect(await world.runtime.ports.database.media.findUniqueOrThrow({ where: { id: uuidOf(id) } })).toEqual(row)
  })

  it('returns the usages that it could not restore, with a reason', async ({
    users: { editor, admin },
    createMedia,
  }) => {
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

import { describe, expect } from 'vitest'
import {
  type BulkMediaInput,
  MediaBulkDeleteDocument,
  MediaBulkLinkDocument,
  MediaBulkMoveDocument,
  MediaBulkPurgeDocument,
  MediaBulkRestoreDocument,
  MediaDeleteDocument,
  ResourceDeleteDocument,
} from '../../../client/generated/documents.ts'
import { unknownId, uuidOf } from '../../harness/ids.ts'
import { link } from '../../harness/links.ts'
import { pathsOf } from '../../harness/refusals.ts'
import { seedMediaId } from '../../harness/seed.ts'
import { it, tag, tagsOf, waitForOperation } from './calls.ts'

describe('a bulk mutation', () => {
  it('refuses viewers', async ({ users: { viewer }, createOwnMedia }) => {
    expect(pathsOf(await tag(viewer, { ids: await createOwnMedia(1) }))).toBe('ForbiddenError')
  })

  it('refuses editors who purge', async ({ users: { editor }, createOwnMedia }) => {
    const ids = await createOwnMedia(1)
    const purge = await editor.send(MediaBulkPurgeDocument, { input: { ids } })
    expect(purge.mediaBulkPurge.__typename).toBe('ForbiddenError')
  })

  it.for<[string, BulkMediaInput, string[]]>([
    ['neither ids nor filter', {}, ['target.ids']],
    ['both', { ids: ['Media:1'], filter: { kinds: ['VIDEO'] } }, ['target.ids']],
    ['no ids', { ids: [] }, ['target.ids']],
    ['10 001 ids', { ids: Array.from({ length: 10_001 }, () => 'Media:1') }, ['target.ids']],
    ['an id of another type', { ids: [unknownId('Upload')] }, ['target.ids.0']],
    ['an empty filter', { filter: {} }, ['target.filter']],
    ['a filter that every size passes', { filter: { minSizeBytes: 0 } }, ['target.filter']],
    ['a filter of empty lists', { filter: { kinds: [], tagsAny: [], used: null } }, ['target.filter']],
    ['the whole trash', { filter: { trashed: true } }, ['target.filter']],
  ])('refuses %s', async ([, target, fields], { users: { editor } }) => {
    expect(pathsOf(await tag(editor, target))).toEqual(fields)
  })

  it('refuses a filter whose media do not have the expected number', async ({ users: { editor }, createOwnMedia }) => {
    await createOwnMedia(2)
    const target = { filter: { kinds: ['DOCUMENT' as const] }, expectedCount: 1 }
    expect(pathsOf(await tag(editor, target))).toBe('StateConflictError')
  })

  it('authorises each item on its own', async ({ world, users: { editor }, createOwnMedia }) => {
    const [own, foreign] = [await createOwnMedia(2), await seedMediaId(world, { uploader: 'Bob' })]
    const unknown = unknownId('Media')
    const operation = await waitForOperation(editor, await tag(editor, { ids: [...own, foreign, unknown] }))
    expect(operation).toMatchObject({
      status: 'PARTIALLY_COMPLETED',
      total: 4,
      processed: 4,
      succeeded: 2,
      failed: 2,
      percent: 100,
    })
    expect(operation.failures.nodes.map(({ nodeId, code }) => [nodeId, code])).toEqual([
      [foreign, 'FORBIDDEN'],
      [unknown, 'NOT_FOUND'],
    ])
    expect(await tagsOf(world, own)).toEqual([['tagged'], ['tagged']])
    expect(await tagsOf(world, [foreign])).toEqual([[]])
  })

  it('changes nothing with REJECT_EVERYTHING if one item is refused', async ({
    world,
    users: { editor },
    createOwnMedia,
  }) => {
    const [own, foreign] = [await createOwnMedia(2), await seedMediaId(world, { uploader: 'Bob' })]
    const failedOperation = await waitForOperation(
      editor,
      await tag(editor, { ids: [...own, foreign], errorPolicy: 'REJECT_EVERYTHING' }),
    )
    expect(failedOperation).toMatchObject({ status: 'FAILED', succeeded: 0, failed: 1, failures: { totalCount: 1 } })
    expect(await tagsOf(world, own)).toEqual([[], []])
  })

  it('changes all items with REJECT_EVERYTHING if none is refused', async ({
    world,
    users: { editor },
    createOwnMedia,
  }) => {
    const own = await createOwnMedia(2)
    const operation = await waitForOperation(editor, await tag(editor, { ids: own, errorPolicy: 'REJECT_EVERYTHING' }))
    expect(operation).toMatchObject({ status: 'COMPLETED', succeeded: 2, failed: 0 })
    expect(await tagsOf(world, own)).toEqual([['tagged'], ['tagged']])
  })

  it('processes an id that is named twice only once', async ({ users: { editor }, createOwnMedia }) => {
    const ids = await createOwnMedia(3)
    expect((await waitForOperation(editor, await tag(editor, { ids: [...ids, ...ids] }))).total).toBe(3)
  })

  it('processes the media that a filter selects', async ({ world, users: { editor }, createOwnMedia }) => {
    const ids = await createOwnMedia(3)
    await waitForOperation(editor, await tag(editor, { ids }, ['once']))
    const operation = await waitForOperation(
      editor,
      await tag(editor, { filter: { tagsAny: ['ONCE'] }, expectedCount: 3 }, ['twice']),
    )
    expect(operation).toMatchObject({ status: 'COMPLETED', succeeded: 3 })
    expect(await tagsOf(world, ids.slice(0, 1))).toEqual([['once', 'twice']])
  })

  it('writes a log row for each item', async ({ world, users: { editor }, createOwnMedia }) => {
    const [id = ''] = await createOwnMedia(1)
    await waitForOperation(editor, await tag(editor, { ids: [id] }, ['logged']))
    const { database } = world.runtime.ports
    const rows = await database.event.findMany({ where: { mediaId: uuidOf(id), action: 'media.updated' } })
    expect(rows).toHaveLength(1)
  })
})

describe('linking in bulk', () => {
  it('links media to a resource', async ({ world, users: { editor }, createOwnMedia }) => {
    const ids = await createOwnMedia(1)
    const [target, resource] = [{ ids }, { type: 'lesson', externalId: 'bulk-1', title: 'One lesson' }]
    const linked = await editor.send(MediaBulkLinkDocument, { input: { target, resource } })
    expect(await waitForOperation(editor, linked.mediaBulkLink)).toMatchObject({ status: 'COMPLETED', succeeded: 1 })
    expect(await world.runtime.ports.database.mediaUsage.count({ where: { mediaId: uuidOf(ids[0] ?? '') } })).toBe(1)
  })
})

describe('deleting in bulk', () => {
  it('refuses media in use', async ({ users: { editor }, createOwnMedia }) => {
    const ids = await createOwnMedia(3)
    await link(editor, ids[0] ?? '', { type: 'lesson', externalId: 'bulk-2', title: 'One lesson' })
    const removed = await editor.send(MediaBulkDeleteDocument, { input: { ids } })
    const deletion = await waitForOperation(editor, removed.mediaBulkDelete)
    expect(deletion).toMatchObject({ status: 'PARTIALLY_COMPLETED', succeeded: 2, failed: 1 })
    expect(deletion.failures.nodes).toMatchObject([{ nodeId: ids[0], code: 'IN_USE' }])
  })
})

describe('purging in bulk', () => {
  it('refuses media outside the trash', async ({ world, users: { admin }, createOwnMedia }) => {
    const ids = await createOwnMedia(2)
    await admin.send(MediaDeleteDocument, { input: { id: ids[0] ?? '' } })
    const purged = await admin.send(MediaBulkPurgeDocument, { input: { ids } })
    expect(await waitForOperation(admin, purged.mediaBulkPurge)).toMatchObject({ succeeded: 1, failed: 1 })
    const { database } = world.runtime.ports
    expect(await database.media.count({ where: { id: { in: ids.map(uuidOf) } } })).toBe(1)
  })
})

describe('restoring in bulk', () => {
  it('adds no note if everything is restored', async ({ users: { editor }, createOwnMedia }) => {
    const ids = await createOwnMedia(1)
    await waitForOperation(editor, (await editor.send(MediaBulkDeleteDocument, { input: { ids } })).mediaBulkDelete)
    const restored = await editor.send(MediaBulkRestoreDocument, { input: { ids } })
    const restoration = await waitForOperation(editor, restored.mediaBulkRestore)
    expect(restoration).toMatchObject({ status: 'COMPLETED', notes: { totalCount: 0 } })
  })

  it('adds a note on usages that could not be restored', async ({
    world,
    users: { editor, admin },
    createOwnMedia,
  }) => {
    const [linked = '', unlinked = ''] = await createOwnMedia(2)
    const resource = { type: 'lesson', externalId: 'bulk-lost', title: 'Deleted later' }
    await link(editor, linked, resource)
    const { database } = world.runtime.ports
    const { id } = await database.resource.findFirstOrThrow({ where: { externalId: 'bulk-lost' } })
    for (const media of [linked, unlinked]) await admin.send(MediaDeleteDocument, { input: { id: media, force: true } })
    await editor.send(ResourceDeleteDocument, { ref: { type: 'lesson', externalId: 'bulk-lost' } })
    const { mediaBulkRestore } = await editor.send(MediaBulkRestoreDocument, { input: { ids: [unlinked, linked] } })
    const { status, notes } = await waitForOperation(editor, mediaBulkRestore)
    expect(status).toBe('COMPLETED')
    expect(notes).toMatchObject({ totalCount: 1, nodes: [{ nodeId: linked, message: expect.stringContaining(id) }] })
  })
})

describe('moving in bulk', () => {
  it('refuses a folder that does not exist', async ({ users: { editor }, createOwnMedia }) => {
    const target = { ids: await createOwnMedia(1) }
    const folderId = unknownId('Folder')
    const { mediaBulkMove } = await editor.send(MediaBulkMoveDocument, { input: { target, folderId } })
    expect(mediaBulkMove.__typename).toBe('NotFoundError')
  })

  it('moves media to a folder', async ({ world, users: { editor }, createOwnMedia }) => {
    const { database } = world.runtime.ports
    const folder = await database.folder.create({ data: { name: 'Bulk' } })
    const target = { ids: await createOwnMedia(2) }
    const input = { target, folderId: `Folder:${folder.id}` }
    const { mediaBulkMove } = await editor.send(MediaBulkMoveDocument, { input })
    expect(await waitForOperation(editor, mediaBulkMove)).toMatchObject({ status: 'COMPLETED', succeeded: 2 })
    expect(await database.media.count({ where: { folderId: folder.id } })).toBe(2)
  })
})

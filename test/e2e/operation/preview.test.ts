import { describe, expect } from 'vitest'
import type { Client } from '../../../client/client.ts'
import { type BulkAction, type BulkMediaInput, MediaBulkPreviewDocument } from '../../../client/generated/documents.ts'
import { createAssignment } from '../../harness/assignments.ts'
import { unknownId, uuidOf } from '../../harness/ids.ts'
import { link, newResource } from '../../harness/links.ts'
import { codeOf } from '../../harness/refusals.ts'
import { seedMediaIds, seedUserId, trashMedia } from '../../harness/seed.ts'
import { it as base, tag, waitForOperation } from './calls.ts'

const preview = async (client: Client, action: BulkAction, input: BulkMediaInput) =>
  (await client.send(MediaBulkPreviewDocument, { action, input })).mediaBulkPreview

const it = base.extend(
  'createForeignMedia',
  { scope: 'file' },
  ({ world }) =>
    (count: number) =>
      seedMediaIds(world, count, { uploader: 'Bob', status: 'READY' }),
)

const editorActions: BulkAction[] = ['DELETE', 'RESTORE', 'TAG', 'MOVE', 'LINK']

describe('a preview', () => {
  it('counts what would be refused by reason, largest group first', async ({
    users: { editor },
    createOwnMedia,
    createForeignMedia,
  }) => {
    const [own, foreign] = [await createOwnMedia(4), await createForeignMedia(3)]
    for (const [index, id] of own.slice(0, 2).entries())
      for (let count = 0; count <= index; count++) await link(editor, id, newResource())
    const { total, allowed, refused } = await preview(editor, 'DELETE', {
      ids: [unknownId('Media'), ...own, ...foreign, ...own],
    })
    expect({ total, allowed }).toEqual({ total: 8, allowed: 2 })
    expect(refused.map(({ code, count }) => [code, count])).toEqual([
      ['FORBIDDEN', 3],
      ['IN_USE', 2],
      ['NOT_FOUND', 1],
    ])
  })

  it('shows up to five of the refused media, oldest first', async ({ users: { editor }, createForeignMedia }) => {
    const ids = await createForeignMedia(6)
    const { refused } = await preview(editor, 'TAG', { ids: ids.toReversed() })
    expect(refused.map(({ sample }) => sample.map(({ id }) => id))).toEqual([ids.toSorted().slice(0, 5)])
  })

  it('shows the media in the trash that are refused', async ({ world, users: { editor }, createOwnMedia }) => {
    const [id = ''] = await createOwnMedia(1)
    await trashMedia(world, id)
    const { refused } = await preview(editor, 'LINK', { ids: [id, unknownId('Media')] })
    expect(refused).toMatchObject([{ code: 'NOT_FOUND', count: 2, sample: [{ id }] }])
  })

  it('adds up the sizes of all media, also of equal files', async ({ world, users: { editor }, createOwnMedia }) => {
    const ids = await createOwnMedia(2)
    const { database } = world.runtime.ports
    const rows = await database.media.findMany({ where: { id: { in: ids.map(uuidOf) } } })
    const [{ sha256 } = { sha256: '' }] = rows
    await database.media.updateMany({
      where: { id: { in: ids.map(uuidOf) } },
      data: { sha256, sizeBytes: 3_000_000_000 },
    })
    expect(await preview(editor, 'MOVE', { ids })).toMatchObject({ bytes: 6_000_000_000, allowed: 2, refused: [] })
  })

  it('leaves the exceptions of a filter out', async ({ users: { editor }, createOwnMedia }) => {
    const ids = await createOwnMedia(3)
    await waitForOperation(editor, await tag(editor, { ids }, ['previewed']))
    const input = { filter: { tagsAny: ['previewed'] }, exceptIds: ids.slice(0, 1), expectedCount: 3 }
    expect(await preview(editor, 'MOVE', input)).toMatchObject({ total: 2, allowed: 2 })
  })

  it('is empty for a filter that selects nothing', async ({ users: { editor } }) => {
    const expected = { total: 0, bytes: 0, allowed: 0, refused: [] }
    expect(await preview(editor, 'TAG', { filter: { tagsAny: ['missing'] } })).toEqual(expected)
  })

  it('is empty for a filter whose media are all exceptions', async ({ users: { editor }, createOwnMedia }) => {
    const exceptIds = await createOwnMedia(1)
    await waitForOperation(editor, await tag(editor, { ids: exceptIds }, ['only exceptions']))
    const input = { filter: { tagsAny: ['only exceptions'] }, exceptIds, expectedCount: 1 }
    expect(await preview(editor, 'TAG', input)).toEqual({ total: 0, bytes: 0, allowed: 0, refused: [] })
  })

  it('changes nothing', async ({ world, users: { editor, admin }, createOwnMedia }) => {
    const { database } = world.runtime.ports
    const [ids, userId] = [await createOwnMedia(2), await seedUserId(world)]
    await createAssignment(editor, ids[0] ?? '', userId)
    const read = async () => [
      await database.media.findMany({ where: { id: { in: ids.map(uuidOf) } }, orderBy: { id: 'asc' } }),
      await database.operation.count(),
      await database.event.count(),
    ]
    await preview(admin, 'PURGE', { ids }) // creates the user
    const state = await read()
    for (const action of editorActions) await preview(editor, action, { ids })
    await preview(admin, 'PURGE', { ids })
    expect(await read()).toEqual(state)
  })

  it('needs as many statements for many media as for one', async ({ world, users: { editor }, createForeignMedia }) => {
    const ids = await createForeignMedia(40)
    const count = async (length: number) =>
      (await world.captureStatements(() => preview(editor, 'DELETE', { ids: ids.slice(0, length) }))).length
    await count(1)
    const counts = [await count(1), await count(3), await count(40)]
    expect(counts).toEqual([counts[0], counts[0], counts[0]])
  })
})

describe('a preview is refused', () => {
  it.for([...editorActions, 'PURGE' as const])('to viewers who ask for %s', async (action, { users: { viewer } }) => {
    expect(await codeOf(preview(viewer, action, { ids: [unknownId('Media')] }))).toBe('FORBIDDEN')
  })

  it('to editors who ask for PURGE', async ({ users: { editor } }) => {
    expect(await codeOf(preview(editor, 'PURGE', { ids: [unknownId('Media')] }))).toBe('FORBIDDEN')
  })

  it.for<[string, BulkMediaInput, string]>([
    ['neither ids nor filter', {}, 'ids'],
    ['an empty filter', { filter: {} }, 'filter'],
    ['an id of another type', { ids: [unknownId('Upload')] }, 'ids.0'],
    ['exceptions without a filter', { ids: [unknownId('Media')], exceptIds: [unknownId('Media')] }, 'exceptIds'],
  ])('for %s', async ([, input, path], { world }) => {
    const query = 'query ($input: BulkMediaInput!) { mediaBulkPreview(action: TAG, input: $input) { total } }'
    const { errors } = await world.post(await world.token('editor', 'Ada'), query, { input })
    expect(errors?.[0]?.extensions).toMatchObject({ code: 'INVALID_INPUT', fields: [{ path }] })
  })

  it('for a filter that selects another number of media than expected', async ({ users: { editor } }) => {
    const input = { filter: { tagsAny: ['missing'] }, expectedCount: 1 }
    const call = preview(editor, 'TAG', input)
    expect(await codeOf(call)).toBe('STATE_CONFLICT')
    await expect(call).rejects.toThrow('The filter now selects 0 media, not 1.')
  })
})

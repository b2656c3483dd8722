import { describe, expect } from 'vitest'
import { type BulkMediaInput, MediaBulkTagDocument } from '../../../client/generated/documents.ts'
import { unknownId } from '../../harness/ids.ts'
import { codeOf, pathsOf } from '../../harness/refusals.ts'
import { it as base, tag, tagsOf, waitForOperation } from './calls.ts'

/** `it` with four documents that only `filter` selects. */
const it = base.extend('selected', async ({ users: { editor }, createOwnMedia }) => {
  const [ids, name] = [await createOwnMedia(4), crypto.randomUUID()]
  await waitForOperation(editor, await tag(editor, { ids }, [name]))
  return { ids, name, filter: { tagsAny: [name] } }
})

describe('a filter with exceptions', () => {
  it('changes exactly the other media', async ({ world, users: { editor }, selected: { ids, name, filter } }) => {
    const target = { filter, exceptIds: [ids[1] ?? '', ids[3] ?? ''] }
    const operation = await waitForOperation(editor, await tag(editor, target, ['rest']))
    expect(operation).toMatchObject({ status: 'COMPLETED', total: 2, succeeded: 2 })
    expect(await tagsOf(world, ids)).toEqual([[name, 'rest'], [name], [name, 'rest'], [name]])
  })

  it('is expected to select as many media as without exceptions', async ({
    users: { editor },
    selected: { ids, filter },
  }) => {
    const target = { filter, exceptIds: ids.slice(0, 3), expectedCount: 4 }
    expect((await waitForOperation(editor, await tag(editor, target))).total).toBe(1)
  })

  it('is refused with the new number if it selects another number than expected', async ({
    world,
    users: { editor },
    selected: { ids, name, filter },
  }) => {
    const target = { filter, exceptIds: ids.slice(0, 2), expectedCount: 2 }
    const refusal = await tag(editor, target, ['refused'])
    expect(refusal).toMatchObject({ __typename: 'StateConflictError', message: expect.stringMatching(/\b4 media\b/) })
    expect(await tagsOf(world, ids)).toEqual([[name], [name], [name], [name]])
  })

  it('ignores exceptions that it does not select', async ({
    users: { editor },
    selected: { filter },
    createOwnMedia,
  }) => {
    const exceptIds = [unknownId('Media'), ...(await createOwnMedia(1))]
    expect((await waitForOperation(editor, await tag(editor, { filter, exceptIds }))).total).toBe(4)
  })

  it('completes without items if all media are exceptions', async ({
    users: { editor },
    selected: { ids, filter },
  }) => {
    const operation = await waitForOperation(editor, await tag(editor, { filter, exceptIds: ids }))
    expect(operation).toMatchObject({ status: 'COMPLETED', total: 0 })
  })

  it('accepts 10,000 exceptions', async ({ users: { editor }, selected: { ids, filter } }) => {
    const exceptIds = [...Array.from({ length: 9_999 }, () => `Media:${crypto.randomUUID()}`), ids[0] ?? '']
    expect((await waitForOperation(editor, await tag(editor, { filter, exceptIds }))).total).toBe(3)
  })

  it('leaves its exceptions out when the mutation is repeated with its key', async ({
    world,
    users: { editor },
    selected: { ids, name, filter },
  }) => {
    const [input, idempotencyKey] = [{ target: { filter, exceptIds: [ids[0] ?? ''] }, add: ['keyed'] }, name]
    const send = async () => (await editor.send(MediaBulkTagDocument, { input }, { idempotencyKey })).mediaBulkTag
    const operation = await waitForOperation(editor, await send())
    expect((await waitForOperation(editor, await send())).id).toBe(operation.id)
    expect(await tagsOf(world, ids.slice(0, 2))).toEqual([[name], [name, 'keyed']])
  })

  it('is another request with other exceptions', async ({ users: { editor }, selected: { ids, name, filter } }) => {
    const send = (exceptIds: string[]) =>
      editor.send(
        MediaBulkTagDocument,
        { input: { target: { filter, exceptIds }, add: ['a'] } },
        { idempotencyKey: name },
      )
    expect(await codeOf(send(ids.slice(0, 1)))).toBe('no error')
    expect(await codeOf(send(ids.slice(1, 2)))).toBe('IDEMPOTENCY_MISMATCH')
  })

  it('leaves its exceptions out of work of several transactions', async ({
    world,
    users: { editor },
    createOwnMedia,
  }) => {
    const [ids, filter] = [await createOwnMedia(602), { tagsAny: ['several'] }]
    await waitForOperation(editor, await tag(editor, { ids }, ['several']))
    const exceptIds = [ids[10] ?? '', ids[590] ?? '']
    const operation = await waitForOperation(editor, await tag(editor, { filter, exceptIds }, ['rest']))
    expect(operation).toMatchObject({ status: 'COMPLETED', total: 600, succeeded: 600 })
    expect(await tagsOf(world, exceptIds)).toEqual([['several'], ['several']])
  })
})

describe('exceptions', () => {
  it.for<[string, BulkMediaInput, string[]]>([
    ['without a filter', { ids: [unknownId('Media')], exceptIds: [unknownId('Media')] }, ['target.exceptIds']],
    ['without media to change', { exceptIds: [] }, ['target.ids', 'target.exceptIds']],
    [
      'of more than 10,000 media',
      { filter: { kinds: ['VIDEO'] }, exceptIds: Array.from({ length: 10_001 }, () => unknownId('Media')) },
      ['target.exceptIds'],
    ],
    [
      'of another type',
      { filter: { kinds: ['VIDEO'] }, exceptIds: [unknownId('Media'), unknownId('Upload')] },
      ['target.exceptIds.1'],
    ],
    ['from an empty filter', { filter: {}, exceptIds: [unknownId('Media')] }, ['target.filter']],
  ])('%s are refused', async ([, target, paths], { users: { editor } }) => {
    expect(pathsOf(await tag(editor, target))).toEqual(paths)
  })
})

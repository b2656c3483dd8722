import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { type Client, ResponseError } from '../../client/client.ts'
import {
  MediaDuplicatesDocument,
  MediaMergeDocument,
  type MediaMergeInput,
  MediaVersionsDocument,
  ResourceDeleteDocument,
} from '../../client/generated/documents.ts'
import { mergeTags } from '../../src/services/duplicate/merge.ts'
import { readActions } from '../harness/actions.ts'
import { unknownId, uuidOf } from '../harness/ids.ts'
import { it as base } from '../harness/it.ts'
import { link } from '../harness/links.ts'
import { trashMedia } from '../harness/seed.ts'
import type { World } from '../harness/world.ts'

const merge = async (client: Client, input: MediaMergeInput) =>
  (await client.send(MediaMergeDocument, { input })).mediaMerge

const linkToLesson = async (client: Client, externalId: string, mediaId: string): Promise<void> => {
  const { __typename } = await link(client, mediaId, { type: 'lesson', externalId })
  expect(__typename).toBe('MediaUsage')
}

const it = base
  /** Uploads media with the same content, a new text of this length, as Ada. Returns the ids, oldest first. */
  .extend(
    'createCopies',
    { scope: 'file' },
    ({ world, users: { editor } }) =>
      async (count: number, length: number, tags: string[][] = []): Promise<string[]> => {
        const bytes = Buffer.from(randomUUID().padStart(length, ' '))
        const ids: string[] = []
        for (let index = 0; index < count; index++)
          ids.push(await world.upload(editor, bytes, { fileName: `copy-${index}.txt`, tags: tags[index] ?? [] }))
        return ids
      },
  )
  /** Two copies, and a media of Bob with other content. */
  .extend('mergeable', async ({ world, users: { otherEditor: other }, createCopies }) => {
    const [keepId = '', duplicate = ''] = await createCopies(2, 50)
    const foreignMedia = await world.upload(other, Buffer.from(`foreign ${randomUUID()}`), { fileName: 'bob.txt' })
    return { keepId, duplicate, foreignMedia }
  })
  /** Three merged copies with different tags and lessons. The second one was named twice. */
  .extend('mergeOfThree', async ({ users: { editor }, createCopies }) => {
    const [keepId = '', second = '', third = ''] = await createCopies(3, 70, [
      ['Law'],
      ['law', 'Rome'],
      ['Rome', 'Latin'],
    ])
    const prefix = randomUUID()
    const lessons = [`${prefix}-a`, `${prefix}-b`, `${prefix}-c`] as const
    const [a, b, c] = lessons
    await linkToLesson(editor, a, keepId)
    for (const lesson of [a, b]) await linkToLesson(editor, lesson, second)
    for (const lesson of [b, c]) await linkToLesson(editor, lesson, third)
    const merged = await merge(editor, { keepId, removeIds: [second, third, second] })
    return { keepId, removedIds: [second, third], lessons, merged }
  })

const listClusters = async (client: Client, first?: number) =>
  (await client.send(MediaDuplicatesDocument, { first })).mediaDuplicates

const row = (world: World, id: string) =>
  world.runtime.ports.database.media.findUniqueOrThrow({
    where: { id: uuidOf(id) },
    include: { usages: { include: { resource: true }, orderBy: { resource: { externalId: 'asc' } } } },
  })

const lessonsOf = async (world: World, id: string) =>
  (await row(world, id)).usages.map(({ resource }) => resource.externalId)

describe('mediaDuplicates', () => {
  it('lists clusters of equal content outside the trash, largest waste first', async ({
    world,
    users: { viewer },
    createCopies,
  }) => {
    const [small, large, trashed] = [
      await createCopies(3, 100),
      await createCopies(2, 1000),
      await createCopies(2, 5000),
    ]
    expect((await listClusters(viewer)).map(({ wastedBytes }) => wastedBytes)).toEqual([5000, 1000, 200])
    await trashMedia(world, trashed[0] ?? '')
    const result = await listClusters(viewer)
    expect(result.map(({ wastedBytes, media }) => [wastedBytes, media.map(({ id }) => id)])).toEqual([
      [1000, large],
      [200, small],
    ])
    expect(await listClusters(viewer, 1)).toEqual(result.slice(0, 1))
    const { media } = await viewer.send(MediaVersionsDocument, { id: small[0] ?? '' })
    expect(media?.sha256).toBe(result[1]?.sha256)
  })

  it.for([0, -1, 101])('refuses first: %i', async (first, { users: { viewer } }) => {
    const answer = await listClusters(viewer, first).catch((error: unknown) => error)
    expect(answer).toBeInstanceOf(ResponseError)
    expect(answer).toMatchObject({ errors: [{ extensions: { code: 'INVALID_INPUT', fields: [{ path: 'first' }] } }] })
  })

  it('shows at most 25 media of a cluster', async ({ users: { viewer }, createCopies }) => {
    await createCopies(30, 20_000)
    expect((await listClusters(viewer, 1))[0]).toMatchObject({ wastedBytes: 29 * 20_000, media: { length: 25 } })
  })

  it('takes as many statements for many clusters as for few', async ({ world, users: { viewer }, createCopies }) => {
    for (let index = 0; index < 5; index++) await createCopies(2, 30_000)
    const statementsFor = async (first: number) => {
      const statements = await world.captureStatements(async () =>
        expect(await listClusters(viewer, first)).toHaveLength(first),
      )
      return statements.filter((sql) => !/^(BEGIN|COMMIT)/.test(sql)).length
    }
    await statementsFor(1)
    expect(await statementsFor(5)).toBe(await statementsFor(1))
  })
})

describe('mediaMerge', () => {
  it.for([
    ['viewers', 'viewer'],
    ['editors who did not upload the media', 'otherEditor'],
  ] as const)('refuses %s', async ([, name], { users, mergeable }) => {
    const { keepId, duplicate } = mergeable
    expect((await merge(users[name], { keepId, removeIds: [duplicate] })).__typename).toBe('ForbiddenError')
  })

  it("refuses to remove another user's media", async ({ users: { editor }, mergeable }) => {
    const { keepId, foreignMedia } = mergeable
    expect((await merge(editor, { keepId, removeIds: [foreignMedia] })).__typename).toBe('ForbiddenError')
  })

  it('refuses an unknown media', async ({ users: { editor }, mergeable }) => {
    const { keepId } = mergeable
    expect((await merge(editor, { keepId, removeIds: [unknownId('Media')] })).__typename).toBe('NotFoundError')
  })

  it('refuses media of different content', async ({ users: { admin }, mergeable }) => {
    const { keepId, foreignMedia } = mergeable
    expect((await merge(admin, { keepId, removeIds: [foreignMedia] })).__typename).toBe('StateConflictError')
  })

  it.for([
    ['uploaders', 'editor'],
    ['admins', 'admin'],
  ] as const)('returns the kept media to %s', async ([, name], { users, mergeable }) => {
    const { keepId, duplicate } = mergeable
    expect(await merge(users[name], { keepId, removeIds: [duplicate] })).toMatchObject({
      __typename: 'Media',
      id: keepId,
    })
  })

  it('changes nothing if one of the media is in the trash', async ({ world, users: { editor }, createCopies }) => {
    const [keepId = '', second = '', third = ''] = await createCopies(3, 50)
    await merge(editor, { keepId, removeIds: [second] })
    expect((await merge(editor, { keepId, removeIds: [third, second] })).__typename).toBe('NotFoundError')
    expect((await row(world, third)).deletedAt).toBeNull()
  })

  it.for([
    ['the kept one among the removed', (keepId: string) => ({ keepId, removeIds: [keepId] }), 'removeIds'],
    ['nothing to remove', (keepId: string) => ({ keepId, removeIds: [] }), 'removeIds'],
    ['101 to remove', (keepId: string) => ({ keepId, removeIds: Array(101).fill(unknownId('Media')) }), 'removeIds'],
    ['an id of another type', (keepId: string) => ({ keepId, removeIds: ['User:1'] }), 'removeIds.0'],
    ['no id', () => ({ keepId: '', removeIds: [unknownId('Media')] }), 'keepId'],
  ] as const)('refuses %s', async ([, input, path], { users: { editor }, createCopies }) => {
    const [keepId = ''] = await createCopies(1, 60)
    expect(await merge(editor, input(keepId))).toMatchObject({ __typename: 'InvalidInputError', fields: [{ path }] })
  })

  it('moves the usages to the kept media', async ({ world, mergeOfThree }) => {
    const { keepId, lessons } = mergeOfThree
    expect(await lessonsOf(world, keepId)).toEqual(lessons)
    expect(await row(world, keepId)).toMatchObject({ usageCount: 3, unusedSince: null })
  })

  it('adds the tags to the kept media', async ({ world, mergeOfThree }) => {
    const { keepId, merged } = mergeOfThree
    expect(merged).toMatchObject({ __typename: 'Media', tags: ['Law', 'Rome', 'Latin'] })
    expect(await row(world, keepId)).toMatchObject({ tagKeys: ['law', 'rome', 'latin'] })
  })

  it('moves the other media to the trash', async ({ world, users: { viewer }, mergeOfThree }) => {
    const { removedIds } = mergeOfThree
    for (const id of removedIds) {
      const removed = await row(world, id)
      expect(removed).toMatchObject({ usageCount: 0, usages: [] })
      expect(removed.unusedSince).not.toBeNull()
      const days = ((removed.purgeAt?.getTime() ?? 0) - (removed.deletedAt?.getTime() ?? 0)) / (24 * 60 * 60 * 1000)
      expect(days).toBe(30)
      expect((await viewer.send(MediaVersionsDocument, { id })).media).toBeNull()
    }
  })

  it('logs the moved usages, the deletions and the merge', async ({ world, mergeOfThree }) => {
    const { keepId, removedIds } = mergeOfThree
    for (const id of removedIds)
      expect(await readActions(world, id)).toEqual(expect.arrayContaining(['media.unlinked', 'media.deleted']))
    expect((await readActions(world, keepId)).filter((action) => action === 'media.linked')).toHaveLength(3)
    expect(await readActions(world, keepId)).toContain('media.merged')
  })

  it('keeps the first spelling of a tag', () => {
    expect(
      mergeTags(
        ['A', 'b'],
        [
          ['a', 'C'],
          ['c', 'D'],
        ],
      ),
    ).toEqual(['A', 'b', 'C', 'D'])
  })

  it('keeps the first 50 tags', () => {
    const createTags = (prefix: string, count: number) =>
      Array.from({ length: count }, (_, index) => `${prefix}${index}`)
    expect(mergeTags(createTags('x', 40), [createTags('y', 40)])).toHaveLength(50)
    expect(mergeTags(createTags('x', 50), [createTags('y', 1)])).toEqual(createTags('x', 50))
  })

  it('performs only one of two concurrent merges in opposite directions', async ({
    users: { editor },
    createCopies,
  }) => {
    const [first = '', second = ''] = await createCopies(2, 80)
    const answers = await Promise.all([
      merge(editor, { keepId: first, removeIds: [second] }),
      merge(editor, { keepId: second, removeIds: [first] }),
    ])
    expect(answers.map(({ __typename }) => __typename).toSorted()).toEqual(['Media', 'NotFoundError'])
  })

  it('moves no usage of a resource that is deleted concurrently', async ({
    world,
    users: { editor },
    createCopies,
  }) => {
    for (let round = 0; round < 6; round++) {
      const [keepId = '', second = ''] = await createCopies(2, 85)
      const externalId = randomUUID()
      await linkToLesson(editor, externalId, second)
      const [merged, removed] = await Promise.all([
        merge(editor, { keepId, removeIds: [second] }),
        editor.send(ResourceDeleteDocument, { ref: { type: 'lesson', externalId } }),
      ])
      expect([merged.__typename, removed.resourceDelete.__typename]).toEqual(['Media', 'Deleted'])
      expect(await row(world, keepId)).toMatchObject({ usageCount: 0, usages: [] })
    }
  })

  it('keeps each usage exactly once while other callers link', async ({ world, users: { editor }, createCopies }) => {
    const lessons = fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(fc.array(lessons, { minLength: 2, maxLength: 4 }), fc.nat(), async (linked, pick) => {
        const [prefix, ids] = [randomUUID(), await createCopies(linked.length, 90)]
        for (const [index, numbers] of linked.entries())
          for (const number of numbers) await linkToLesson(editor, `${prefix}-${number}`, ids[index] ?? '')
        const keepId = ids[pick % ids.length] ?? ''
        const late = `${prefix}-late`
        const removeIds = ids.filter((id) => id !== keepId)
        const [merged, linkResult] = await Promise.all([
          merge(editor, { keepId, removeIds }),
          link(editor, removeIds[0] ?? '', { type: 'lesson', externalId: late }),
        ])
        expect(merged.__typename).toBe('Media')
        const expected = new Set(linked.flat().map((number) => `${prefix}-${number}`))
        if (linkResult.__typename === 'MediaUsage') expected.add(late)
        else expect(linkResult.__typename).toBe('NotFoundError')
        expect(await lessonsOf(world, keepId)).toEqual([...expected].toSorted())
        expect((await row(world, keepId)).usageCount).toBe(expected.size)
        for (const id of removeIds) expect(await row(world, id)).toMatchObject({ usageCount: 0, usages: [] })
      }),
      { numRuns: 10 },
    )
  })
})

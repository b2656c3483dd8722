import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Client, ResponseError } from '../../client/client.ts'
import {
  MediaDuplicatesDocument,
  MediaMergeDocument,
  type MediaMergeInput,
  MediaVersionsDocument,
  ResourceDeleteDocument,
} from '../../client/generated/documents.ts'
import { mergeTags } from '../../src/services/duplicate/merge.ts'
import { actionsOf } from '../harness/actions.ts'
import { unknownId, uuidOf } from '../harness/ids.ts'
import { link } from '../harness/links.ts'
import { trashMedia } from '../harness/seed.ts'
import { openWorld, type World } from '../harness/world.ts'

let world: World
let viewer: Client
let editor: Client
let other: Client
let admin: Client

beforeAll(async () => {
  world = await openWorld()
  ;({ viewer, editor, other, admin } = await world.users())
})
afterAll(() => world?.close())

let counter = 0
/** Media with the same bytes, a text of this length of its own; Ada's, oldest first. */
const createCopies = async (count: number, length: number, tags: string[][] = []): Promise<string[]> => {
  const bytes = Buffer.from(String(++counter).padStart(length, ' '))
  const ids: string[] = []
  for (let index = 0; index < count; index++)
    ids.push(await world.upload(editor, bytes, { fileName: `copy-${index}.txt`, tags: tags[index] ?? [] }))
  return ids
}

const listClusters = async (first?: number, client = viewer) =>
  (await client.send(MediaDuplicatesDocument, { first })).mediaDuplicates

const merge = async (client: Client, input: MediaMergeInput) =>
  (await client.send(MediaMergeDocument, { input })).mediaMerge

const linkToLesson = async (externalId: string, mediaId: string): Promise<void> => {
  const { __typename } = await link(editor, mediaId, { type: 'lesson', externalId })
  expect(__typename).toBe('MediaUsage')
}

const row = (id: string) =>
  world.runtime.ports.database.media.findUniqueOrThrow({
    where: { id: uuidOf(id) },
    include: { usages: { include: { resource: true }, orderBy: { resource: { externalId: 'asc' } } } },
  })

const lessonsOf = async (id: string) => (await row(id)).usages.map(({ resource }) => resource.externalId)

describe('mediaDuplicates', () => {
  it('lists clusters of equal content, largest waste first, without the trash', async () => {
    const [small, large, lonely] = [
      await createCopies(3, 100),
      await createCopies(2, 1000),
      await createCopies(2, 5000),
    ]
    expect((await listClusters()).map(({ wastedBytes }) => wastedBytes)).toEqual([5000, 1000, 200])
    await trashMedia(world, lonely[0] ?? '')
    const result = await listClusters()
    expect(result.map(({ wastedBytes, media }) => [wastedBytes, media.map(({ id }) => id)])).toEqual([
      [1000, large],
      [200, small],
    ])
    expect(await listClusters(1)).toEqual(result.slice(0, 1))
    const { media } = await viewer.send(MediaVersionsDocument, { id: small[0] ?? '' })
    expect(media?.sha256).toBe(result[1]?.sha256)
  })

  it.each([0, -1, 101])('refuses first: %i', async (first) => {
    const answer = await listClusters(first).catch((error: unknown) => error)
    expect(answer).toBeInstanceOf(ResponseError)
    expect(answer).toMatchObject({ errors: [{ extensions: { code: 'INVALID_INPUT', fields: [{ path: 'first' }] } }] })
  })

  it('takes as many statements for many clusters as for few, and shows at most 25 of each', async () => {
    await createCopies(30, 20_000)
    for (let index = 0; index < 4; index++) await createCopies(2, 30_000)
    const statementsFor = async (first: number) => {
      const statements = await world.captureStatements(async () =>
        expect(await listClusters(first)).toHaveLength(first),
      )
      return statements.filter((sql) => !/^(BEGIN|COMMIT)/.test(sql)).length
    }
    await statementsFor(1)
    expect(await statementsFor(5)).toBe(await statementsFor(1))
    expect((await listClusters(1))[0]).toMatchObject({ wastedBytes: 29 * 20_000, media: { length: 25 } })
  })
})

describe('mediaMerge', () => {
  it('climbs the ladder', async () => {
    const [keepId = '', second = '', third = ''] = await createCopies(3, 50)
    const foreignMedia = await world.upload(other, Buffer.from('something of his own'), { fileName: 'bob.txt' })
    const input = { keepId, removeIds: [second] }
    expect((await merge(viewer, input)).__typename).toBe('ForbiddenError')
    expect((await merge(other, input)).__typename).toBe('ForbiddenError')
    expect((await merge(editor, { keepId, removeIds: [foreignMedia] })).__typename).toBe('ForbiddenError')
    expect((await merge(editor, { keepId, removeIds: [unknownId('Media')] })).__typename).toBe('NotFoundError')
    expect((await merge(admin, { keepId, removeIds: [foreignMedia] })).__typename).toBe('StateConflictError')
    expect(await merge(editor, input)).toMatchObject({ __typename: 'Media', id: keepId })
    // What is in the trash is not found again, nor is anything half done beside it.
    expect((await merge(editor, { keepId, removeIds: [third, second] })).__typename).toBe('NotFoundError')
    expect((await row(third)).deletedAt).toBeNull()
    expect((await merge(admin, { keepId, removeIds: [third] })).__typename).toBe('Media')
  })

  it.each([
    ['the kept one among the removed', (keepId: string) => ({ keepId, removeIds: [keepId] }), 'removeIds'],
    ['nothing to remove', (keepId: string) => ({ keepId, removeIds: [] }), 'removeIds'],
    ['101 to remove', (keepId: string) => ({ keepId, removeIds: Array(101).fill(unknownId('Media')) }), 'removeIds'],
    ['an id of another type', (keepId: string) => ({ keepId, removeIds: ['User:1'] }), 'removeIds.0'],
    ['no id', () => ({ keepId: '', removeIds: [unknownId('Media')] }), 'keepId'],
  ])('refuses %s', async (_name, input, path) => {
    const [keepId = ''] = await createCopies(1, 60)
    expect(await merge(editor, input(keepId))).toMatchObject({ __typename: 'InvalidInputError', fields: [{ path }] })
  })

  it('moves links and tags to the kept one, and trashes the rest', async () => {
    const [keepId = '', second = '', third = ''] = await createCopies(3, 70, [
      ['Law'],
      ['law', 'Rome'],
      ['Rome', 'Latin'],
    ])
    await linkToLesson('a', keepId)
    for (const lesson of ['a', 'b']) await linkToLesson(lesson, second)
    for (const lesson of ['b', 'c']) await linkToLesson(lesson, third)
    const merged = await merge(editor, { keepId, removeIds: [second, third, second] })
    expect(merged).toMatchObject({ __typename: 'Media', tags: ['Law', 'Rome', 'Latin'] })
    expect(await lessonsOf(keepId)).toEqual(['a', 'b', 'c'])
    expect(await row(keepId)).toMatchObject({ usageCount: 3, unusedSince: null, tagKeys: ['law', 'rome', 'latin'] })
    for (const id of [second, third]) {
      const removed = await row(id)
      expect(removed).toMatchObject({ usageCount: 0, usages: [] })
      expect(removed.unusedSince).not.toBeNull()
      const days = ((removed.purgeAt?.getTime() ?? 0) - (removed.deletedAt?.getTime() ?? 0)) / (24 * 60 * 60 * 1000)
      expect(days).toBe(30)
      expect((await viewer.send(MediaVersionsDocument, { id })).media).toBeNull()
      expect(await actionsOf(world, id)).toEqual(expect.arrayContaining(['media.unlinked', 'media.deleted']))
    }
    expect((await actionsOf(world, keepId)).filter((action) => action === 'media.linked')).toHaveLength(3)
    expect(await actionsOf(world, keepId)).toContain('media.merged')
  })

  it('keeps the longest-known spelling of at most 50 tags', () => {
    const createTags = (prefix: string, count: number) =>
      Array.from({ length: count }, (_, index) => `${prefix}${index}`)
    expect(
      mergeTags(
        ['A', 'b'],
        [
          ['a', 'C'],
          ['c', 'D'],
        ],
      ),
    ).toEqual(['A', 'b', 'C', 'D'])
    expect(mergeTags(createTags('x', 40), [createTags('y', 40)])).toHaveLength(50)
    expect(mergeTags(createTags('x', 50), [createTags('y', 1)])).toEqual(createTags('x', 50))
  })

  it('of two at a time, each wanting to keep the other, does one', async () => {
    const [first = '', second = ''] = await createCopies(2, 80)
    const answers = await Promise.all([
      merge(editor, { keepId: first, removeIds: [second] }),
      merge(editor, { keepId: second, removeIds: [first] }),
    ])
    expect(answers.map(({ __typename }) => __typename).toSorted()).toEqual(['Media', 'NotFoundError'])
  })

  it('moves no link to a lesson that the LMS removes meanwhile', async () => {
    for (let round = 0; round < 6; round++) {
      const [keepId = '', second = ''] = await createCopies(2, 85)
      const externalId = `${counter}-removed`
      await linkToLesson(externalId, second)
      const [merged, removed] = await Promise.all([
        merge(editor, { keepId, removeIds: [second] }),
        editor.send(ResourceDeleteDocument, { ref: { type: 'lesson', externalId } }),
      ])
      expect([merged.__typename, removed.resourceDelete.__typename]).toEqual(['Media', 'Deleted'])
      expect(await row(keepId)).toMatchObject({ usageCount: 0, usages: [] })
    }
  })

  it('loses no link and doubles none, whatever is merged into what while others link', async () => {
    const lessons = fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(fc.array(lessons, { minLength: 2, maxLength: 4 }), fc.nat(), async (linked, pick) => {
        const ids = await createCopies(linked.length, 90)
        for (const [index, numbers] of linked.entries())
          for (const number of numbers) await linkToLesson(`${counter}-${number}`, ids[index] ?? '')
        const keepId = ids[pick % ids.length] ?? ''
        const late = `${counter}-late`
        const removeIds = ids.filter((id) => id !== keepId)
        const [merged, raced] = await Promise.all([
          merge(editor, { keepId, removeIds }),
          link(editor, removeIds[0] ?? '', { type: 'lesson', externalId: late }),
        ])
        expect(merged.__typename).toBe('Media')
        const expected = new Set(linked.flat().map((number) => `${counter}-${number}`))
        if (raced.__typename === 'MediaUsage') expected.add(late)
        else expect(raced.__typename).toBe('NotFoundError')
        expect(await lessonsOf(keepId)).toEqual([...expected].toSorted())
        expect((await row(keepId)).usageCount).toBe(expected.size)
        for (const id of removeIds) expect(await row(id)).toMatchObject({ usageCount: 0, usages: [] })
      }),
      { numRuns: 10 },
    )
  })
})

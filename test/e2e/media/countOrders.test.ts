import fc from 'fast-check'
import { expect } from 'vitest'
import { MediaListDocument, type MediaListQueryVariables } from '../../../client/generated/documents.ts'
import { seedLibrary } from '../../../prisma/seed/library.ts'
import { it as base } from '../../harness/it.ts'
import {
  filterFieldNames,
  filterModel,
  isConsistent,
  libraryOrders,
  readLibraryModel,
} from '../../harness/libraryModel.ts'
import { seedListKeys } from '../../harness/listKeys.ts'
import { pathsOf } from '../../harness/refusals.ts'
import { openSession } from '../../harness/session.ts'
import { tag } from '../operation/calls.ts'

type Filter = NonNullable<MediaListQueryVariables['filter']>

/** More media with one word than RELEVANCE lists. */
const librarySize = 1600

const it = base.extend('library', { scope: 'file', auto: true }, async ({ world }) => {
  const owner = await openSession(world.env['DATABASE_OWNER_URL'])
  await seedLibrary(owner, librarySize).finally(() => owner.end())
  await seedListKeys(world.runtime.ports.database)
  await world.runtime.ports.database.$executeRaw`UPDATE "Media" SET "title" = "title" || ' Campus'`
  return readLibraryModel(world.runtime.ports.database)
})

const searches = fc.constantFrom('campus', 'lecture', 'camps', 'cell', 'exam week', 'nowhere')

it('totalCount is the same for every order', async ({ library, users: { editor } }) => {
  const count = async (filter: Filter, by: (typeof libraryOrders)[number] | 'RELEVANCE') => {
    const { mediaList } = await editor.send(MediaListDocument, { filter, order: { by, direction: 'DESC' }, first: 1 })
    return mediaList.totalCount
  }
  const filters = fc.subarray(filterFieldNames, { maxLength: 2 }).chain((fields) => {
    const values = fields.map((field) => [field, filterModel[field].values(library)])
    return fc.record({ ...Object.fromEntries(values), search: searches })
  }) as fc.Arbitrary<Filter> // as: fromEntries loses the pairs
  let counted = 0
  await fc.assert(
    fc.asyncProperty(filters.filter(isConsistent), async (filter) => {
      const counts = new Set<number>()
      for (const by of [...libraryOrders, 'RELEVANCE' as const]) counts.add(await count(filter, by))
      expect(counts.size).toBe(1)
      if (!counts.has(0)) counted++
    }),
    { numRuns: 12 },
  )
  expect(counted).toBeGreaterThan(3)
})

it('totalCount by relevance counts media that are not listed', async ({ library, users: { editor } }) => {
  const order = { by: 'RELEVANCE', direction: 'DESC' } as const
  const { mediaList } = await editor.send(MediaListDocument, { filter: { search: 'campus' }, order, first: 1 })
  expect(mediaList.totalCount).toBe(library.media.filter(({ deletedAt }) => deletedAt === null).length)
  expect(mediaList.totalCount).toBeGreaterThan(1000)
})

it('totalCount by relevance is the number that a bulk mutation expects', async ({ users: { editor } }) => {
  const order = { by: 'RELEVANCE', direction: 'DESC' } as const
  const filter = { search: 'campus' }
  const { mediaList } = await editor.send(MediaListDocument, { filter, order, first: 1 })
  expect(pathsOf(await tag(editor, { filter, expectedCount: mediaList.totalCount + 1 }))).toBe('StateConflictError')
  expect(pathsOf(await tag(editor, { filter, expectedCount: mediaList.totalCount }))).toBe('Operation')
})

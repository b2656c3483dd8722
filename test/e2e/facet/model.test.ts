import fc from 'fast-check'
import { expect } from 'vitest'
import type { Client } from '../../../client/client.ts'
import { MediaFacetsDocument, type MediaListQueryVariables } from '../../../client/generated/documents.ts'
import { seedLibrary } from '../../../prisma/seed/library.ts'
import { findConflicts } from '../../../src/services/media/filterConflicts.ts'
import { countFacets } from '../../harness/facetModel.ts'
import { uuidOf } from '../../harness/ids.ts'
import { it as base } from '../../harness/it.ts'
import { filterFieldNames, filterModel, readLibraryModel } from '../../harness/libraryModel.ts'
import { openSession } from '../../harness/session.ts'

type Filter = NonNullable<MediaListQueryVariables['filter']>

const runCount = Number(process.env['FACET_RUNS'] ?? 40)
const maxValues = 100

const examples: Filter[] = [
  {},
  { trashed: true },
  { search: 'cell' },
  { tagsAll: ['exam'] },
  { statuses: ['READY'] },
  { used: true },
]

const it = base.extend('library', { scope: 'file', auto: true }, async ({ world }) => {
  const owner = await openSession(world.env['DATABASE_OWNER_URL'])
  await seedLibrary(owner, 900).finally(() => owner.end())
  return readLibraryModel(world.runtime.ports.database)
})

/** Facets as lists of values and counts, in the order of the answer. */
const readFacets = async (client: Client, filter: Filter) => {
  const { mediaFacets: facets } = await client.send(MediaFacetsDocument, { filter, first: maxValues })
  return {
    totalCount: facets.totalCount,
    kinds: facets.kinds.map(({ kind, count }) => [kind, count] as const),
    statuses: facets.statuses.map(({ status, count }) => [status, count] as const),
    tags: facets.tags.map(({ name, count }) => [name.toLowerCase(), count] as const),
    folders: facets.folders.map(({ folder, count }) => [folder ? uuidOf(folder.id) : 'null', count] as const),
    courses: facets.courses.map(({ resource, count }) => [uuidOf(resource.id), count] as const),
    uploaders: facets.uploaders.map(({ user, count }) => [uuidOf(user.id), count] as const),
    months: facets.months.map(({ from, count }) => [new Date(from).toISOString(), count] as const),
  }
}

const anyFilter = (library: Parameters<typeof countFacets>[0]): fc.Arbitrary<Filter> =>
  fc.subarray(filterFieldNames, { maxLength: 3 }).chain((fields) => {
    const values = fields.map((field) => [field, filterModel[field].values(library)])
    return fc.record(Object.fromEntries(values)) as fc.Arbitrary<Filter> // fromEntries loses the pairs
  })

it('each facet counts the media that a naive count finds, for any filter', async ({ library, users: { editor } }) => {
  await fc.assert(
    fc.asyncProperty(anyFilter(library), async (filter) => {
      // The model finds beginnings of any length, the search those of at least three letters.
      fc.pre(filter.search !== 'poster 4' && findConflicts(filter).length === 0)
      const [{ totalCount, ...facets }, expected] = [await readFacets(editor, filter), countFacets(library, filter)]
      expect(totalCount).toBe(expected.totalCount)
      for (const [name, values] of Object.entries(facets)) {
        const counts = expected[name as keyof typeof facets] // as: the same keys
        expect(values.length, name).toBe(Math.min(maxValues, counts.size))
        for (const [value, count] of values) expect(count, `${name}: ${value}`).toBe(counts.get(value))
        expect(new Set(values.map(([value]) => value)).size, name).toBe(values.length)
      }
    }),
    { numRuns: runCount, examples: examples.map((filter) => [filter]) },
  )
})

it('facets by frequency list the most frequent values first', async ({ library, users: { editor } }) => {
  const expected = countFacets(library, { used: true })
  const facets = await readFacets(editor, { used: true })
  for (const name of ['tags', 'folders', 'courses', 'uploaders'] as const) {
    const sorted = [...expected[name].values()].toSorted((left, right) => right - left)
    expect(
      facets[name].map(([, count]) => count),
      name,
    ).toEqual(sorted.slice(0, maxValues))
  }
})

it('months are listed newest first', async ({ library, users: { editor } }) => {
  const months = [...countFacets(library, { used: false }).months.keys()].toSorted().toReversed()
  expect((await readFacets(editor, { used: false })).months.map(([from]) => from)).toEqual(months)
})

it('facets of the same filter have the same order in every answer', async ({ users: { editor } }) => {
  const filters: Filter[] = [{}, { used: true }, { kinds: ['VIDEO'] }]
  for (const filter of filters) expect(await readFacets(editor, filter)).toEqual(await readFacets(editor, filter))
})

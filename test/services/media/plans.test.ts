import fc from 'fast-check'
import { describe, expect } from 'vitest'
import type { MediaListQueryVariables } from '../../../client/generated/documents.ts'
import { seedLibrary } from '../../../prisma/seed/library.ts'
import { parsePage } from '../../../src/services/kernel/paging.ts'
import type { Database } from '../../../src/services/kernel/ports.ts'
import { countMedia } from '../../../src/services/media/count.ts'
import {
  type MediaFilter,
  parseFilter as parseServiceFilter,
  resolveFilter,
} from '../../../src/services/media/filter.ts'
import { parseOrder } from '../../../src/services/media/order.ts'
import { type PageRow, pageSql } from '../../../src/services/media/pageSql.ts'
import { sortKeyText } from '../../../src/services/media/sortKeys.ts'
import { it as base } from '../../harness/it.ts'
import {
  filterFieldNames,
  filterModel,
  findExpectedIds,
  isConsistent,
  libraryOrders,
  readLibraryModel,
} from '../../harness/libraryModel.ts'
import { openSession } from '../../harness/session.ts'

const it = base.extend('library', { scope: 'file' }, async ({ world }) => {
  const owner = await openSession(world.env['DATABASE_OWNER_URL'])
  await seedLibrary(owner, 1500, { variedTitles: true }).finally(() => owner.end())
  return readLibraryModel(world.runtime.ports.database)
})
type Filter = NonNullable<MediaListQueryVariables['filter']>
type Library = Awaited<ReturnType<typeof readLibraryModel>>

const sorts = libraryOrders
const directions = ['ASC', 'DESC'] as const
const searches = [
  'lecture',
  'photosyntesis leture',
  'node.js',
  'js.node',
  '力学',
  '講義',
  'exam week 7',
  'ber',
  'xyzzy',
]

/** As if nothing, everything or something were few. */
const planLimits = [
  { rechecked: 0, sorted: 0, renditions: 0 },
  { rechecked: 0, sorted: 0, renditions: 1e9 },
  { rechecked: 0, sorted: 1e9, renditions: 0 },
  { rechecked: 1e9, sorted: 1e9, renditions: 1e9 },
  { rechecked: 40, sorted: 300, renditions: 200 },
]

const filtersOf = (library: Library): fc.Arbitrary<Filter> =>
  fc
    .subarray(filterFieldNames, { minLength: 1, maxLength: 4 })
    .chain((fields) =>
      fc.record(Object.fromEntries(fields.map((field) => [field, filterModel[field].values(library)]))),
    )
    .filter(isConsistent) as fc.Arbitrary<Filter> // as: fromEntries loses the pairs

/** Parses a filter as GraphQL passes it on: with dates instead of their texts. */
const parseFilter = ({ uploadedAfter, uploadedBefore, ...filter }: Filter) =>
  parseServiceFilter({
    ...filter,
    ...(uploadedAfter == null ? {} : { uploadedAfter: new Date(uploadedAfter) }),
    ...(uploadedBefore == null ? {} : { uploadedBefore: new Date(uploadedBefore) }),
  } as MediaFilter) // as: the lists of variables are readonly

/** Reads a list to its end and back, page by page, by the plan for some limits. */
const readList = async (
  database: Database,
  rawFilter: Filter,
  by: (typeof sorts)[number] | 'RELEVANCE',
  [direction, size, limits]: readonly [(typeof directions)[number], number, (typeof planLimits)[number]],
) => {
  const parsed = parseFilter(rawFilter)
  const order = parseOrder({ by, direction }, Boolean(parsed.search))
  const filter = await resolveFilter(database, parsed, by === 'RELEVANCE', limits)
  const read = async (backward: boolean): Promise<string[]> => {
    const ids: string[] = []
    for (let cursor: string | undefined; ; ) {
      const side = backward ? { last: size, before: cursor } : { first: size, after: cursor }
      const rows = await database.$queryRaw<PageRow[]>(pageSql(filter, order, parsePage(side, order.cursor)))
      const page = rows.slice(0, size)
      ids.push(...page.map(({ id }) => id))
      const last = page.at(-1)
      if (rows.length <= size || last === undefined) return backward ? ids.toReversed() : ids
      cursor = order.cursor.encode([sortKeyText(last.key), last.id])
    }
  }
  return [await read(false), await read(true)]
}

describe('every plan', () => {
  it('lists the media that the model finds, in order', async ({ world, library }) => {
    const { database } = world.runtime.ports
    await fc.assert(
      fc.asyncProperty(
        filtersOf(library).filter(({ search }) => !search?.trim()),
        fc.constantFrom(...sorts),
        fc.tuple(fc.constantFrom(...directions), fc.integer({ min: 60, max: 100 }), fc.constantFrom(...planLimits)),
        async (filter, by, options) => {
          const expected = findExpectedIds(library, filter, { by, direction: options[0] })
          expect(await readList(database, filter, by, options)).toEqual([expected, expected])
        },
      ),
      { numRuns: 60 },
    )
  })

  it('lists the same media for a search, in the same order', async ({ world, library }) => {
    const { database } = world.runtime.ports
    await fc.assert(
      fc.asyncProperty(
        filtersOf(library),
        fc.constantFrom(...searches),
        fc.constantFrom(...sorts, 'RELEVANCE' as const),
        fc.tuple(fc.constantFrom(...directions), fc.integer({ min: 60, max: 100 })),
        async (fields, search, by, [direction, size]) => {
          const filter = { ...fields, search }
          const lists = []
          for (const limits of planLimits) lists.push(await readList(database, filter, by, [direction, size, limits]))
          for (const list of lists) expect(list).toEqual([lists[0]?.[0], lists[0]?.[0]])
        },
      ),
      { numRuns: 25 },
    )
  })
})

describe('totalCount', () => {
  it('is exact up to the limit, and above it an estimate that says so', async ({ world, library }) => {
    const { database } = world.runtime.ports
    let estimates = 0
    const limits = fc.record({ fetched: fc.constantFrom(5, 100, 1e6), covered: fc.constantFrom(20, 200, 1e6) })
    await fc.assert(
      fc.asyncProperty(filtersOf(library), fc.constantFrom(...planLimits), limits, async (filter, planLimit, limit) => {
        const resolved = await resolveFilter(database, parseFilter(filter), false, planLimit)
        // With this sample, no estimate is three times too high, so that each proof of an exceeded limit is right.
        const { count, isEstimate } = await countMedia(database, resolved, { ...limit, sampled: 1000 })
        // The model does not know how searches read short words.
        const [listed] = filter.search?.trim()
          ? await readList(database, filter, 'UPLOADED_AT', ['DESC', 100, planLimit])
          : [findExpectedIds(library, filter, { by: 'UPLOADED_AT', direction: 'DESC' })]
        const expected = listed?.length
        if (!isEstimate) expect(count).toBe(expected)
        else {
          estimates++
          expect(expected).toBeGreaterThan(Math.min(limit.fetched, limit.covered))
          expect(count).toBeGreaterThan(Math.min(limit.fetched, limit.covered))
          expect(count).toBeLessThanOrEqual(library.media.length)
        }
      }),
      { numRuns: 150 },
    )
    expect(estimates).toBeGreaterThan(5)
  })

  it('is the same estimate every time, near the number of matches', async ({ world, library }) => {
    const { database } = world.runtime.ports
    const filter = { renditionStatuses: ['READY' as const] }
    const resolved = await resolveFilter(database, parseFilter(filter))
    const count = () => countMedia(database, resolved, { fetched: 10, covered: 10, sampled: 500 })
    const total = await count()
    const expected = findExpectedIds(library, filter, { by: 'UPLOADED_AT', direction: 'DESC' }).length
    expect(total.isEstimate).toBe(true)
    expect(Math.abs(total.count / expected - 1)).toBeLessThan(0.25)
    expect(await count()).toEqual(total)
  })
})

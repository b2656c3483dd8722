import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { RenditionStatus } from '../../../prisma/generated/client/enums.ts'
import { seedLibrary } from '../../../prisma/seed/library.ts'
import { parsePage } from '../../../src/services/kernel/paging.ts'
import type { Database } from '../../../src/services/kernel/ports.ts'
import { type MediaFilter, parseFilter, resolveFilter } from '../../../src/services/media/filter.ts'
import { parseOrder } from '../../../src/services/media/order.ts'
import { type PageRow, pageSql } from '../../../src/services/media/pageSql.ts'
import { sortKeyText } from '../../../src/services/media/sortKeys.ts'
import { it as base } from '../../harness/it.ts'
import { findExpectedIds, libraryOrders, readLibraryModel } from '../../harness/libraryModel.ts'
import { openSession } from '../../harness/session.ts'

const it = base.extend('library', { scope: 'file' }, async ({ world }) => {
  const owner = await openSession(world.env['DATABASE_OWNER_URL'])
  await seedLibrary(owner, 1500).finally(() => owner.end())
  return readLibraryModel(world.runtime.ports.database)
})

const sorts = libraryOrders
const directions = ['ASC', 'DESC'] as const

/** Filters whose renditions are checked on the first media that have the other conditions. */
const filters = fc.record({
  renditionStatuses: fc.constantFrom<RenditionStatus[]>(['READY'], ['FAILED', 'READY'], Object.values(RenditionStatus)),
  kinds: fc.constantFrom<NonNullable<MediaFilter['kinds']>>(['VIDEO'], ['AUDIO'], ['AUDIO', 'IMAGE']),
})

/** Nothing is few, and a scan ends before it fills a page: so other stages do. */
const planLimits = { rechecked: 0, sorted: 0, renditions: 0 }
const limits = [
  { scanned: 9, fetched: 60 },
  { scanned: 60, fetched: 12 },
]

type Query = readonly [filter: MediaFilter, by: (typeof sorts)[number], direction: (typeof directions)[number]]

const open = async (database: Database, [filter, by, direction]: Query) => ({
  filter: await resolveFilter(database, parseFilter(filter), false, planLimits),
  order: parseOrder({ by, direction }, false),
})

/** The stages that fill a page: those of which PostgreSQL has read rows for it. */
const readStages = async (database: Database, sql: ReturnType<typeof pageSql>): Promise<string[]> => {
  const lines = await database.$queryRaw<{ 'QUERY PLAN': string }[]>(
    Object.assign(sql, { strings: [`EXPLAIN (ANALYZE, COSTS OFF) ${sql.strings[0]}`, ...sql.strings.slice(1)] }),
  )
  return lines.flatMap(({ 'QUERY PLAN': line }) => {
    const [, stage, rows] = /^ *-> {2}CTE Scan on (near|sorted|found) \(actual time=.* rows=([\d.]+)/.exec(line) ?? []
    return stage === undefined || Number(rows) === 0 ? [] : [stage]
  })
}

const readAll = async (database: Database, query: Query, size: number, backward: boolean, scan = limits[0]) => {
  const { filter, order } = await open(database, query)
  const ids: string[] = []
  for (let cursor: string | undefined; ; ) {
    const side = backward ? { last: size, before: cursor } : { first: size, after: cursor }
    const rows = await database.$queryRaw<PageRow[]>(pageSql(filter, order, parsePage(side, order.cursor), scan))
    const page = rows.slice(0, size)
    ids.push(...page.map(({ id }) => id))
    if (ids.length > 1500) throw new Error('The pages show media repeatedly.')
    const last = page.at(-1)
    if (rows.length <= size || last === undefined) return backward ? ids.toReversed() : ids
    cursor = order.cursor.encode([sortKeyText(last.key), last.id])
  }
}

describe('a list whose renditions are checked on the first media', () => {
  it('shows every match once, in order, in both directions', async ({ world, library }) => {
    const { database } = world.runtime.ports
    const pages = fc.tuple(fc.integer({ min: 5, max: 25 }), fc.boolean(), fc.constantFrom(...limits))
    await fc.assert(
      fc.asyncProperty(
        filters,
        fc.constantFrom(...sorts),
        fc.constantFrom(...directions),
        pages,
        async (filter, by, direction, [size, backward, scan]) => {
          const expected = findExpectedIds(library, filter, { by, direction })
          expect(await readAll(database, [filter, by, direction], size, backward, scan)).toEqual(expected)
        },
      ),
      { numRuns: 30, endOnFailure: true },
    )
  })

  it.for<[string, { scanned: number; fetched: number }]>([
    ['near', { scanned: 1500, fetched: 1500 }],
    ['sorted', { scanned: 5, fetched: 60 }],
    ['found', { scanned: 5, fetched: 5 }],
  ])('fills a page from the stage %s', async ([stage, scan], { world, library }) => {
    expect(library.media.length).toBe(1500)
    const { database } = world.runtime.ports
    const query: Query = [{ renditionStatuses: ['READY'], kinds: ['AUDIO'] }, 'SIZE', 'DESC']
    const { filter, order } = await open(database, query)
    const sql = pageSql(filter, order, parsePage({ first: 20 }, order.cursor), scan)
    expect(await readStages(database, sql)).toEqual([stage])
  })
})

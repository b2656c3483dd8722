import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { seedLibrary } from '../../../prisma/seed/library.ts'
import { parsePage } from '../../../src/services/kernel/paging.ts'
import type { Database } from '../../../src/services/kernel/ports.ts'
import {
  type MediaFilter,
  parseFilter,
  type ResolvedFilter,
  resolveFilter,
} from '../../../src/services/media/filter.ts'
import { parseOrder } from '../../../src/services/media/order.ts'
import { type PageRow, pageSql } from '../../../src/services/media/pageSql.ts'
import { sortKeyText } from '../../../src/services/media/sortKeys.ts'
import { it as base } from '../../harness/it.ts'
import { findExpectedIds, readLibraryModel } from '../../harness/libraryModel.ts'
import { openSession } from '../../harness/session.ts'

const librarySize = 1500

/** A library that is small enough to be sampled completely. */
const it = base.extend('library', { scope: 'file' }, async ({ world }) => {
  const owner = await openSession(world.env['DATABASE_OWNER_URL'])
  await seedLibrary(owner, librarySize, { variedTitles: true }).finally(() => owner.end())
  return readLibraryModel(world.runtime.ports.database)
})
type Library = Awaited<ReturnType<typeof readLibraryModel>>

const sectionSize = 200
/** As if no media were few, and all words common. */
const sectionedLimits = { rechecked: 0, sorted: 0, rare: 0, lookedUp: 0, share: 0, section: sectionSize }

/** All pages of a list, in both directions. */
const readBothWays = async (database: Database, filter: ResolvedFilter, by: 'RELEVANCE' | 'UPLOADED_AT') => {
  const order = parseOrder({ by, direction: 'DESC' }, true)
  const read = async (backward: boolean): Promise<string[]> => {
    const ids: string[] = []
    for (let cursor: string | undefined; ; ) {
      const side = backward ? { last: 37, before: cursor } : { first: 37, after: cursor }
      const rows = await database.$queryRaw<PageRow[]>(pageSql(filter, order, parsePage(side, order.cursor)))
      const page = rows.slice(0, 37)
      ids.push(...page.map(({ id }) => id))
      const last = page.at(-1)
      if (rows.length <= 37 || last === undefined) return backward ? ids.toReversed() : ids
      cursor = order.cursor.encode([sortKeyText(last.key), last.id])
    }
  }
  return [await read(false), await read(true)] as const
}

const readRanked = async (database: Database, filter: MediaFilter, limits: object) => {
  const resolved = await resolveFilter(database, parseFilter(filter), true, limits)
  const [forward, backward] = await readBothWays(database, resolved, 'RELEVANCE')
  expect(backward).toEqual(forward)
  return forward
}

const searches = ['lecture', 'node.js', 'js.node', 'exam week', '2023', '講義', 'Cell Division: Overview', 'xyzzy']

const uploads = (library: Library) => library.media.map(({ uploadedAt }) => uploadedAt)
const filtersOf = (library: Library): fc.Arbitrary<MediaFilter> => {
  const fields = {
    kinds: fc.constantFrom(['VIDEO' as const], ['AUDIO' as const, 'IMAGE' as const, 'DOCUMENT' as const]),
    used: fc.boolean(),
    tagsAny: fc.constant(['exam', 'biology']),
    renditionStatuses: fc.constant(['READY' as const]),
    uploadedBefore: fc.constantFrom(...uploads(library)),
    trashed: fc.boolean(),
  }
  return fc
    .subarray(Object.keys(fields) as (keyof typeof fields)[], { maxLength: 2 }) // as: the record's own keys
    .chain((names) =>
      fc.record({
        search: fc.constantFrom(...searches),
        ...Object.fromEntries(names.map((name) => [name, fields[name]])),
      }),
    ) as fc.Arbitrary<MediaFilter> // as: fromEntries loses the pairs
}

/** The media of the section: it begins 30 media before the first match. */
const sectionIds = (library: Library, { uploadedBefore, trashed }: MediaFilter, matches: readonly string[]) => {
  const filter = { ...(uploadedBefore ? { uploadedBefore: uploadedBefore.toISOString() } : {}), trashed }
  const inOrder = findExpectedIds(library, filter as Parameters<typeof findExpectedIds>[1], {
    by: 'UPLOADED_AT',
    direction: 'DESC',
  })
  const first = inOrder.findIndex((id) => matches.includes(id))
  const start = Math.max(0, first - 30)
  return new Set(inOrder.slice(start, start + sectionSize))
}

describe('a search with very many matches', () => {
  it('ranks those with the title itself before all that match in one section of the library', async ({
    world,
    library,
  }) => {
    const { database } = world.runtime.ports
    let sectioned = 0
    await fc.assert(
      fc.asyncProperty(filtersOf(library), async (filter) => {
        const all = await readRanked(database, filter, { ...sectionedLimits, lookedUp: 1e9, share: 1 })
        const ranked = await readRanked(database, filter, sectionedLimits)
        const section = sectionIds(library, filter, all)
        const titled = new Set(
          library.media.filter(({ title }) => title.toLowerCase() === filter.search?.toLowerCase()).map(({ id }) => id),
        )
        expect(ranked).toEqual(all.filter((id) => section.has(id) || titled.has(id)))
        if (ranked.length > 0 && ranked.length < all.length) sectioned++
      }),
      { numRuns: 60, endOnFailure: true },
    )
    expect(sectioned).toBeGreaterThan(10)
  })

  it('finds a word that only old media have', async ({ world, library }) => {
    const { database } = world.runtime.ports
    const [newest] = library.media.map(({ uploadedAt }) => uploadedAt.getTime()).toSorted((a, b) => b - a)
    const old = library.media.filter(
      ({ uploadedAt, deletedAt }) => deletedAt === null && uploadedAt.getTime() < (newest ?? 0) - 3 * 365 * 86_400_000,
    )
    expect(old.length).toBeGreaterThan(20)
    for (const { id, title } of old) await database.media.update({ where: { id }, data: { title: `${title} Retro` } })
    expect(new Set(await readRanked(database, { search: 'retro' }, sectionedLimits))).toEqual(
      new Set(old.map(({ id }) => id)),
    )
  })

  it('is one whose words many media have, however they stand', async ({ world, library }) => {
    const { database } = world.runtime.ports
    const joined = library.media.filter(({ title }) => title.includes('Node.js'))
    expect(joined.length).toBeGreaterThan(100)
    const limits = { ...sectionedLimits, lookedUp: 100, share: 1 }
    const sectionOf = async (search: string) =>
      (await resolveFilter(database, parseFilter({ search }), true, limits)).plan.section
    expect(await readRanked(database, { search: 'js.node' }, limits)).toEqual([])
    expect(await sectionOf('js.node')).not.toBeNull()
    expect(await sectionOf('halbodo')).toBeNull()
  })
})

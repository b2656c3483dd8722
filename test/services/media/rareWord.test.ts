import fc from 'fast-check'
import { expect } from 'vitest'
import { seedLibrary } from '../../../prisma/seed/library.ts'
import { parsePage } from '../../../src/services/kernel/paging.ts'
import type { Database } from '../../../src/services/kernel/ports.ts'
import { countMedia } from '../../../src/services/media/count.ts'
import { parseFilter, resolveFilter } from '../../../src/services/media/filter.ts'
import { parseOrder } from '../../../src/services/media/order.ts'
import { type PageRow, pageSql } from '../../../src/services/media/pageSql.ts'
import { it as base } from '../../harness/it.ts'
import { openSession } from '../../harness/session.ts'

const it = base.extend('words', { scope: 'file' }, async ({ world }) => {
  const owner = await openSession(world.env['DATABASE_OWNER_URL'])
  await seedLibrary(owner, 1500, { variedTitles: true }).finally(() => owner.end())
  const rows = await world.runtime.ports.database.$queryRaw<{ word: string }[]>`
    SELECT "word" FROM ts_stat('SELECT "searchVector" FROM "Media"') ORDER BY "nentry" DESC, "word" LIMIT 400`
  return rows.map(({ word }) => word)
})

/** Whether the plan looks up one word, and the first hundred media and their number. */
const find = async (database: Database, text: string, by: 'RELEVANCE' | 'SIZE', rare: number) => {
  const order = parseOrder({ by, direction: 'DESC' }, true)
  const limits = { rechecked: 0, sorted: 0, lookedUp: 1e9, share: 1, rare }
  const filter = await resolveFilter(database, parseFilter({ search: text }), by === 'RELEVANCE', limits)
  const rows = await database.$queryRaw<PageRow[]>(pageSql(filter, order, parsePage({ first: 100 }, order.cursor)))
  const total = await countMedia(database, filter)
  return { isRare: filter.where.search.some(({ sql }) => sql.includes(' AND ')), list: { rows, total } }
}

it('a search that looks up its rarest word finds the same as one by all words', async ({ world, words }) => {
  const { database } = world.runtime.ports
  const word = fc.oneof(
    fc.constantFrom(...words),
    fc.constantFrom('node.js', 'js.node', '講義', '力', 'photosyntesis', 'lecure', 'ber', '.mp4', 'c++', 'zzz'),
  )
  let different = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(word, { minLength: 1, maxLength: 4 }),
      fc.constantFrom('RELEVANCE' as const, 'SIZE' as const),
      async (list, by) => {
        const [byRare, byAll] = [
          await find(database, list.join(' '), by, 1e6),
          await find(database, list.join(' '), by, 0),
        ]
        expect(byRare.list).toEqual(byAll.list)
        expect(byAll.isRare).toBe(false)
        if (byRare.isRare && byRare.list.rows.length > 0) different++
      },
    ),
    { numRuns: 100, endOnFailure: true },
  )
  expect(different).toBeGreaterThan(10)
})

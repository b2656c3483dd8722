import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { expect } from 'vitest'
import type { Database } from '../../../src/services/kernel/ports.ts'
import { resolveSearch, searchCondition } from '../../../src/services/media/search.ts'
import type { LookedUpWord } from '../../../src/services/search/spelling.ts'
import { it as base } from '../../harness/it.ts'
import { seedMedia } from '../../harness/seed.ts'
import { openSession } from '../../harness/session.ts'

const it = base.extend('mediaIds', { scope: 'file' }, ({ world }) => seedMedia(world, 12))

/** Words with a common beginning: plain ones, codes, and continuations in other scripts. */
const words = fc
  .tuple(
    fc.constantFrom('cell', 'Cellé', 'node', 'img', 'こうぎ', 'лек', 'ab', 'ⅷ'),
    fc.constantFrom('', 's', 'ular', '0001', '9', '++', '#', '.js', '講義', 'ция', '٣', '-b', 'x'.repeat(40)),
    fc.constantFrom('', '', 's', '7'),
  )
  .map((parts) => parts.join(''))
const texts = fc.array(words, { minLength: 1, maxLength: 4 }).map((list) => list.join(' '))

/** The database without knowledge of the words that continue another. */
const withoutCompletions = (database: Database): Database => {
  const $queryRaw = async (strings: TemplateStringsArray, ...values: unknown[]) => {
    const rows = await database.$queryRaw<LookedUpWord[]>(strings, ...values)
    return rows.map((row) => ({ ...row, completions: null }))
  }
  return { $queryRaw } as unknown as Database // as: a search calls nothing else
}

it('a search by the known words finds what a search by beginnings finds', async ({ world, mediaIds }) => {
  const { database } = world.runtime.ports
  const find = async (searcher: Database, text: string) => {
    const search = await resolveSearch(searcher, text)
    const rows = await database.$queryRaw<{ id: string }[]>`
      SELECT "id" FROM "Media" WHERE ${searchCondition(search)} ORDER BY "id"`
    return { ids: rows.map(({ id }) => id), isOpen: search.query.includes(':*') }
  }
  let closedQueries = 0
  const change = fc.record({ id: fc.constantFrom(...mediaIds), title: texts, fileName: texts })
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), fc.array(texts), async (changes, searches) => {
      for (const { id, ...data } of changes) await database.media.update({ where: { id }, data })
      for (const text of searches) {
        const [known, plain] = [await find(database, text), await find(withoutCompletions(database), text)]
        expect(known.ids).toEqual(plain.ids)
        if (plain.isOpen && !known.isOpen) closedQueries++
      }
    }),
    { numRuns: 60 },
  )
  expect(closedQueries).toBeGreaterThan(20)
})

it('a beginning with more than twenty continuations is searched as a beginning', async ({ world, mediaIds }) => {
  const { database } = world.runtime.ports
  const title = Array.from({ length: 21 }, (_, n) => `zebra${String.fromCharCode(97 + n)}`).join(' ')
  await database.media.update({ where: { id: mediaIds[0] ?? '' }, data: { title } })
  expect((await resolveSearch(database, 'zebra')).query).toContain(`'zebra':*`)
  expect((await resolveSearch(database, 'zebraa')).query).not.toContain(':*')
})

it('the migration finds the codes of media that were there before', async ({ world, mediaIds }) => {
  const { database } = world.runtime.ports
  await database.media.update({ where: { id: mediaIds[1] ?? '' }, data: { title: 'img0815 codec264' } })
  const readCodes = async () => {
    const rows = await database.searchCode.findMany({ distinct: ['word'], orderBy: { word: 'asc' } })
    return rows.map(({ word }) => word)
  }
  const codes = await readCodes()
  expect(codes).toEqual(expect.arrayContaining(['codec264', 'img0815']))
  const owner = await openSession(world.env['DATABASE_OWNER_URL'])
  try {
    await owner.query('DELETE FROM "SearchCode"')
    await owner.query(await readFile('prisma/migrations/20261129084600_search_codes_fill/migration.sql', 'utf8'))
  } finally {
    await owner.end()
  }
  // Words of earlier titles are gone with the rows.
  expect(codes).toEqual(expect.arrayContaining(await readCodes()))
  expect(await readCodes()).toEqual(expect.arrayContaining(['codec264', 'img0815']))
})

import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../../client/client.ts'
import type { UsersQueryVariables } from '../../../client/generated/documents.ts'
import { type Walk, walkPages } from '../../harness/paging.ts'
import { codeOf } from '../../harness/refusals.ts'
import { openWorld, type World } from '../../harness/world.ts'
import { upserted, users } from './calls.ts'

let world: World
let editor: Client

beforeAll(async () => {
  world = await openWorld()
  ;({ editor } = await world.cast())
})
afterAll(() => world?.close())

const namesOf = async (search: string): Promise<string[]> =>
  (await users(editor, { search, first: 100 })).nodes.map(({ name }) => name)

describe('search', () => {
  const people: [externalId: string, name: string][] = [
    ['s-1', 'Anna Müller'],
    ['s-2', 'Anna-Maria Mueller-Lüdenscheidt'],
    ['s-3', 'Hanna Möller'],
    ['s-4', 'Sophie Dubois'],
    ['s-5', 'Sofie Nørgård'],
    ['s-6', 'Conor O’Brien'],
    ['s-7', 'Wolfgang Amadeus Papadopoulos'],
    ['s-8', 'Łukasz Żółć'],
    ['s-9', 'Ирина Соколова'],
    ['s-10', '王小明'],
    ['s-11', 'Li Wei'],
    ['s-12', 'Lisa Weiß'],
    ['s-13', 'Thomas Schmidt'],
    ['s-14', 'José González'],
    ['mail:kim.park@school.example', 'Kim'],
    ['mail:kim.parker@school.example', 'Parker'],
    ['UPPER-77', 'Somebody'],
  ]

  beforeAll(async () => {
    for (const [externalId, name] of people) await upserted(editor, externalId, name)
  })

  it.each([
    ['a full name', 'Anna Müller', ['Anna Müller', 'Anna-Maria Mueller-Lüdenscheidt']],
    ['names in another order', 'dubois sophie', ['Sophie Dubois']],
    ['beginnings', 'anna mü', ['Anna Müller', 'Anna-Maria Mueller-Lüdenscheidt']],
    ['beginnings of each name', 'w pap', ['Wolfgang Amadeus Papadopoulos']],
    ['one letter', 'ż', ['Łukasz Żółć']],
    ['both spellings, the typed one first', 'Sofie', ['Sofie Nørgård', 'Sophie Dubois']],
    ['both spellings, the other way round', 'Sophie', ['Sophie Dubois', 'Sofie Nørgård']],
    ['another spelling of both names', 'Tomas Schmitt', ['Thomas Schmidt']],
    ['z for s', 'Jose Gonzales', ['José González']],
    ['ue for ü', 'ludenscheidt', ['Anna-Maria Mueller-Lüdenscheidt']],
    ['ue for ü in a beginning', 'luedens', ['Anna-Maria Mueller-Lüdenscheidt']],
    ['no accents', 'norgard', ['Sofie Nørgård']],
    ['accents, another case and punctuation', '«ŁUKASZ», żółć!', ['Łukasz Żółć']],
    ['ss for ß', 'weiss', ['Lisa Weiß']],
    ['an apostrophe left out', 'obrien', ['Conor O’Brien']],
    ['another apostrophe', "o'brien", ['Conor O’Brien']],
    ['one typo', 'duboiz', ['Sophie Dubois']],
    ['two letters swapped', 'sohpie dubois', ['Sophie Dubois']],
    ['two typos in a long name', 'papadopuloz', ['Wolfgang Amadeus Papadopoulos']],
    ['typos in two names', 'wolfgagn papadoploulos', ['Wolfgang Amadeus Papadopoulos']],
    ['another script', 'соколова', ['Ирина Соколова']],
    ['a typo in another script', 'сокалова', ['Ирина Соколова']],
    ['a script without blanks', '王小', ['王小明']],
    ['the very name before longer ones', 'li', ['Li Wei', 'Lisa Weiß']],
    ['an external id', 'mail:kim.park@school.example', ['Kim']],
    ['the beginning of external ids', 'mail:kim.park', ['Kim', 'Parker']],
    ['an external id in another case', 'upper-77', ['Somebody']],
    ['nothing that is not there', 'Zebediah', []],
    ['nothing by signs', '!!!', []],
    ['nothing by what would be a pattern', '%', []],
    ["nothing by a query's own signs", "'zebediah':* | !a", []],
  ])('finds by %s', async (_what, search, names) => {
    expect(await namesOf(search)).toEqual(names)
    expect((await users(editor, { search, first: 1 })).totalCount).toBe(names.length)
  })

  it('of a blank text is the whole list', async () => {
    expect(await users(editor, { search: ' ', first: 100 })).toEqual(await users(editor, { first: 100 }))
  })

  it('follows a new name', async () => {
    await upserted(editor, 's-7', 'Kunigunde Papadopoulos')
    expect(await namesOf('wolfgang')).toEqual([])
    expect(await namesOf('kunigund papadopulos')).toEqual(['Kunigunde Papadopoulos'])
  })

  it('looks at the first words of a long text, and bears any text', async () => {
    expect(await namesOf('a '.repeat(127))).toContain('Anna Müller')
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 60 }), async (text) => {
        const search = text.replaceAll('\0', '')
        expect(await codeOf(users(editor, { search }))).toBe('no error')
      }),
      { numRuns: 40 },
    )
  })
})

describe('pages', () => {
  const walk = (search: string | undefined, how: Walk): Promise<string[]> =>
    walkPages(async (side) => {
      const { nodes, pageInfo } = await users(editor, { search, ...side })
      return { ids: nodes.map(({ id }) => id), pageInfo }
    }, how)

  it('show everybody exactly once, in order, while others come and are renamed', async () => {
    const { database } = world.runtime.ports
    const given = ['Anna', 'anna', 'Änna', 'Hanna', 'Annabel', 'Zoë', 'Ana']
    await database.user.createMany({
      data: Array.from({ length: 140 }, (_, n) => ({ externalId: `page-${n}`, name: `${given[n % 7]} ${n % 5}` })),
    })
    const [moving] = await database.user.createManyAndReturn({ data: [{ externalId: 'moving', name: 'Anna Moving' }] })
    const known = new Map<string | undefined, string[]>()
    const untouched = (ids: string[]) => ids.filter((id) => id !== `User:${moving?.id}`)
    for (const search of [undefined, 'anna', 'anna 3']) known.set(search, untouched(await walk(search, { size: 100 })))
    expect(known.get(undefined)).toHaveLength((await database.user.count()) - 1)
    expect(known.get('anna')?.length).toBeGreaterThan(100)
    let comers = 0
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(undefined, 'anna', 'anna 3'),
        fc.integer({ min: 7, max: 100 }),
        fc.boolean(),
        fc.constantFrom(...given),
        async (search, size, backward, name) => {
          const between = async () => {
            const externalId = `comer-${comers++}`
            await database.user.createMany({ data: [{ externalId, name: `${name} ${comers % 5}` }] })
            await database.user.update({ where: { id: moving?.id }, data: { name: `${name} ${comers}` } })
          }
          const ids = await walk(search, { size, backward, between })
          expect(new Set(untouched(ids)).size).toBe(untouched(ids).length)
          const before = new Set(known.get(search))
          expect(ids.filter((id) => before.has(id))).toEqual(known.get(search))
        },
      ),
      { numRuns: 25 },
    )
  })

  it('of a very common name hold the first 1,000, whom newcomers do not push out', async () => {
    const { database } = world.runtime.ports
    const many = (from: number, count: number) =>
      database.user.createMany({
        data: Array.from({ length: count }, (_, n) => ({ externalId: `bob-${from + n}`, name: `Bob ${from + n}` })),
      })
    await many(1000, 990)
    await many(2000, 30)
    const first = await database.user.findMany({
      where: { name: { startsWith: 'Bob ' } },
      orderBy: { id: 'asc' },
      take: 1000,
    })
    let comers = 0
    const seen = await walk('bob', { size: 100, between: () => many(3000 + comers++, 1) })
    expect(new Set(seen)).toEqual(new Set(first.map(({ id }) => `User:${id}`)))
    expect(seen).toHaveLength(1000)
    expect((await users(editor, { search: 'bob', first: 1 })).totalCount).toBe(1000)
    const { id } = await upserted(editor, 'the-bob', 'Bob')
    expect((await users(editor, { search: 'bob', first: 1 })).nodes).toMatchObject([{ id }])
  })

  it('go on finding what a mistyped name meant, although somebody comes who is called like that', async () => {
    for (let n = 0; n < 30; n++) await upserted(editor, `typo-${n}`, `Balthasar ${n}`)
    const expected = await walk('blathasra', { size: 100 })
    expect(expected).toHaveLength(30)
    let comers = 0
    const seen = await walk('blathasra', {
      size: 7,
      between: () => upserted(editor, `typo-comer-${comers++}`, 'Blathasra'),
    })
    expect(seen).toEqual(expected)
  })

  it('are by name regardless of case, then by id', async () => {
    const rows = await world.runtime.ports.database.user.findMany()
    const key = ({ name, id }: { name: string; id: string }) =>
      [...name.toLowerCase(), '\0', id].map((sign) => sign.codePointAt(0) ?? 0)
    const sorted = rows.toSorted((left, right) => {
      const [a, b] = [key(left), key(right)]
      const at = a.findIndex((code, index) => code !== b[index])
      return (a[at] ?? 0) - (b[at] ?? 0)
    })
    expect(await walk(undefined, { size: 100 })).toEqual(sorted.map(({ id }) => `User:${id}`))
  })

  it('cost as many statements for many rows as for few', async () => {
    const count = async (variables: UsersQueryVariables) => {
      return (await world.statementsOf(() => users(editor, variables))).length
    }
    await count({ first: 1 })
    for (const search of [undefined, 'anna']) {
      expect(await count({ first: 100, search })).toBe(await count({ first: 2, search }))
      expect(await count({ first: 100, search })).toBeLessThanOrEqual(4)
    }
  })
})

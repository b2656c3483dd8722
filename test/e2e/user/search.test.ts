import fc from 'fast-check'
import { describe, expect } from 'vitest'
import type { Client } from '../../../client/client.ts'
import type { UsersQueryVariables } from '../../../client/generated/documents.ts'
import { it } from '../../harness/it.ts'
import { type PagingOptions, readAllPages } from '../../harness/paging.ts'
import { codeOf } from '../../harness/refusals.ts'
import { listUsers, upsertUser } from './calls.ts'

const namesOf = async (editor: Client, search: string): Promise<string[]> =>
  (await listUsers(editor, { search, first: 100 })).nodes.map(({ name }) => name)

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
    ['UPPER-77', 'Robin'],
  ]

  it.beforeAll(async ({ users: { editor } }) => {
    for (const [externalId, name] of people) await upsertUser(editor, externalId, name)
  })

  it.for([
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
    ['a whole name before longer ones', 'li', ['Li Wei', 'Lisa Weiß']],
    ['an external id', 'mail:kim.park@school.example', ['Kim']],
    ['the beginning of external ids', 'mail:kim.park', ['Kim', 'Parker']],
    ['an external id in another case', 'upper-77', ['Robin']],
  ] as const)('finds users by %s', async ([, search, names], { users: { editor } }) => {
    expect(await namesOf(editor, search)).toEqual(names)
    expect((await listUsers(editor, { search, first: 1 })).totalCount).toBe(names.length)
  })

  it.for([
    ['an unknown name', 'Zebediah'],
    ['punctuation', '!!!'],
    ['a LIKE pattern', '%'],
    ['tsquery syntax', "'zebediah':* | !a"],
  ] as const)('finds no one by %s', async ([, search], { users: { editor } }) => {
    expect(await namesOf(editor, search)).toEqual([])
    expect((await listUsers(editor, { search, first: 1 })).totalCount).toBe(0)
  })

  it('returns all users for a blank text', async ({ users: { editor } }) => {
    expect(await listUsers(editor, { search: ' ', first: 100 })).toEqual(await listUsers(editor, { first: 100 }))
  })

  it('finds a renamed user by the new name only', async ({ users: { editor } }) => {
    await upsertUser(editor, 's-7', 'Kunigunde Papadopoulos')
    expect(await namesOf(editor, 'wolfgang')).toEqual([])
    expect(await namesOf(editor, 'kunigund papadopulos')).toEqual(['Kunigunde Papadopoulos'])
  })

  it('looks up the first words of a long text', async ({ users: { editor } }) => {
    expect(await namesOf(editor, 'a '.repeat(127))).toContain('Anna Müller')
  })

  it('accepts any text', async ({ users: { editor } }) => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 60 }), async (text) => {
        const search = text.replaceAll('\0', '')
        expect(await codeOf(listUsers(editor, { search }))).toBe('no error')
      }),
      { numRuns: 40 },
    )
  })
})

describe('pages', () => {
  const walk = (editor: Client, search: string | undefined, options: PagingOptions): Promise<string[]> =>
    readAllPages(async (side) => {
      const { nodes, pageInfo } = await listUsers(editor, { search, ...side })
      return { ids: nodes.map(({ id }) => id), pageInfo }
    }, options)

  it('show each user once, in order, while users are added or renamed', async ({ world, users: { editor } }) => {
    const { database } = world.runtime.ports
    const firstNames = ['Anna', 'anna', 'Änna', 'Hanna', 'Annabel', 'Zoë', 'Ana']
    await database.user.createMany({
      data: Array.from({ length: 140 }, (_, n) => ({ externalId: `page-${n}`, name: `${firstNames[n % 7]} ${n % 5}` })),
    })
    const [renamedUser] = await database.user.createManyAndReturn({
      data: [{ externalId: 'moving', name: 'Anna Moving' }],
    })
    const expectedIds = new Map<string | undefined, string[]>()
    const withoutRenamed = (ids: string[]) => ids.filter((id) => id !== `User:${renamedUser?.id}`)
    for (const search of [undefined, 'anna', 'anna 3'])
      expectedIds.set(search, withoutRenamed(await walk(editor, search, { size: 100 })))
    expect(expectedIds.get(undefined)).toHaveLength((await database.user.count()) - 1)
    expect(expectedIds.get('anna')?.length).toBeGreaterThan(100)
    let newUserCount = 0
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(undefined, 'anna', 'anna 3'),
        fc.integer({ min: 7, max: 100 }),
        fc.boolean(),
        fc.constantFrom(...firstNames),
        async (search, size, backward, name) => {
          const betweenPages = async () => {
            const externalId = `new-${newUserCount++}`
            await database.user.createMany({ data: [{ externalId, name: `${name} ${newUserCount % 5}` }] })
            await database.user.update({ where: { id: renamedUser?.id }, data: { name: `${name} ${newUserCount}` } })
          }
          const ids = await walk(editor, search, { size, backward, betweenPages })
          expect(new Set(withoutRenamed(ids)).size).toBe(withoutRenamed(ids).length)
          const expectedSet = new Set(expectedIds.get(search))
          expect(ids.filter((id) => expectedSet.has(id))).toEqual(expectedIds.get(search))
        },
      ),
      { numRuns: 25 },
    )
  })

  it('of a very common name show the oldest 1,000 users, also while users are added', async ({
    world,
    users: { editor },
  }) => {
    const { database } = world.runtime.ports
    const createBobs = (from: number, count: number) =>
      database.user.createMany({
        data: Array.from({ length: count }, (_, n) => ({ externalId: `bob-${from + n}`, name: `Bob ${from + n}` })),
      })
    await createBobs(1000, 990)
    await createBobs(2000, 30)
    const first = await database.user.findMany({
      where: { name: { startsWith: 'Bob ' } },
      orderBy: { id: 'asc' },
      take: 1000,
    })
    let newUserCount = 0
    const pagedIds = await walk(editor, 'bob', { size: 100, betweenPages: () => createBobs(3000 + newUserCount++, 1) })
    expect(new Set(pagedIds)).toEqual(new Set(first.map(({ id }) => `User:${id}`)))
    expect(pagedIds).toHaveLength(1000)
    expect((await listUsers(editor, { search: 'bob', first: 1 })).totalCount).toBe(1000)
  })

  it('of a very common name start with an exact match', async ({ world, users: { editor } }) => {
    const { database } = world.runtime.ports
    await database.user.createMany({
      data: Array.from({ length: 1000 }, (_, n) => ({ externalId: `tom-${n}`, name: `Tom ${n}` })),
    })
    const { id } = await upsertUser(editor, 'the-tom', 'Tom')
    expect((await listUsers(editor, { search: 'tom', first: 1 })).nodes).toMatchObject([{ id }])
  })

  it('of a mistyped name stay the same while users of that name are added', async ({ users: { editor } }) => {
    for (let n = 0; n < 30; n++) await upsertUser(editor, `typo-${n}`, `Balthasar ${n}`)
    const expected = await walk(editor, 'blathasra', { size: 100 })
    expect(expected).toHaveLength(30)
    let newUserCount = 0
    const pagedIds = await walk(editor, 'blathasra', {
      size: 7,
      betweenPages: () => upsertUser(editor, `typo-new-${newUserCount++}`, 'Blathasra'),
    })
    expect(pagedIds).toEqual(expected)
  })

  it('are ordered by name regardless of case and accents, then by id', async ({ world, users: { editor } }) => {
    const rows = await world.runtime.ports.database.user.findMany()
    const compareNames = new Intl.Collator('en', { sensitivity: 'base', numeric: true }).compare
    const sorted = rows.toSorted((left, right) => compareNames(left.name, right.name) || (left.id < right.id ? -1 : 1))
    expect(await walk(editor, undefined, { size: 100 })).toEqual(sorted.map(({ id }) => `User:${id}`))
  })

  it('take as many statements for many rows as for few', async ({ world, users: { editor } }) => {
    const count = async (variables: UsersQueryVariables) => {
      return (await world.captureStatements(() => listUsers(editor, variables))).length
    }
    await count({ first: 1 })
    for (const search of [undefined, 'anna']) {
      expect(await count({ first: 100, search })).toBe(await count({ first: 2, search }))
      expect(await count({ first: 100, search })).toBeLessThanOrEqual(4)
    }
  })
})

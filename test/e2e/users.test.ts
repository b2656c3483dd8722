import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Client, createClient, ResponseError } from '../../client/client.ts'
import {
  UserDocument,
  UsersDocument,
  type UsersQueryVariables,
  UserUpsertDocument,
  type UserUpsertInput,
  ViewerDocument,
} from '../../client/generated/documents.ts'
import { makeToken, type TokenOptions } from '../../src/adapters/auth.ts'
import { openWorld, testSecret, type World } from '../harness/world.ts'

let world: World
let viewer: Client
let editor: Client
let admin: Client

beforeAll(async () => {
  world = await openWorld()
  ;[viewer, editor, admin] = await Promise.all([
    world.client('viewer', 'Vera'),
    world.client('editor', 'Ada'),
    world.client('admin', 'Root'),
  ])
})
afterAll(() => world?.close())

const users = async (variables: UsersQueryVariables, client = editor) =>
  (await client.send(UsersDocument, variables)).users

const namesOf = async (search: string): Promise<string[]> =>
  (await users({ search, first: 100 })).nodes.map(({ name }) => name)

const upsert = async (input: UserUpsertInput, client = editor) =>
  (await client.send(UserUpsertDocument, { input })).userUpsert

const upserted = async (externalId: string, name: string) => {
  const user = await upsert({ externalId, name })
  if (user.__typename !== 'User') throw new Error(user.message)
  return user
}

/** What somebody finds out about themself with a token that says this. */
const callAs = async (said: Partial<TokenOptions>) => {
  const token = await makeToken(testSecret, {
    sub: 'caller',
    name: 'Caller',
    role: 'viewer',
    kind: 'person',
    expires: '1h',
    ...said,
  })
  return (await createClient({ url: world.graphqlUrl, token }).send(ViewerDocument, {})).viewer
}

const rawId = (id: string): string => id.slice(id.indexOf(':') + 1)

const logOf = async (id: string) => {
  const { database } = world.runtime.ports
  const rows = await database.event.findMany({ where: { nodeId: rawId(id) }, orderBy: { id: 'asc' } })
  return rows.map(({ action, actorId, data }) => ({ action, actorId, data }))
}

const codeOf = (answer: Promise<unknown>): Promise<string | undefined> =>
  answer.then(
    () => 'no error',
    (error: unknown) => (error instanceof ResponseError ? error.errors[0]?.extensions?.code : String(error)),
  )

describe('users', () => {
  it('are listed for editors and admins', async () => {
    const nobody = createClient({ url: world.graphqlUrl, token: 'none' })
    expect(await codeOf(nobody.send(UsersDocument, {}))).toBe('UNAUTHENTICATED')
    expect(await codeOf(users({}, viewer))).toBe('FORBIDDEN')
    // Who may not ask learns nothing about how to ask.
    expect(await codeOf(users({ first: 0 }, viewer))).toBe('FORBIDDEN')
    await admin.send(ViewerDocument, {})
    expect((await users({})).nodes.map(({ name }) => name)).toEqual(['Ada', 'Root', 'Vera'])
    expect(await users({}, admin)).toEqual(await users({}))
  })

  it.each<[string, UsersQueryVariables]>([
    ['first: 101', { first: 101 }],
    ['first and last', { first: 1, last: 1 }],
    ['a search of 256 characters', { search: 'a'.repeat(256) }],
    ['a search of 10,000 characters', { search: 'a'.repeat(10_000) }],
    ['a NUL', { search: 'a\0b' }],
    ['a lone surrogate', { search: 'a\ud800' }],
    ['a cursor that is none', { after: 'x' }],
  ])('refuse %s', async (_what, variables) => {
    expect(await codeOf(users(variables))).toBe('INVALID_INPUT')
  })

  it('refuse a cursor of the other order', async () => {
    const { pageInfo } = await users({ first: 1 })
    expect(await codeOf(users({ first: 1, after: pageInfo.endCursor }))).toBe('no error')
    expect(await codeOf(users({ first: 1, after: pageInfo.endCursor, search: 'Ada' }))).toBe('INVALID_INPUT')
  })
})

describe('user', () => {
  it('is anybody for editors and admins, and only themself for viewers', async () => {
    const { viewer: vera } = await viewer.send(ViewerDocument, {})
    const { viewer: ada } = await editor.send(ViewerDocument, {})
    const find = async (id: string, client: Client) => (await client.send(UserDocument, { id })).user
    expect(await find(vera.id, viewer)).toEqual({ id: vera.id, name: 'Vera', role: 'VIEWER' })
    expect(await find(ada.id, viewer)).toBeNull()
    for (const client of [editor, admin]) expect(await find(vera.id, client)).toMatchObject({ name: 'Vera' })
    const unknown = 'User:019a5b3c-0000-7000-8000-000000000000'
    for (const client of [viewer, editor]) {
      expect(await find(unknown, client)).toBeNull()
      for (const id of ['', 'User:1', rawId(vera.id), `Media:${rawId(vera.id)}`])
        expect(await codeOf(find(id, client))).toBe('INVALID_INPUT')
    }
  })
})

describe('userUpsert', () => {
  it('makes and renames users for editors and admins, and says it once in the log', async () => {
    const input = { externalId: 'lms-1', name: 'Lea' }
    expect((await upsert(input, viewer)).__typename).toBe('ForbiddenError')
    expect((await upsert({ externalId: '', name: '' }, viewer)).__typename).toBe('ForbiddenError')
    const made = await upserted('lms-1', 'Lea')
    expect(made).toMatchObject({ externalId: 'lms-1', name: 'Lea', role: 'VIEWER', kind: 'PERSON' })
    expect(await upsert(input, editor)).toEqual(made)
    expect(await upsert({ externalId: ' lms-1 ', name: 'Lea Maria' }, admin)).toEqual({ ...made, name: 'Lea Maria' })
    expect(await upsert({ externalId: 'lms-1', name: ' Lea Maria ' }, editor)).toEqual({ ...made, name: 'Lea Maria' })
    const [ada, root] = await Promise.all([editor, admin].map(async (client) => client.send(ViewerDocument, {})))
    expect(await logOf(made.id)).toEqual([
      { action: 'user.appeared', actorId: rawId(ada?.viewer.id ?? ''), data: input },
      {
        action: 'user.changed',
        actorId: rawId(root?.viewer.id ?? ''),
        data: { name: 'Lea Maria', role: 'VIEWER', kind: 'PERSON' },
      },
    ])
  })

  it.each<[string, UserUpsertInput, string[]]>([
    ['nothing', { externalId: '', name: '' }, ['externalId', 'name']],
    ['blanks', { externalId: ' ', name: '\t' }, ['externalId', 'name']],
    ['256 characters', { externalId: 'a'.repeat(256), name: 'a'.repeat(256) }, ['externalId', 'name']],
    ['10,000 characters', { externalId: 'a'.repeat(10_000), name: 'a'.repeat(10_000) }, ['externalId', 'name']],
    ['a NUL', { externalId: 'a\0b', name: 'a\0b' }, ['externalId', 'name']],
    ['a lone surrogate', { externalId: 'a\ud800', name: 'a\udc00' }, ['externalId', 'name']],
    ['two lines', { externalId: 'two-lines', name: 'a\nb' }, ['name']],
    ['text that reads backwards', { externalId: 'backwards', name: 'a\u202eb' }, ['name']],
  ])('refuses %s', async (_what, input, paths) => {
    const refusal = await upsert(input)
    if (refusal.__typename !== 'InvalidInputError') throw new Error(refusal.__typename)
    expect([...new Set(refusal.fields.map(({ path }) => path))]).toEqual(paths)
  })

  it('takes 255 characters of any script and symbol', async () => {
    const input = { externalId: '\u{1F393}'.repeat(127), name: `${'名'.repeat(253)}\u{1F393}` }
    expect(await upsert(input)).toMatchObject(input)
  })

  it('makes one user, however many ask for the same at once', async () => {
    const names = ['One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight']
    const made = await Promise.all([
      ...names.map((name) => upserted('at-once', name)),
      callAs({ sub: 'at-once', name: 'Nine', role: 'editor' }),
    ])
    expect(new Set(made.map(({ id }) => id)).size).toBe(1)
    const [user] = made
    const log = await logOf(user?.id ?? '')
    expect(log.filter(({ action }) => action === 'user.appeared')).toHaveLength(1)
    const row = await world.runtime.ports.database.user.findUniqueOrThrow({ where: { externalId: 'at-once' } })
    expect(row).toMatchObject({ role: 'EDITOR', kind: 'PERSON' })
    // Each row tells what has become of the one before.
    expect(log.at(-1)?.data).toEqual({ name: row.name, role: row.role, kind: row.kind })
    await Promise.all(names.map(() => upserted('at-once', 'Ten')))
    expect(await logOf(user?.id ?? '')).toHaveLength(log.length + 1)
  })

  it('leaves role and kind as the last token said them', async () => {
    await callAs({ sub: 'robot', name: 'Robot', role: 'admin', kind: 'service' })
    expect(await upserted('robot', 'Robot 2')).toMatchObject({ name: 'Robot 2', role: 'ADMIN', kind: 'SERVICE' })
  })
})

describe('a name is as it was last said', () => {
  it('by userUpsert, until a token says another than the token before', async () => {
    const said = { sub: 'nora', name: 'Nora' }
    const { id } = await callAs(said)
    await upserted('nora', 'Nora Berg')
    expect(await callAs(said)).toMatchObject({ id, name: 'Nora Berg' })
    expect(await callAs({ ...said, role: 'editor' })).toMatchObject({ name: 'Nora Berg', role: 'EDITOR' })
    expect(await callAs({ ...said, name: 'Nora Lund' })).toMatchObject({ name: 'Nora Lund' })
    expect(await callAs(said)).toMatchObject({ name: 'Nora' })
    const log = await logOf(id)
    expect(log.map(({ data }) => (data as { name: string }).name)).toEqual([
      // as both actions have it
      'Nora',
      'Nora Berg',
      'Nora Berg',
      'Nora Lund',
      'Nora',
    ])
  })

  it('by the first token, over what userUpsert said before', async () => {
    const { id } = await upserted('olaf', 'Olaf (new)')
    expect(await callAs({ sub: 'olaf', name: 'Olaf', role: 'editor' })).toMatchObject({
      id,
      name: 'Olaf',
      role: 'EDITOR',
    })
  })

  it('whatever process is asked', async () => {
    const other = await openWorld({ env: { DATABASE_URL: world.env['DATABASE_URL'] ?? '' } })
    try {
      const said = { sub: 'petra', name: 'Petra' }
      const { id } = await callAs(said)
      const elsewhere = other.runtime.services.users
      const actor = { type: 'user', userId: rawId(id), role: 'EDITOR', requestId: null } as const
      await elsewhere.upsert(actor, { externalId: 'petra', name: 'Petra Falk' })
      // One process knows the token, the other one meets it for the first time.
      const identity = { externalId: 'petra', name: 'Petra', role: 'VIEWER', kind: 'PERSON', expiresAt: null } as const
      await elsewhere.recognise(identity, null)
      expect(await callAs(said)).toMatchObject({ name: 'Petra Falk' })
      expect(await logOf(id)).toHaveLength(2)
    } finally {
      await other.close()
    }
  })
})

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
    for (const [externalId, name] of people) await upserted(externalId, name)
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
    expect((await users({ search, first: 1 })).totalCount).toBe(names.length)
  })

  it('of a blank text is the whole list', async () => {
    expect(await users({ search: ' ', first: 100 })).toEqual(await users({ first: 100 }))
  })

  it('follows a new name', async () => {
    await upserted('s-7', 'Kunigunde Papadopoulos')
    expect(await namesOf('wolfgang')).toEqual([])
    expect(await namesOf('kunigund papadopulos')).toEqual(['Kunigunde Papadopoulos'])
  })

  it('looks at the first words of a long text, and bears any text', async () => {
    expect(await namesOf('a '.repeat(127))).toContain('Anna Müller')
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 60 }), async (text) => {
        const search = text.replaceAll('\0', '')
        expect(await codeOf(users({ search }))).toBe('no error')
      }),
      { numRuns: 40 },
    )
  })
})

describe('pages', () => {
  /** All ids from one end to the other; `between` happens after each page. */
  const walk = async (search: string | undefined, size: number, backward: boolean, between: () => Promise<unknown>) => {
    const seen: string[] = []
    let cursor: string | null | undefined
    for (;;) {
      const side = backward ? { last: size, before: cursor } : { first: size, after: cursor }
      const { nodes, pageInfo } = await users({ search, ...side })
      const ids = nodes.map(({ id }) => id)
      if (backward) seen.unshift(...ids)
      else seen.push(...ids)
      cursor = backward ? pageInfo.startCursor : pageInfo.endCursor
      if (!(backward ? pageInfo.hasPreviousPage : pageInfo.hasNextPage)) return seen
      await between()
    }
  }

  it('show everybody exactly once, in order, while others come and are renamed', async () => {
    const { database } = world.runtime.ports
    const given = ['Anna', 'anna', 'Änna', 'Hanna', 'Annabel', 'Zoë', 'Ana']
    await database.user.createMany({
      data: Array.from({ length: 140 }, (_, n) => ({ externalId: `page-${n}`, name: `${given[n % 7]} ${n % 5}` })),
    })
    const [moving] = await database.user.createManyAndReturn({ data: [{ externalId: 'moving', name: 'Anna Moving' }] })
    const known = new Map<string | undefined, string[]>()
    const untouched = (ids: string[]) => ids.filter((id) => id !== `User:${moving?.id}`)
    for (const search of [undefined, 'anna', 'anna 3'])
      known.set(search, untouched(await walk(search, 100, false, async () => undefined)))
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
          const ids = await walk(search, size, backward, between)
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
    const seen = await walk('bob', 100, false, () => many(3000 + comers++, 1))
    expect(new Set(seen)).toEqual(new Set(first.map(({ id }) => `User:${id}`)))
    expect(seen).toHaveLength(1000)
    expect((await users({ search: 'bob', first: 1 })).totalCount).toBe(1000)
    const { id } = await upserted('the-bob', 'Bob')
    expect((await users({ search: 'bob', first: 1 })).nodes).toMatchObject([{ id }])
  })

  it('go on finding what a mistyped name meant, although somebody comes who is called like that', async () => {
    for (let n = 0; n < 30; n++) await upserted(`typo-${n}`, `Balthasar ${n}`)
    const expected = await walk('blathasra', 100, false, async () => undefined)
    expect(expected).toHaveLength(30)
    let comers = 0
    const seen = await walk('blathasra', 7, false, () => upserted(`typo-comer-${comers++}`, 'Blathasra'))
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
    expect(await walk(undefined, 100, false, async () => undefined)).toEqual(sorted.map(({ id }) => `User:${id}`))
  })

  it('cost as many statements for many rows as for few', async () => {
    const count = async (variables: UsersQueryVariables) => {
      world.statements.length = 0
      await users(variables)
      return world.statements.length
    }
    await count({ first: 1 })
    for (const search of [undefined, 'anna']) {
      expect(await count({ first: 100, search })).toBe(await count({ first: 2, search }))
      expect(await count({ first: 100, search })).toBeLessThanOrEqual(4)
    }
  })
})

import fc from 'fast-check'
import { describe, expect } from 'vitest'
import type { Client } from '../../client/client.ts'
import { CoursesDocument, FoldersDocument, MediaListDocument, TagsDocument } from '../../client/generated/documents.ts'
import type { Database } from '../../src/services/kernel/ports.ts'
import { withTagKeys } from '../../src/services/kernel/tagKeys.ts'
import { it as base } from '../harness/it.ts'
import { type PageArguments, readAllPages } from '../harness/paging.ts'
import { codeOf } from '../harness/refusals.ts'
import { seedMedia } from '../harness/seed.ts'
import { listUsers } from './user/calls.ts'

const nameCount = 24

/** As many media, users, courses and folders as names, and nothing else. */
const it = base.extend('ids', { scope: 'file', auto: true }, async ({ world, users: { editor } }) => {
  const { database } = world.runtime.ports
  await listUsers(editor, {}) // creates the caller
  const indexes = Array.from({ length: nameCount }, (_, index) => index)
  const users = await database.user.createManyAndReturn({
    data: indexes.map((index) => ({ externalId: `named-${index}`, name: 'x' })),
  })
  const courses = await database.resource.createManyAndReturn({
    data: indexes.map((index) => ({ type: 'course', externalId: `${index}`, title: 'x' })),
  })
  const folders = await database.folder.createManyAndReturn({ data: indexes.map((index) => ({ name: `x ${index}` })) })
  const media = await seedMedia(world, nameCount)
  return { media, users: idsOf(users), courses: idsOf(courses), folders: idsOf(folders) }
})

const idsOf = (rows: readonly { id: string }[]): string[] => rows.map(({ id }) => id)

/** The lists that are sorted by name: how their rows are named, and how a page is read. */
const lists = {
  media: {
    column: '"Media" SET "fileName"',
    read: async (client: Client, page: PageArguments) => {
      const order = { by: 'FILE_NAME', direction: 'ASC' } as const
      const { edges, pageInfo } = (await client.send(MediaListDocument, { order, ...page })).mediaList
      return { ids: idsOf(edges.map(({ node }) => node)), pageInfo }
    },
  },
  users: {
    column: '"User" SET "name"',
    read: async (client: Client, page: PageArguments) => {
      const { nodes, pageInfo } = await listUsers(client, page)
      return { ids: idsOf(nodes), pageInfo }
    },
  },
  courses: {
    column: '"Resource" SET "title"',
    read: async (client: Client, page: PageArguments) => {
      const { nodes, pageInfo } = (await client.send(CoursesDocument, page)).courses
      return { ids: idsOf(nodes), pageInfo }
    },
  },
  folders: {
    column: '"Folder" SET "name"',
    // Not paged: one page is all.
    read: async (client: Client) => ({
      ids: idsOf((await client.send(FoldersDocument, { parentId: null })).folders),
      pageInfo: { hasNextPage: false, hasPreviousPage: false },
    }),
  },
}
const listNames = Object.keys(lists) as (keyof typeof lists)[] // the table's own keys

const compareNames = new Intl.Collator('en', { sensitivity: 'base', numeric: true }).compare

const setNames = async (database: Database, list: keyof typeof lists, ids: string[], names: string[]) => {
  const setAll = (value: string) =>
    database.$executeRawUnsafe(
      `UPDATE ${lists[list].column} = ${value} FROM unnest($1::uuid[], $2::text[]) AS "given"("key", "text") WHERE "id" = "key"`,
      ids,
      names,
    )
  // Two folders must not have the same name in between either.
  await setAll('"key"::text')
  await setAll('"text"')
}

const readNames = async (client: Client, list: keyof typeof lists, ids: string[], names: string[], size: number) => {
  const nameById = new Map(ids.map((id, index) => [id, names[index] ?? '']))
  const walk = (backward: boolean) =>
    readAllPages((page) => lists[list].read(client, page), { size, backward }).then((found) =>
      found.map((id) => id.replace(/^.*:/, '')).filter((id) => nameById.has(id)),
    )
  const found = await walk(false)
  expect(await walk(true)).toEqual(found)
  return found.map((id) => ({ id, name: nameById.get(id) ?? '' }))
}

/** Characters that all versions of Unicode sort alike, with those that matter often enough. */
const name = fc.string({
  unit: fc.oneof(
    fc.constantFrom(...'0123456789aAäÄåzZéEßøñ .-_+#()'),
    fc.constantFrom(...'абвЯαβΩ講義課程あアก中한אب'),
    fc.constantFrom('lecture ', 'Lecture ', '10', '2', '02', 'e\u0301'),
  ),
  minLength: 1,
  maxLength: 12,
})
const distinctNames = fc.uniqueArray(name, {
  minLength: nameCount,
  maxLength: nameCount,
  selector: (text) => text.toLowerCase(),
})

describe('a list sorted by name', () => {
  it.for(listNames)(
    'of %s reads numbers by value and accents as their letters',
    async (list, { world, ids, users }) => {
      const sorted = ['Ada', 'äon', 'azure', 'lecture 2', 'Lecture 10', 'lecture 11', 'Österreich', 'PDF 007', 'z']
      const names = [...sorted, ...Array.from({ length: nameCount - sorted.length }, (_, index) => `zz ${index}`)]
      await setNames(world.runtime.ports.database, list, ids[list], names.toReversed())
      const found = await readNames(users.editor, list, ids[list], names.toReversed(), 5)
      expect(found.map((row) => row.name)).toEqual(names)
    },
  )

  it.for(listNames)('of %s is in the order of ICU on pages of any size', async (list, { world, ids, users }) => {
    await fc.assert(
      fc.asyncProperty(distinctNames, fc.integer({ min: 1, max: 30 }), async (names, size) => {
        await setNames(world.runtime.ports.database, list, ids[list], names)
        const found = await readNames(users.editor, list, ids[list], names, size)
        expect(found).toEqual(
          found.toSorted((left, right) => compareNames(left.name, right.name) || (left.id < right.id ? -1 : 1)),
        )
        expect(found).toHaveLength(nameCount)
      }),
      { numRuns: 8 },
    )
  })

  it.for([
    ['media', 'mediaList:FILE_NAME:ASC', ['lecture 2.mp4']],
    ['users', 'users:NAME', [0, 'ada', 0]],
    ['courses', 'courses', ['algebra']],
  ] as const)('of %s refuses a cursor that was made for the order by code points', async (row, { ids, users }) => {
    const [list, codec, [first, ...rest]] = row
    const id = ids[list][0] ?? ''
    const key = list === 'users' ? [first, rest[0], id, rest[1]] : [first, id]
    const after = Buffer.from(JSON.stringify([codec, key])).toString('base64url')
    expect(await codeOf(lists[list].read(users.editor, { after }))).toBe('INVALID_INPUT')
  })

  it('of tags that are used equally often reads numbers by value', async ({ world, ids, users: { viewer } }) => {
    const { database } = world.runtime.ports
    await database.media.update({
      where: { id: ids.media[0] },
      data: withTagKeys(['week 10', 'zoo', 'Übung', 'week 9']),
    })
    const { tags } = await viewer.send(TagsDocument, {})
    expect(tags.map((tag) => tag.name)).toEqual(['Übung', 'week 9', 'week 10', 'zoo'])
  })
})

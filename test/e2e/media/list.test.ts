import fc from 'fast-check'
import { describe, expect } from 'vitest'
import type { Client } from '../../../client/client.ts'
import { MediaListDocument, type MediaListQueryVariables } from '../../../client/generated/documents.ts'
import { seedLibrary } from '../../../prisma/seed/library.ts'
import { unknownUuid } from '../../harness/ids.ts'
import { it as base } from '../../harness/it.ts'
import {
  filterFieldNames,
  filterModel,
  findExpectedIds,
  isConsistent,
  type LibraryModel,
  libraryOrders,
  readLibraryModel,
} from '../../harness/libraryModel.ts'
import { seedListKeys } from '../../harness/listKeys.ts'
import { type PagingOptions, readAllPages } from '../../harness/paging.ts'
import { codeOf } from '../../harness/refusals.ts'
import { seedMedia, trashMedia } from '../../harness/seed.ts'
import { openSession } from '../../harness/session.ts'

type Filter = NonNullable<MediaListQueryVariables['filter']>
type Order = NonNullable<MediaListQueryVariables['order']>

const librarySize = 400
const walkCount = Number(process.env['LIST_RUNS'] ?? 20)

/** The media that are in the world before the first test. */
const it = base.extend('library', { scope: 'file', auto: true }, async ({ world }) => {
  const owner = await openSession(world.env['DATABASE_OWNER_URL'])
  await seedLibrary(owner, librarySize).finally(() => owner.end())
  await seedListKeys(world.runtime.ports.database)
  return readLibraryModel(world.runtime.ports.database)
})

const listMedia = async (client: Client, variables: MediaListQueryVariables) =>
  (await client.send(MediaListDocument, variables)).mediaList

const titlesOf = async (client: Client, variables: MediaListQueryVariables): Promise<string[]> =>
  (await listMedia(client, { first: 100, ...variables })).edges.map(({ node }) => node.title)

const walk = (client: Client, variables: MediaListQueryVariables, options: PagingOptions): Promise<string[]> =>
  readAllPages(async (side) => {
    const { edges, pageInfo } = await listMedia(client, { ...variables, ...side })
    return { ids: edges.map(({ node }) => node.id), pageInfo }
  }, options)

const relayIds = (ids: readonly string[]): string[] => ids.map((id) => `Media:${id}`)

const expectedIds = (
  library: LibraryModel,
  filter: Filter,
  order: Order = { by: 'UPLOADED_AT', direction: 'DESC' },
): string[] => relayIds(findExpectedIds(library, filter, order))

const orders = fc.record({
  by: fc.constantFrom(...libraryOrders),
  direction: fc.constantFrom('ASC', 'DESC'),
}) as fc.Arbitrary<Order> // constantFrom infers string instead of the literals

describe('mediaList', () => {
  it.for(filterFieldNames)(
    'filtered by %s lists the media that the model finds',
    async (field, { library, users: { editor } }) => {
      await fc.assert(
        fc.asyncProperty(filterModel[field].values(library), async (value) => {
          const filter = { [field]: value }
          const result = await listMedia(editor, { filter, first: 100 })
          const expected = expectedIds(library, filter)
          expect(result.edges.map(({ node }) => node.id)).toEqual(expected.slice(0, 100))
          expect(result.totalCount).toBe(expected.length)
        }),
        { numRuns: 6 },
      )
    },
  )

  describe.each(libraryOrders.flatMap((by) => [{ by, direction: 'ASC' } as const, { by, direction: 'DESC' } as const]))(
    'ordered by $by $direction',
    (order) => {
      it.for(['forwards', 'backwards'])('lists all media %s like the model', async (way, { library, users }) => {
        const pagedIds = await walk(users.viewer, { order }, { size: 97, backward: way === 'backwards' })
        expect(pagedIds).toEqual(expectedIds(library, {}, order))
      })
    },
  )

  it('lists every match exactly once with any combination of fields while media are uploaded and trashed', async ({
    world,
    library,
    users: { editor },
  }) => {
    const libraryIds = new Set(relayIds(library.media.map(({ id }) => id)))
    const betweenPages = async () => {
      const [, trashed = ''] = await seedMedia(world, 2)
      await trashMedia(world, trashed)
    }
    // Mostly few fields at once: the more fields a filter has, the fewer media it matches.
    const filters = fc.subarray(filterFieldNames, { maxLength: 3 }).chain((fields) => {
      const values = fields.map((field) => [field, filterModel[field].values(library)])
      return fc.record(Object.fromEntries(values)).filter(isConsistent) as fc.Arbitrary<Filter> // fromEntries loses the pairs
    })
    await fc.assert(
      fc.asyncProperty(
        filters,
        orders,
        fc.integer({ min: 7, max: 100 }),
        fc.boolean(),
        async (filter, order, size, backward) => {
          const pagedIds = await walk(editor, { filter, order }, { size, backward, betweenPages })
          expect(pagedIds.filter((id) => libraryIds.has(id))).toEqual(expectedIds(library, filter, order))
          expect(new Set(pagedIds).size).toBe(pagedIds.length)
        },
      ),
      { numRuns: walkCount },
    )
  })

  it.for<Filter>([
    { minSizeBytes: 2, maxSizeBytes: 1 },
    { used: true, unusedForDays: 0 },
  ])('is empty for the contradicting ranges %j', async (filter, { users: { viewer } }) => {
    expect(await titlesOf(viewer, { filter })).toEqual([])
  })
})

describe('search', () => {
  const titles = [
    'Photosynthesis in Deserts',
    'Deserts',
    'A Long Walk Through Many Deserts of the World',
    'Кириллица для начинающих',
    'IntroToBryophytes',
    'Crème brûlée',
  ]

  it.beforeAll(async ({ world }) => {
    const ids = await seedMedia(world, titles.length)
    const { database } = world.runtime.ports
    for (const [index, title] of titles.entries())
      await database.media.update({ where: { id: ids[index] }, data: { title, fileName: `${index}.bin` } })
    const [tagged, named] = await seedMedia(world, 2)
    await database.media.update({
      where: { id: tagged },
      data: { title: 'Tagged', tags: ['deserts'], tagKeys: ['deserts'] },
    })
    await database.media.update({ where: { id: named }, data: { title: 'Named', fileName: 'deserts.txt' } })
  })

  it.for<[string, string, string]>([
    ['a word', 'bryophytes', 'IntroToBryophytes'],
    ['a joined name in lower case', 'introtobryophytes', 'IntroToBryophytes'],
    ['the beginning of a word', 'bryoph', 'IntroToBryophytes'],
    ['one typo: a letter missing', 'bryophyes', 'IntroToBryophytes'],
    ['one typo: two letters swapped', 'byrophytes', 'IntroToBryophytes'],
    ['two typos', 'briophites', 'IntroToBryophytes'],
    ['two typos in two words', 'photosyntesis desrts', 'Photosynthesis in Deserts'],
    ['three typos in a long word', 'fotosinthesis deserts', 'Photosynthesis in Deserts'],
    ['without accents', 'creme brulee', 'Crème brûlée'],
    ['with accents, another case and punctuation', '«CRÈME»-Brûlée!', 'Crème brûlée'],
    ['another script', 'кириллица', 'Кириллица для начинающих'],
    ['a typo in another script', 'кирилица', 'Кириллица для начинающих'],
  ])('finds %s', async ([, search, title], { users: { viewer } }) => {
    expect(await titlesOf(viewer, { filter: { search } })).toEqual([title])
  })

  it('ranks the exact title first, then shorter titles, other titles, tags, file names', async ({
    users: { viewer },
  }) => {
    expect(
      await titlesOf(viewer, { filter: { search: 'deserts' }, order: { by: 'RELEVANCE', direction: 'DESC' } }),
    ).toEqual([
      'Deserts',
      'Photosynthesis in Deserts',
      'A Long Walk Through Many Deserts of the World',
      'Tagged',
      'Named',
    ])
  })

  it('ranks exact matches before corrected typos', async ({ world, users: { viewer } }) => {
    const [mediaId] = await seedMedia(world, 1)
    await world.runtime.ports.database.media.update({ where: { id: mediaId }, data: { title: 'Desserts' } })
    const result = await titlesOf(viewer, {
      filter: { search: 'desserts' },
      order: { by: 'RELEVANCE', direction: 'DESC' },
    })
    expect(result[0]).toBe('Desserts')
    expect(result.indexOf('Desserts')).toBeLessThan(result.indexOf('Deserts'))
  })

  it('pages by relevance in both directions through as many media as totalCount says', async ({
    users: { viewer },
  }) => {
    const order: Order = { by: 'RELEVANCE', direction: 'DESC' }
    const filter = { search: 'lecture' }
    const all = await walk(viewer, { filter, order }, { size: 100 })
    expect(all.length).toBeGreaterThan(20)
    expect(new Set(all)).toEqual(new Set(await walk(viewer, { filter }, { size: 100 })))
    expect(await walk(viewer, { filter, order }, { size: 7 })).toEqual(all)
    expect(await walk(viewer, { filter, order }, { size: 7, backward: true })).toEqual(all)
    const reversed = await walk(viewer, { filter, order: { ...order, direction: 'ASC' } }, { size: 9 })
    expect(reversed).toEqual(all.toReversed())
    expect((await listMedia(viewer, { filter, order })).totalCount).toBe(all.length)
  })

  it.for(['!!!', "'", '\\', ':*', '& | !', '%', 'a'.repeat(500)])(
    'finds nothing for %j',
    async (search, { users: { viewer } }) => {
      expect(await titlesOf(viewer, { filter: { search } })).toEqual([])
      expect(await titlesOf(viewer, { filter: { search }, order: { by: 'RELEVANCE', direction: 'ASC' } })).toEqual([])
    },
  )
})

describe('mediaList refuses', () => {
  const forged = (key: unknown) =>
    Buffer.from(JSON.stringify(['mediaList:UPLOADED_AT:DESC', key])).toString('base64url')

  it.for<[string, MediaListQueryVariables]>([
    ['RELEVANCE without a search', { order: { by: 'RELEVANCE', direction: 'DESC' } }],
    ['RELEVANCE with a blank search', { filter: { search: ' ' }, order: { by: 'RELEVANCE', direction: 'DESC' } }],
    ['first: 101', { first: 101, order: { by: 'SIZE', direction: 'ASC' } }],
    ['a malformed SHA-256', { filter: { sha256: 'abc' } }],
    ['the id of a user as a folder id', { filter: { folderId: `User:${unknownUuid}` } }],
    ['a malformed user id', { filter: { uploadedById: '1' } }],
    ['a resource type with spaces', { filter: { usedIn: { type: 'My Course', externalId: '1' } } }],
    ['negative days', { filter: { unusedForDays: -1 } }],
    ['more than 36,500 days', { filter: { unusedForDays: 2_000_000_000 } }],
    ['a search of 501 characters', { filter: { search: 'a'.repeat(501) } }],
    ['a search of 17 words', { filter: { search: 'a '.repeat(17) } }],
    ['a tag of which nothing remains', { filter: { tagsAny: ['\0\u200e'] } }],
    ['51 tags', { filter: { tagsAll: Array.from({ length: 51 }, (_, n) => `tag ${n}`) } }],
    ['the year 0', { filter: { uploadedAfter: '0000-01-01T00:00:00Z' } }],
    ['a forged cursor', { after: forged(['0000-01-01T00:00:00Z', unknownUuid]) }],
    ['a cursor with a key of another type', { after: forged([7, unknownUuid]) }],
  ])('%s', async ([, variables], { users: { viewer } }) => {
    expect(await codeOf(listMedia(viewer, variables))).toBe('INVALID_INPUT')
  })

  it('a cursor of another order or direction', async ({ users: { viewer } }) => {
    const { pageInfo } = await listMedia(viewer, { first: 1, order: { by: 'SIZE', direction: 'ASC' } })
    const after = pageInfo.endCursor
    expect(await codeOf(listMedia(viewer, { first: 1, after, order: { by: 'SIZE', direction: 'ASC' } }))).toBe(
      'no error',
    )
    expect(await codeOf(listMedia(viewer, { after, order: { by: 'SIZE', direction: 'DESC' } }))).toBe('INVALID_INPUT')
    expect(await codeOf(listMedia(viewer, { after, order: { by: 'USAGE_COUNT', direction: 'ASC' } }))).toBe(
      'INVALID_INPUT',
    )
    expect(await codeOf(listMedia(viewer, { after }))).toBe('INVALID_INPUT')
  })
})

it('runs as many statements for many rows as for few, with any filter', async ({
  world,
  library,
  users: { viewer },
}) => {
  const [resource] = library.resources
  if (resource === undefined) throw new Error('The library has no resources.')
  const { source, type, externalId } = resource
  const filters: Filter[] = [
    {},
    { tagsAny: ['lecture'], used: true },
    { usedIn: { source, type, externalId } },
    { inFolder: `Folder:${library.folders[0]?.id}`, hasAltText: false, maxDurationSeconds: 3000 },
    { ids: relayIds(library.media.map(({ id }) => id)) },
  ]
  const count = async (variables: MediaListQueryVariables) =>
    (await world.captureStatements(() => listMedia(viewer, variables))).length
  await count({ first: 1 })
  for (const filter of filters) {
    expect(await count({ first: 100, filter })).toBe(await count({ first: 2, filter }))
    expect(await count({ first: 100, filter })).toBeLessThanOrEqual(4)
  }
  const searched = { filter: { search: 'lecture exam' }, order: { by: 'RELEVANCE', direction: 'DESC' } } as const
  expect(await count({ first: 100, ...searched })).toBe(await count({ first: 2, ...searched }))
})

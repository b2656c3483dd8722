import fc from 'fast-check'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../../client/client.ts'
import { MediaListDocument, type MediaListQueryVariables } from '../../../client/generated/documents.ts'
import { MediaKind, MediaStatus, RenditionStatus } from '../../../prisma/generated/client/enums.ts'
import { seedLibrary } from '../../../prisma/seed/library.ts'
import { unknownUuid } from '../../harness/ids.ts'
import { findExpectedIds, type LibraryModel, readLibraryModel } from '../../harness/libraryModel.ts'
import { type WalkOptions, walkPages } from '../../harness/paging.ts'
import { codeOf } from '../../harness/refusals.ts'
import { seedMedia, trashMedia } from '../../harness/seed.ts'
import { openWorld, type World } from '../../harness/world.ts'

type Filter = NonNullable<MediaListQueryVariables['filter']>
type Order = NonNullable<MediaListQueryVariables['order']>

const size = 400
let world: World
let viewer: Client
let library: LibraryModel

beforeAll(async () => {
  world = await openWorld()
  viewer = await world.client('viewer', 'Vera')
  const owner = new pg.Client({ connectionString: world.env['DATABASE_OWNER_URL'] })
  await owner.connect()
  await seedLibrary(owner, size).finally(() => owner.end())
  library = await readLibraryModel(world.runtime.ports.database)
})
afterAll(() => world?.close())

const listMedia = async (variables: MediaListQueryVariables) =>
  (await viewer.send(MediaListDocument, variables)).mediaList

const titlesOf = async (variables: MediaListQueryVariables): Promise<string[]> =>
  (await listMedia({ first: 100, ...variables })).edges.map(({ node }) => node.title)

const walk = (variables: MediaListQueryVariables, options: WalkOptions): Promise<string[]> =>
  walkPages(async (side) => {
    const { edges, pageInfo } = await listMedia({ ...variables, ...side })
    return { ids: edges.map(({ node }) => node.id), pageInfo }
  }, options)

const relayIds = (ids: readonly string[]): string[] => ids.map((id) => `Media:${id}`)

const expectedIds = (filter: Filter, order: Order = { by: 'UPLOADED_AT', direction: 'DESC' }): string[] =>
  relayIds(findExpectedIds(library, filter, order))

const itemAt = <Item>(list: readonly Item[], index: number): Item => {
  const item = list[index % list.length]
  if (item === undefined) throw new Error('an empty list')
  return item
}

const indexes = fc.nat(10_000)

/** Values that occur in the library, for the most part. */
const filterValues: { [Field in keyof Filter]-?: fc.Arbitrary<Filter[Field]> } = {
  search: fc.constantFrom('cell', 'torts', 'week', 'poster 4', 'webp', 'exam', 'nowhere', ' '),
  kinds: fc.subarray(Object.values(MediaKind)),
  mimeType: fc.constantFrom('video/mp4', 'application/pdf', 'IMAGE/PNG', 'text/html'),
  statuses: fc.subarray(Object.values(MediaStatus)),
  renditionStatuses: fc.subarray(Object.values(RenditionStatus)),
  tagsAll: fc.subarray(['BIOLOGY', 'week-7', 'lecture', 'Law'], { maxLength: 2 }),
  tagsAny: fc.subarray(['biology', 'Week-7', 'PODCAST', 'law', 'nothing']),
  folderId: indexes.map((n) => `Folder:${itemAt(library.media, n).folderId ?? itemAt(library.folderIds, n)}`),
  externalId: indexes.map((n) => `asset-${1 + (n % size)}`),
  usedIn: indexes.map((n) => {
    const { source, type, externalId } = itemAt(library.resources, n)
    return { source, type, externalId }
  }),
  used: fc.boolean(),
  unusedForDays: fc.nat(1500),
  uploadedById: indexes.map((n) => `User:${itemAt(library.media, n).uploadedById}`),
  uploadedAfter: indexes.map((n) => itemAt(library.media, n).uploadedAt.toISOString()),
  uploadedBefore: indexes.map((n) => itemAt(library.media, n).uploadedAt.toISOString()),
  minSizeBytes: indexes.map((n) => Number(itemAt(library.media, n).sizeBytes)),
  maxSizeBytes: indexes.map((n) => Number(itemAt(library.media, n).sizeBytes)),
  sha256: indexes.map((n) => itemAt(library.media, n).sha256.toUpperCase()),
  trashed: fc.boolean(),
}

const orders = fc.record({
  by: fc.constantFrom('UPLOADED_AT', 'UPDATED_AT', 'FILE_NAME', 'SIZE', 'USAGE_COUNT'),
  direction: fc.constantFrom('ASC', 'DESC'),
}) as fc.Arbitrary<Order> // constantFrom forgets that its texts are literals

describe('mediaList finds', () => {
  it.each(Object.keys(filterValues) as (keyof Filter)[])(
    'by %s what a plain reading of all media finds',
    async (field) => {
      await fc.assert(
        fc.asyncProperty(filterValues[field], async (value) => {
          const filter = { [field]: value }
          const result = await listMedia({ filter, first: 100 })
          const expected = expectedIds(filter)
          expect(result.edges.map(({ node }) => node.id)).toEqual(expected.slice(0, 100))
          expect(result.totalCount).toBe(expected.length)
        }),
        { numRuns: 6 },
      )
    },
  )

  it('in every order and direction, and backwards the same', async () => {
    for (const by of ['UPLOADED_AT', 'UPDATED_AT', 'FILE_NAME', 'SIZE', 'USAGE_COUNT'] as const)
      for (const direction of ['ASC', 'DESC'] as const) {
        const order = { by, direction }
        const expected = expectedIds({}, order)
        expect(await walk({ order }, { size: 97 })).toEqual(expected)
        expect(await walk({ order }, { size: 97, backward: true })).toEqual(expected)
      }
  })

  it('any combination, page by page, while others upload and trash', async () => {
    const libraryIds = new Set(relayIds(library.media.map(({ id }) => id)))
    const betweenPages = async () => {
      const [, trashed = ''] = await seedMedia(world, 2)
      await trashMedia(world, trashed)
    }
    // Mostly few fields at once: the more there are, the less there is to find.
    const filters = fc.record(filterValues, { requiredKeys: [] }).chain((all) =>
      fc.subarray(Object.keys(all) as (keyof Filter)[], { maxLength: 3 }).map((fields): Filter => {
        const entries = fields.map((field) => [field, all[field]])
        return Object.fromEntries(entries)
      }),
    )
    await fc.assert(
      fc.asyncProperty(
        filters,
        orders,
        fc.integer({ min: 7, max: 100 }),
        fc.boolean(),
        async (filter, order, size, backward) => {
          const pagedIds = await walk({ filter, order }, { size, backward, betweenPages })
          expect(pagedIds.filter((id) => libraryIds.has(id))).toEqual(expectedIds(filter, order))
          expect(new Set(pagedIds).size).toBe(pagedIds.length)
        },
      ),
      { numRuns: 40 },
    )
  })

  it('nothing where ranges contradict each other', async () => {
    expect(await titlesOf({ filter: { minSizeBytes: 2, maxSizeBytes: 1 } })).toEqual([])
    expect(await titlesOf({ filter: { used: true, unusedForDays: 0 } })).toEqual([])
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

  beforeAll(async () => {
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

  it.each([
    ['a word', 'bryophytes', 'IntroToBryophytes'],
    ['both spellings of a joined name', 'introtobryophytes', 'IntroToBryophytes'],
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
  ])('finds %s', async (_what, search, title) => {
    expect(await titlesOf({ filter: { search } })).toEqual([title])
  })

  it('ranks the very title first, then short titles, titles before tags, tags before file names', async () => {
    expect(await titlesOf({ filter: { search: 'deserts' }, order: { by: 'RELEVANCE', direction: 'DESC' } })).toEqual([
      'Deserts',
      'Photosynthesis in Deserts',
      'A Long Walk Through Many Deserts of the World',
      'Tagged',
      'Named',
    ])
  })

  it('ranks what was typed before what may have been meant', async () => {
    const [mediaId] = await seedMedia(world, 1)
    await world.runtime.ports.database.media.update({ where: { id: mediaId }, data: { title: 'Desserts' } })
    const result = await titlesOf({ filter: { search: 'desserts' }, order: { by: 'RELEVANCE', direction: 'DESC' } })
    expect(result[0]).toBe('Desserts')
    expect(result.indexOf('Desserts')).toBeLessThan(result.indexOf('Deserts'))
  })

  it('is paged by relevance in both directions, as often as it counts', async () => {
    const order: Order = { by: 'RELEVANCE', direction: 'DESC' }
    const filter = { search: 'lecture' }
    const all = await walk({ filter, order }, { size: 100 })
    expect(all.length).toBeGreaterThan(20)
    expect(new Set(all)).toEqual(new Set(await walk({ filter }, { size: 100 })))
    expect(await walk({ filter, order }, { size: 7 })).toEqual(all)
    expect(await walk({ filter, order }, { size: 7, backward: true })).toEqual(all)
    const reversed = await walk({ filter, order: { ...order, direction: 'ASC' } }, { size: 9 })
    expect(reversed).toEqual(all.toReversed())
    expect((await listMedia({ filter, order })).totalCount).toBe(all.length)
  })

  it.each(['!!!', "'", '\\', ':*', '& | !', '%', 'a'.repeat(500)])(
    'finds nothing by %j, and nothing breaks',
    async (search) => {
      expect(await titlesOf({ filter: { search } })).toEqual([])
      expect(await titlesOf({ filter: { search }, order: { by: 'RELEVANCE', direction: 'ASC' } })).toEqual([])
    },
  )
})

describe('mediaList refuses', () => {
  const cursorOf = async (variables: MediaListQueryVariables) => (await listMedia(variables)).pageInfo.endCursor
  const forged = (key: unknown) =>
    Buffer.from(JSON.stringify(['mediaList:UPLOADED_AT:DESC', key])).toString('base64url')

  it.each<[string, MediaListQueryVariables]>([
    ['RELEVANCE without a search', { order: { by: 'RELEVANCE', direction: 'DESC' } }],
    ['RELEVANCE with a blank search', { filter: { search: ' ' }, order: { by: 'RELEVANCE', direction: 'DESC' } }],
    ['first: 101', { first: 101, order: { by: 'SIZE', direction: 'ASC' } }],
    ['a SHA-256 that is none', { filter: { sha256: 'abc' } }],
    ["a folder's id that is a user's", { filter: { folderId: `User:${unknownUuid}` } }],
    ['a malformed user id', { filter: { uploadedById: '1' } }],
    ['a resource type with spaces', { filter: { usedIn: { type: 'My Course', externalId: '1' } } }],
    ['negative days', { filter: { unusedForDays: -1 } }],
    ['days beyond all calendars', { filter: { unusedForDays: 2_000_000_000 } }],
    ['a search of 501 characters', { filter: { search: 'a'.repeat(501) } }],
    ['a search of 17 words', { filter: { search: 'a '.repeat(17) } }],
    ['a NUL', { filter: { search: 'a\0b' } }],
    ['a NUL in a tag', { filter: { tagsAny: ['a\0b'] } }],
    ['51 tags', { filter: { tagsAll: Array.from({ length: 51 }, (_, n) => `tag ${n}`) } }],
    ['the year 0', { filter: { uploadedAfter: '0000-01-01T00:00:00Z' } }],
    ['a forged cursor', { after: forged(['0000-01-01T00:00:00Z', unknownUuid]) }],
    ['a cursor with a key of another type', { after: forged([7, unknownUuid]) }],
  ])('%s', async (_what, variables) => {
    expect(await codeOf(listMedia(variables))).toBe('INVALID_INPUT')
  })

  it('a cursor from another order or direction', async () => {
    const after = await cursorOf({ first: 1, order: { by: 'SIZE', direction: 'ASC' } })
    expect(await codeOf(listMedia({ first: 1, after, order: { by: 'SIZE', direction: 'ASC' } }))).toBe('no error')
    expect(await codeOf(listMedia({ after, order: { by: 'SIZE', direction: 'DESC' } }))).toBe('INVALID_INPUT')
    expect(await codeOf(listMedia({ after, order: { by: 'USAGE_COUNT', direction: 'ASC' } }))).toBe('INVALID_INPUT')
    expect(await codeOf(listMedia({ after }))).toBe('INVALID_INPUT')
  })
})

it('takes as many statements for many rows as for few, whatever the filter', async () => {
  const filters: Filter[] = [{}, { tagsAny: ['lecture'], used: true }, { usedIn: itemAt(library.resources, 0) }]
  const count = async (variables: MediaListQueryVariables) => {
    return (await world.captureStatements(() => listMedia(variables))).length
  }
  await count({ first: 1 })
  for (const filter of filters.map(({ usedIn, ...rest }) => ({
    ...rest,
    ...(usedIn ? { usedIn: { source: usedIn.source, type: usedIn.type, externalId: usedIn.externalId } } : {}),
  }))) {
    expect(await count({ first: 100, filter })).toBe(await count({ first: 2, filter }))
    expect(await count({ first: 100, filter })).toBeLessThanOrEqual(4)
  }
  const searched = { filter: { search: 'lecture exam' }, order: { by: 'RELEVANCE', direction: 'DESC' } } as const
  expect(await count({ first: 100, ...searched })).toBe(await count({ first: 2, ...searched }))
})

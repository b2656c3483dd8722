import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Client } from '../../../client/client.ts'
import { MediaListDocument, type MediaListQueryVariables } from '../../../client/generated/documents.ts'
import { MediaKind, MediaStatus } from '../../../prisma/generated/client/enums.ts'
import { withTagKeys } from '../../../src/services/kernel/tagKeys.ts'
import { seedMedia } from '../../harness/seed.ts'
import { openWorld, type World } from '../../harness/world.ts'

type Filter = NonNullable<MediaListQueryVariables['filter']>

let world: World
let viewer: Client

beforeAll(async () => {
  world = await openWorld()
  viewer = await world.client('viewer', 'Vera')
})
afterAll(() => world?.close())

const countMedia = async (filter: Filter): Promise<number> =>
  (await viewer.send(MediaListDocument, { filter, first: 1 })).mediaList.totalCount

const types = ['video/mp4', 'image/png', 'text/plain']

const kinds = Object.values(MediaKind)
const statuses = Object.values(MediaStatus)
const tags = ['alpha', 'beta']

const changes = fc.array(
  fc.record({
    which: fc.nat(7),
    what: fc.constantFrom('examine', 'examine', 'tag', 'trash', 'restore', 'use', 'leave', 'touch', 'fold', 'undo'),
    facts: fc.record({
      kind: fc.constantFrom(...kinds),
      mimeType: fc.constantFrom(...types),
      status: fc.constantFrom(...statuses),
    }),
    tags: fc.subarray(tags),
  }),
  { maxLength: 12 },
)

type Change = typeof changes extends fc.Arbitrary<(infer One)[]> ? One : never

const filters: fc.Arbitrary<Filter> = fc.oneof(
  fc.record(
    {
      kinds: fc.subarray(kinds),
      mimeType: fc.constantFrom(...types),
      statuses: fc.subarray(statuses),
      used: fc.boolean(),
      trashed: fc.boolean(),
    },
    { requiredKeys: [] },
  ),
  fc.record({ tagsAll: fc.subarray(tags), trashed: fc.boolean() }, { requiredKeys: ['tagsAll'] }),
  fc.record({ tagsAny: fc.subarray(tags) }),
)

it('totals stay true whatever happens to media, at whatever moment they are folded', async () => {
  const { database } = world.runtime.ports
  const ids = await seedMedia(world, 8)
  const apply = async ({ which, what, facts, tags: names }: Change) => {
    const where = { id: ids[which] ?? '' }
    if (what === 'examine') await database.media.update({ where, data: facts })
    if (what === 'tag') await database.media.update({ where, data: withTagKeys(names) })
    if (what === 'trash') await database.media.update({ where, data: { deletedAt: new Date() } })
    if (what === 'restore') await database.media.update({ where, data: { deletedAt: null } })
    if (what === 'use') await database.media.update({ where, data: { unusedSince: null } })
    if (what === 'leave') await database.media.update({ where, data: { unusedSince: new Date() } })
    if (what === 'touch') await database.media.updateMany({ data: { description: 'touched' } })
    if (what === 'fold') await database.$executeRaw`SELECT "foldMediaDeltas"(), "foldTagDeltas"()`
    if (what === 'undo')
      await database
        .$transaction(async (transaction) => {
          await transaction.media.update({ where, data: facts })
          await transaction.$executeRaw`SELECT "foldMediaDeltas"()`
          throw new Error('rolled back')
        })
        .catch(() => undefined)
  }
  const expectedCount = (filter: Filter): Promise<number> =>
    database.media.count({
      where: {
        deletedAt: filter.trashed ? { not: null } : null,
        ...(filter.kinds ? { kind: { in: [...filter.kinds] } } : {}),
        ...(filter.mimeType ? { mimeType: filter.mimeType } : {}),
        ...(filter.statuses ? { status: { in: [...filter.statuses] } } : {}),
        ...(filter.used == null ? {} : { unusedSince: filter.used ? null : { not: null } }),
        ...(filter.tagsAll ? { tagKeys: { hasEvery: [...filter.tagsAll] } } : {}),
        ...(filter.tagsAny ? { tagKeys: { hasSome: [...filter.tagsAny] } } : {}),
      },
    })
  await fc.assert(
    fc.asyncProperty(
      changes,
      fc.array(filters, { minLength: 3, maxLength: 6 }),
      async (changeList, requestedFilters) => {
        const half = (parity: number) => changeList.filter((_, index) => index % 2 === parity)
        await Promise.all(
          [half(0), half(1)].map(async (ones) => {
            for (const one of ones) await apply(one)
          }),
        )
        for (const filter of [{}, ...requestedFilters])
          expect(await countMedia(filter)).toBe(await expectedCount(filter))
      },
    ),
    { numRuns: 15 },
  )
})

it('media of the same sort do not wait for each other', async () => {
  const { database } = world.runtime.ports
  const [one = '', two = ''] = await seedMedia(world, 2)
  const previousCount = await countMedia({ kinds: ['OTHER'] })
  const data = { kind: 'OTHER', deletedAt: null } as const
  await database.$transaction(async (transaction) => {
    await transaction.media.update({ where: { id: one }, data })
    // Would wait for ever if counting took a lock.
    await database.media.update({ where: { id: two }, data })
    await transaction.$executeRaw`SELECT "foldMediaDeltas"()`
  })
  expect(await countMedia({ kinds: ['OTHER'] })).toBe(previousCount + 2)
})

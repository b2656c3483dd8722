import fc from 'fast-check'
import { expect } from 'vitest'
import type { Client } from '../../../client/client.ts'
import { MediaListDocument, type MediaListQueryVariables } from '../../../client/generated/documents.ts'
import { MediaKind, MediaStatus } from '../../../prisma/generated/client/enums.ts'
import { withTagKeys } from '../../../src/services/kernel/tagKeys.ts'
import { it } from '../../harness/it.ts'
import { seedMedia } from '../../harness/seed.ts'

type Filter = NonNullable<MediaListQueryVariables['filter']>

const countMedia = async (viewer: Client, filter: Filter): Promise<number> =>
  (await viewer.send(MediaListDocument, { filter, first: 1 })).mediaList.totalCount

const mimeTypes = ['video/mp4', 'image/png', 'text/plain']

const kinds = Object.values(MediaKind)
const statuses = Object.values(MediaStatus)
const tags = ['alpha', 'beta']

const changes = fc.array(
  fc.record({
    index: fc.nat(7),
    action: fc.constantFrom(
      ...['examine', 'examine', 'tag', 'trash', 'restore', 'use', 'unuse', 'touch', 'fold', 'rollBack'],
    ),
    mediaInfo: fc.record({
      kind: fc.constantFrom(...kinds),
      mimeType: fc.constantFrom(...mimeTypes),
      status: fc.constantFrom(...statuses),
    }),
    tags: fc.subarray(tags),
  }),
  { maxLength: 12 },
)

type Change = typeof changes extends fc.Arbitrary<(infer Item)[]> ? Item : never

const filters: fc.Arbitrary<Filter> = fc.oneof(
  fc.record(
    {
      kinds: fc.subarray(kinds),
      mimeType: fc.constantFrom(...mimeTypes),
      statuses: fc.subarray(statuses),
      used: fc.boolean(),
      trashed: fc.boolean(),
    },
    { requiredKeys: [] },
  ),
  fc.record({ tagsAll: fc.subarray(tags), trashed: fc.boolean() }, { requiredKeys: ['tagsAll'] }),
  fc.record({ tagsAny: fc.subarray(tags) }),
)

it('totalCount is exact after any changes of media, whenever the tallies are folded', async ({
  world,
  users: { viewer },
}) => {
  const { database } = world.runtime.ports
  const ids = await seedMedia(world, 8)
  const apply = async ({ index, action, mediaInfo, tags: names }: Change) => {
    const where = { id: ids[index] ?? '' }
    if (action === 'examine') await database.media.update({ where, data: mediaInfo })
    if (action === 'tag') await database.media.update({ where, data: withTagKeys(names) })
    if (action === 'trash') await database.media.update({ where, data: { deletedAt: new Date() } })
    if (action === 'restore') await database.media.update({ where, data: { deletedAt: null } })
    if (action === 'use') await database.media.update({ where, data: { unusedSince: null } })
    if (action === 'unuse') await database.media.update({ where, data: { unusedSince: new Date() } })
    if (action === 'touch') await database.media.updateMany({ data: { description: 'touched' } })
    if (action === 'fold') await database.$executeRaw`SELECT "foldMediaDeltas"(), "foldTagDeltas"()`
    if (action === 'rollBack')
      await database
        .$transaction(async (transaction) => {
          await transaction.media.update({ where, data: mediaInfo })
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
          [half(0), half(1)].map(async (halfOfChanges) => {
            for (const change of halfOfChanges) await apply(change)
          }),
        )
        for (const filter of [{}, ...requestedFilters])
          expect(await countMedia(viewer, filter)).toBe(await expectedCount(filter))
      },
    ),
    { numRuns: 15 },
  )
})

it('transactions that change the same tally do not wait for each other', async ({ world, users: { viewer } }) => {
  const { database } = world.runtime.ports
  const [first = '', second = ''] = await seedMedia(world, 2)
  const previousCount = await countMedia(viewer, { kinds: ['OTHER'] })
  const data = { kind: 'OTHER', deletedAt: null } as const
  await database.$transaction(async (transaction) => {
    await transaction.media.update({ where: { id: first }, data })
    // This update would never end if counting took a lock.
    await database.media.update({ where: { id: second }, data })
    await transaction.$executeRaw`SELECT "foldMediaDeltas"()`
  })
  expect(await countMedia(viewer, { kinds: ['OTHER'] })).toBe(previousCount + 2)
})

import fc from 'fast-check'
import { describe, expect } from 'vitest'
import { type Client, ResponseError } from '../../client/client.ts'
import { TagsDocument } from '../../client/generated/documents.ts'
import { withTagKeys } from '../../src/services/kernel/tagKeys.ts'
import { it } from '../harness/it.ts'
import { seedMedia, trashMedia } from '../harness/seed.ts'
import type { World } from '../harness/world.ts'

const listTags = async (viewer: Client, search?: string, first?: number) =>
  (await viewer.send(TagsDocument, { search, first })).tags

const setTags = (world: World, id: string, ...names: string[]) =>
  world.runtime.ports.database.media.update({ where: { id }, data: withTagKeys(names) })

describe('the list of tags', () => {
  let historyMediaId: string

  it.beforeAll(async ({ world }) => {
    const [a = '', b = '', c = ''] = await seedMedia(world, 3)
    await setTags(world, a, 'Biology', 'Micro_biology', '100%')
    await setTags(world, b, 'biology', 'History')
    await setTags(world, c, 'BIOLOGY')
    historyMediaId = b
  })

  it('contains every tag without a search text', async ({ users: { viewer } }) => {
    expect(await listTags(viewer)).toHaveLength(4)
  })

  it('begins with the most used tag', async ({ users: { viewer } }) => {
    expect(await listTags(viewer, 'bio')).toEqual([
      { name: 'Biology', count: 3 },
      { name: 'Micro_biology', count: 1 },
    ])
    expect(await listTags(viewer, 'OLOG', 1)).toEqual([{ name: 'Biology', count: 3 }])
  })

  it('treats wildcards in the search text as characters', async ({ users: { viewer } }) => {
    expect(await listTags(viewer, 'o_b')).toEqual([{ name: 'Micro_biology', count: 1 }])
    expect(await listTags(viewer, '%')).toEqual([{ name: '100%', count: 1 }])
  })

  it('is empty if no tag contains the search text', async ({ users: { viewer } }) => {
    expect(await listTags(viewer, 'nothing')).toEqual([])
  })

  it('does not count media in the trash', async ({ world, users: { viewer } }) => {
    await trashMedia(world, historyMediaId)
    expect(await listTags(viewer, 'history')).toEqual([])
    expect(await listTags(viewer, 'biology', 1)).toEqual([{ name: 'Biology', count: 2 }])
  })
})

it.for([{ first: 0 }, { first: 101 }, { search: 'x'.repeat(65) }])(
  'the arguments %j are refused',
  async (variables, { users: { viewer } }) => {
    await expect(viewer.send(TagsDocument, variables)).rejects.toThrow(ResponseError)
  },
)

it('counts stay correct through any changes of media, whenever their deltas are folded', async ({
  world,
  users: { viewer },
}) => {
  const { database } = world.runtime.ports
  const ids = await seedMedia(world, 8)
  const names = ['Alpha', 'alpha', 'Beta', 'Gamma', 'Delta']
  const change = fc.record({
    mediaIndex: fc.nat(7),
    kind: fc.constantFrom('tag', 'tag', 'trash', 'restore', 'touch', 'fold', 'undo'),
    names: fc.uniqueArray(fc.constantFrom(...names), { maxLength: 4, selector: (name) => name.toLowerCase() }),
  })
  const compare = async (): Promise<void> => {
    const counts = new Map<string, number>()
    for (const { tagKeys } of await database.media.findMany({ where: { deletedAt: null } }))
      for (const key of tagKeys) counts.set(key, (counts.get(key) ?? 0) + 1)
    const listedTags = await listTags(viewer, '', 100)
    expect(Object.fromEntries(listedTags.map(({ name, count }) => [name.toLowerCase(), count]))).toEqual(
      Object.fromEntries(counts),
    )
    expect(listedTags.map(({ count }) => count)).toEqual(
      listedTags.map(({ count }) => count).toSorted((one, two) => two - one),
    )
  }
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 12 }), async (changes) => {
      const apply = async ({ mediaIndex, kind, names: newTags }: (typeof changes)[number]) => {
        const where = { id: ids[mediaIndex] ?? '' }
        if (kind === 'tag') await database.media.update({ where, data: withTagKeys(newTags) })
        if (kind === 'trash') await database.media.updateMany({ where, data: { deletedAt: new Date() } })
        if (kind === 'restore') await database.media.updateMany({ where, data: { deletedAt: null } })
        if (kind === 'touch') await database.media.updateMany({ data: { description: 'touched' } })
        if (kind === 'fold') await database.$executeRaw`SELECT "foldTagDeltas"()`
        if (kind === 'undo')
          await database
            .$transaction(async (transaction) => {
              await transaction.media.update({ where, data: withTagKeys(['Never']) })
              await transaction.$executeRaw`SELECT "foldTagDeltas"()`
              throw new Error('rolled back')
            })
            .catch(() => undefined)
      }
      await Promise.all([
        (async () => {
          for (const one of changes.filter((_, index) => index % 2 === 0)) await apply(one)
        })(),
        (async () => {
          for (const one of changes.filter((_, index) => index % 2 === 1)) await apply(one)
        })(),
      ])
      await compare()
    }),
    { numRuns: 25 },
  )
})

it('transactions that write the same tags do not wait for each other', async ({ world, users: { viewer } }) => {
  const { database } = world.runtime.ports
  const [one = '', two = ''] = await seedMedia(world, 2)
  await database.$transaction(async (transaction) => {
    await transaction.media.update({ where: { id: one }, data: withTagKeys(['shared', 'other']) })
    // This would wait forever if counting took a lock.
    await database.media.update({ where: { id: two }, data: withTagKeys(['other', 'shared']) })
    await transaction.$executeRaw`SELECT "foldTagDeltas"()`
  })
  expect(await listTags(viewer, 'shared')).toEqual([{ name: 'shared', count: 2 }])
})

import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Client, ResponseError } from '../../client/client.ts'
import { TagsDocument } from '../../client/generated/documents.ts'
import { withTagKeys } from '../../src/services/kernel/tagKeys.ts'
import { seedMedia, trashMedia } from '../harness/seed.ts'
import { openWorld, type World } from '../harness/world.ts'

let world: World
let viewer: Client

beforeAll(async () => {
  world = await openWorld()
  viewer = await world.client('viewer', 'Vera')
})
afterAll(() => world?.close())

const listTags = async (search?: string, first?: number) => (await viewer.send(TagsDocument, { search, first })).tags

const setTags = (id: string, ...names: string[]) =>
  world.runtime.ports.database.media.update({ where: { id }, data: withTagKeys(names) })

it('tags are completed by any part of them, the most used first, without the trash', async () => {
  const [a = '', b = '', c = ''] = await seedMedia(world, 3)
  await setTags(a, 'Biology', 'Micro_biology', '100%')
  await setTags(b, 'biology', 'History')
  await setTags(c, 'BIOLOGY')
  expect(await listTags('bio')).toEqual([
    { name: 'Biology', count: 3 },
    { name: 'Micro_biology', count: 1 },
  ])
  expect(await listTags('OLOG', 1)).toEqual([{ name: 'Biology', count: 3 }])
  expect(await listTags('o_b')).toEqual([{ name: 'Micro_biology', count: 1 }])
  expect(await listTags('%')).toEqual([{ name: '100%', count: 1 }])
  expect(await listTags('nothing')).toEqual([])
  expect(await listTags()).toHaveLength(4)
  await trashMedia(world, b)
  expect(await listTags('history')).toEqual([])
  expect(await listTags('biology', 1)).toEqual([{ name: 'Biology', count: 2 }])
})

it.each([{ first: 0 }, { first: 101 }, { search: 'x'.repeat(65) }])('refuses %j', async (variables) => {
  await expect(viewer.send(TagsDocument, variables)).rejects.toThrow(ResponseError)
})

it('counts stay true whatever happens to media, at whatever moment they are folded', async () => {
  const { database } = world.runtime.ports
  const ids = await seedMedia(world, 8)
  const names = ['Alpha', 'alpha', 'Beta', 'Gamma', 'Delta']
  const change = fc.record({
    which: fc.nat(7),
    kind: fc.constantFrom('tag', 'tag', 'trash', 'restore', 'touch', 'fold', 'undo'),
    names: fc.uniqueArray(fc.constantFrom(...names), { maxLength: 4, selector: (name) => name.toLowerCase() }),
  })
  const compare = async (): Promise<void> => {
    const counts = new Map<string, number>()
    for (const { tagKeys } of await database.media.findMany({ where: { deletedAt: null } }))
      for (const key of tagKeys) counts.set(key, (counts.get(key) ?? 0) + 1)
    const listedTags = await listTags('', 100)
    expect(Object.fromEntries(listedTags.map(({ name, count }) => [name.toLowerCase(), count]))).toEqual(
      Object.fromEntries(counts),
    )
    expect(listedTags.map(({ count }) => count)).toEqual(
      listedTags.map(({ count }) => count).toSorted((one, two) => two - one),
    )
  }
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 12 }), async (changes) => {
      const apply = async ({ which, kind, names: newTags }: (typeof changes)[number]) => {
        const where = { id: ids[which] ?? '' }
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

it('writers of the same tags do not wait for each other', async () => {
  const { database } = world.runtime.ports
  const [one = '', two = ''] = await seedMedia(world, 2)
  await database.$transaction(async (transaction) => {
    await transaction.media.update({ where: { id: one }, data: withTagKeys(['shared', 'other']) })
    // Would wait for ever if counting took a lock.
    await database.media.update({ where: { id: two }, data: withTagKeys(['other', 'shared']) })
    await transaction.$executeRaw`SELECT "foldTagDeltas"()`
  })
  expect(await listTags('shared')).toEqual([{ name: 'shared', count: 2 }])
})

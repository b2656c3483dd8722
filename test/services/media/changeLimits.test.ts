import { expect } from 'vitest'
import { uuidOf } from '../../harness/ids.ts'
import { it } from '../../harness/mediaIt.ts'
import type { World } from '../../harness/world.ts'
import { createViewer, openChanges } from './changesWorld.ts'

const refusal = (message: string) => ({ code: 'RATE_LIMITED', message: expect.stringContaining(message) })

const addTag = async ({ runtime }: World, ids: readonly string[], tag: string): Promise<void> => {
  const where = { id: { in: ids.map(uuidOf) } }
  await runtime.ports.database.media.updateMany({ where, data: { tags: [tag], tagKeys: [tag] } })
}

it('the first events of two subscribers of a list are different objects', async ({ world }) => {
  const changes = openChanges(world)
  const filter = { tagsAny: ['shared'] }
  const together = await Promise.all([1, 2].map(() => changes.subscribe(createViewer(), { filter })))
  const streams = [...together, await changes.subscribe(createViewer(), { filter })]
  const events = await Promise.all(streams.map(async (stream) => (await stream.next()).value))
  expect(events).toEqual([[], [], []])
  expect(new Set(events).size).toBe(3)
})

it('a user follows at most 20 different lists, which leaves others theirs', async ({ world }) => {
  const changes = openChanges(world)
  const [greedy, other] = [createViewer(), createViewer()]
  const follow = (user: typeof greedy, number: number) =>
    changes.subscribe(user, { filter: { tagsAny: [`list ${number}`] } })
  const streams = await Promise.all(Array.from({ length: 20 }, (_, number) => follow(greedy, number)))
  await expect(follow(greedy, 20)).rejects.toMatchObject(refusal('You follow 20 different lists already.'))
  await follow(greedy, 3) // the same list again
  await follow(other, 20)
  await streams[7]?.return?.()
  await follow(greedy, 21)
})

it('a list is refused once its members turn out to be too many', async ({ world, createMedia }) => {
  await addTag(world, [await createMedia(), await createMedia(), await createMedia()], 'many')
  const changes = openChanges(world, { limits: { maxMembers: 1002 } })
  await expect(changes.subscribe(createViewer(), { filter: { tagsAny: ['many'] } })).rejects.toMatchObject(
    refusal('Too many different lists are followed'),
  )
  await changes.subscribe(createViewer(), { filter: { tagsAny: ['none'] } })
})

it('the lists of one user hold a share of the members', async ({ world, createMedia }) => {
  await addTag(world, [await createMedia(), await createMedia()], 'half')
  const changes = openChanges(world, { limits: { maxMembersPerUser: 2001 } })
  const [greedy, other] = [createViewer(), createViewer()]
  await changes.subscribe(greedy, { filter: { tagsAny: ['half'] } })
  const second = { filter: { tagsAny: ['half', 'another'] } }
  await expect(changes.subscribe(greedy, second)).rejects.toMatchObject(refusal('hold too many media'))
  await changes.subscribe(other, second)
})

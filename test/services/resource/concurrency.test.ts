import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { expect } from 'vitest'
import type { UserActor } from '../../../src/services/kernel/actor.ts'
import { globalId } from '../../../src/services/kernel/ids.ts'
import { maxParents, type ResourceInput } from '../../../src/services/kernel/resourceInput.ts'
import { it } from '../../harness/actorIt.ts'
import { outcomeOf } from '../../harness/refusals.ts'
import { seedMedia } from '../../harness/seed.ts'
import type { World } from '../../harness/world.ts'

// Concurrent calls that link media to a few resources, and move or delete these.

const [mediaCount, unitCount, maxChain] = [5, 7, 4]
const medium = fc.nat(mediaCount - 1)
const units = fc.shuffledSubarray(
  Array.from({ length: unitCount }, (_, index) => index),
  { minLength: 1, maxLength: maxChain },
)
const title = fc.option(fc.constantFrom('Roots', 'Trees'), { nil: undefined })

/** `chain` names the resource first, then its parents. */
const command = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('link' as const), media: medium, chain: units, title }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('unlink' as const), media: medium, chain: units }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('remove' as const), chain: units }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('set' as const), media: fc.uniqueArray(medium), chain: units }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('force', 'restore'), media: medium }) },
)
type Command = typeof command extends fc.Arbitrary<infer Value> ? Value : never

interface Library {
  world: World
  actor: UserActor
  mediaIds: string[]
  source: string
}

const createLibrary = async (world: World, actor: UserActor): Promise<Library> => {
  return { world, actor, mediaIds: await seedMedia(world, mediaCount), source: `lms-${randomUUID()}` }
}

const perform = ({ world, actor, mediaIds, source }: Library, command: Command): Promise<string> => {
  const { usages, resources, trash } = world.runtime.services
  const mediaId = (index: number) => globalId('Media', mediaIds[index] ?? '')
  const refOf = (unit: number) => ({ source, type: 'unit', externalId: `unit-${unit}` })
  const chainOf = ([unit = 0, ...parents]: number[], texts: object = {}): ResourceInput => ({
    ...refOf(unit),
    ...texts,
    ...(parents.length === 0 ? {} : { parent: chainOf(parents) }),
  })
  const call = (): Promise<unknown> => {
    switch (command.do) {
      case 'link': {
        const resource = chainOf(command.chain, { title: command.title })
        return usages.link(actor, { mediaId: mediaId(command.media), resource })
      }
      case 'unlink':
        return usages.unlink(actor, { mediaId: mediaId(command.media), resource: refOf(command.chain[0] ?? 0) })
      case 'remove':
        return resources.delete(actor, refOf(command.chain[0] ?? 0))
      case 'set':
        return resources.setMedia(actor, { resource: chainOf(command.chain), mediaIds: command.media.map(mediaId) })
      case 'force':
        return trash.delete(actor, { id: mediaId(command.media), force: true })
      case 'restore':
        return trash.restore(actor, mediaId(command.media))
    }
    throw new Error('Unknown command.')
  }
  return outcomeOf(call())
}

/** Compares the tables with each other and with the log. */
const check = async ({ world, mediaIds, source }: Library): Promise<void> => {
  const { database } = world.runtime.ports
  const resources = await database.resource.findMany({ where: { source }, include: { usages: true } })
  const byId = new Map(resources.map((row) => [row.id, row]))
  const depthOf = (parentId: string | null, depth = 0): number =>
    parentId === null || depth > maxParents ? depth : depthOf(byId.get(parentId)?.parentId ?? null, depth + 1)
  for (const { parentId, deletedAt, usages } of resources) {
    expect(depthOf(parentId)).toBeLessThan(unitCount)
    if (deletedAt !== null) expect(usages).toEqual([])
    else if (parentId !== null) expect(byId.get(parentId)?.deletedAt).toBeNull()
  }
  const links = resources.flatMap(({ usages }) => usages.map(({ mediaId, resourceId }) => `${mediaId} ${resourceId}`))
  for (const { id, usageCount, deletedAt } of await database.media.findMany({ where: { id: { in: mediaIds } } })) {
    expect(usageCount).toBe(links.filter((each) => each.startsWith(id)).length)
    if (deletedAt !== null) expect(usageCount).toBe(0)
  }
  const events = await database.event.findMany({ where: { nodeId: { in: [...mediaIds, ...byId.keys()] } } })
  const balances = new Map<string, number>()
  for (const { action, nodeId, data } of events) {
    if (action !== 'media.linked' && action !== 'media.unlinked') continue
    const key = `${nodeId} ${(data as { resourceId: string }).resourceId}` // as: the actions' shape
    balances.set(key, (balances.get(key) ?? 0) + (action === 'media.linked' ? 1 : -1))
  }
  const logged = [...balances].flatMap(([key, balance]) => Array.from({ length: balance }, () => key))
  expect(logged.toSorted()).toEqual(links.toSorted())
  const created = events.filter(({ action }) => action === 'resource.created').map(({ nodeId }) => nodeId)
  expect(created.toSorted()).toEqual([...byId.keys()].toSorted())
}

it('keeps a forest whose deleted resources have no links, whatever runs at once', async ({ world, actor }) => {
  const outcomes = new Map<string, number>()
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(command, { minLength: 4, maxLength: 8 }), { minLength: 6 }), async (groups) => {
      const library = await createLibrary(world, actor)
      for (const group of groups) {
        const results = await Promise.all(group.map((each) => perform(library, each)))
        for (const result of results) outcomes.set(result, (outcomes.get(result) ?? 0) + 1)
        await check(library)
      }
    }),
    { numRuns: 10, endOnFailure: true },
  )
  expect(Math.min(outcomes.get('done') ?? 0, outcomes.get('INVALID_INPUT') ?? 0)).toBeGreaterThan(0)
  expect(outcomes.has('RATE_LIMITED')).toBe(false)
})

it('refuses one of two concurrent moves that would form a cycle', async ({ world, actor }) => {
  const library = await createLibrary(world, actor)
  for (let round = 0; round < 20; round++) {
    for (const unit of [0, 1]) await perform(library, { do: 'remove', chain: [unit] })
    for (const unit of [0, 1]) await perform(library, { do: 'link', media: 0, chain: [unit], title: undefined })
    const moves = [
      [0, 1],
      [1, 0],
    ].map((chain, media) => perform(library, { do: 'link', media, chain, title: undefined }))
    expect((await Promise.all(moves)).toSorted()).toEqual(['INVALID_INPUT', 'done'])
    await check(library)
  }
})

it('leaves one of two concurrent lists of media, never their union', async ({ world, actor }) => {
  const library = await createLibrary(world, actor)
  for (let round = 0; round < 20; round++) {
    const chain = [round % 4]
    const lists = [[0, 1], [2, 3], [4]]
    const sets = lists.map((media) => perform(library, { do: 'set', media, chain }))
    expect(new Set(await Promise.all(sets))).toEqual(new Set(['done']))
    const rows = await world.runtime.ports.database.mediaUsage.findMany({
      where: { resource: { source: library.source, externalId: `unit-${chain[0]}` } },
    })
    const indexes = rows.map(({ mediaId }) => library.mediaIds.indexOf(mediaId)).toSorted()
    expect(lists).toContainEqual(indexes)
  }
})

it('creates each resource once for concurrent links that need it', async ({ world, actor }) => {
  const library = await createLibrary(world, actor)
  for (let round = 0; round < 10; round++) {
    const chains = [
      [0, 1, 2],
      [3, 1, 2],
      [4, 1, 2],
      [5, 2],
      [6, 2],
    ]
    const fresh = { ...library, source: `lms-${randomUUID()}` }
    const links = chains.map((chain, media) =>
      perform(fresh, { do: 'link', media: media % mediaCount, chain, title: undefined }),
    )
    expect(new Set(await Promise.all(links))).toEqual(new Set(['done']))
    const created = await world.runtime.ports.database.resource.findMany({ where: { source: fresh.source } })
    const names = new Set(created.map(({ externalId }) => externalId))
    expect([created.length, names.size]).toEqual([7, 7])
    const count = await world.runtime.ports.database.event.count({
      where: { action: 'resource.created', nodeId: { in: created.map(({ id }) => id) } },
    })
    expect(count).toBe(7)
  }
})

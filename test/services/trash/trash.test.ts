import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { UserActor } from '../../../src/services/kernel/actor.ts'
import { globalId } from '../../../src/services/kernel/ids.ts'
import { blobKey } from '../../../src/services/storage/blobs.ts'
import { uuidOf } from '../../harness/ids.ts'
import { outcomeOf } from '../../harness/refusals.ts'
import { seedAdmin } from '../../harness/seed.ts'
import { openWorld, type World } from '../../harness/world.ts'

let world: World
let actor: UserActor

beforeAll(async () => {
  world = await openWorld()
  actor = await seedAdmin(world)
})
afterAll(() => world?.close())

// The model: a handful of media, one course with two lessons, and what each command does to them.

const resourceNames = ['course', 'lesson1', 'lesson2'] as const
type ResourceName = (typeof resourceNames)[number]

interface ModelMedia {
  state: 'live' | 'trash' | 'gone'
  links: ResourceName[]
  remembered: ResourceName[]
}
interface Model {
  media: ModelMedia[]
  /** Those that are not deleted. */
  resources: ResourceName[]
}

type Command =
  | { do: 'link' | 'unlink'; media: number; resource: ResourceName }
  | { do: 'delete' | 'force' | 'restore' | 'purge'; media: number }
  | { do: 'set'; resource: ResourceName; all: number[] }
  | { do: 'resourceDelete'; resource: ResourceName }
  | { do: 'reclaim' }

const sorted = (names: Iterable<ResourceName>): ResourceName[] => [...new Set(names)].toSorted()
const withResource = (model: Model, name: ResourceName): ResourceName[] => sorted([...model.resources, name, 'course'])
const subtreeOf = (name: ResourceName): readonly ResourceName[] => (name === 'course' ? resourceNames : [name])

/** What a command does where it succeeds, and the code of the refusal where it does not. */
const step = (model: Model, command: Command): { model: Model; outcome: string } => {
  const refuse = (outcome: string) => ({ model, outcome })
  const succeed = (change: Partial<Model>) => ({ model: { ...model, ...change }, outcome: 'done' })
  const updateMedia = (index: number, change: Partial<ModelMedia>) =>
    model.media.map((media, at) => (at === index ? { ...media, ...change } : media))

  if (command.do === 'reclaim') return succeed({})
  if (command.do === 'resourceDelete') {
    const removedNames = subtreeOf(command.resource)
    const media = model.media.map((each) => ({
      ...each,
      links: each.links.filter((name) => !removedNames.includes(name)),
    }))
    return succeed({ media, resources: model.resources.filter((name) => !removedNames.includes(name)) })
  }
  if (command.do === 'set') {
    if (command.all.some((index) => model.media[index]?.state !== 'live')) return refuse('STATE_CONFLICT')
    const media = model.media.map((each, index) => {
      const others = each.links.filter((name) => name !== command.resource)
      return { ...each, links: command.all.includes(index) ? sorted([...others, command.resource]) : others }
    })
    return succeed({ media, resources: withResource(model, command.resource) })
  }
  const media = model.media[command.media]
  if (media === undefined || media.state === 'gone') return refuse('NOT_FOUND')
  const { state, links, remembered } = media
  switch (command.do) {
    case 'link':
      if (state !== 'live') return refuse('NOT_FOUND')
      return succeed({
        media: updateMedia(command.media, { links: sorted([...links, command.resource]) }),
        resources: withResource(model, command.resource),
      })
    case 'unlink':
      if (state !== 'live') return refuse('NOT_FOUND')
      return succeed({
        media: updateMedia(command.media, { links: links.filter((name) => name !== command.resource) }),
      })
    case 'delete':
      if (state !== 'live') return refuse('STATE_CONFLICT')
      if (links.length > 0) return refuse('IN_USE')
      return succeed({ media: updateMedia(command.media, { state: 'trash' }) })
    case 'force':
      if (state !== 'live') return refuse('STATE_CONFLICT')
      return succeed({ media: updateMedia(command.media, { state: 'trash', links: [], remembered: links }) })
    case 'restore': {
      if (state !== 'trash') return refuse('STATE_CONFLICT')
      const returning = remembered.filter((name) => model.resources.includes(name))
      return succeed({ media: updateMedia(command.media, { state: 'live', links: returning, remembered: [] }) })
    }
    case 'purge':
      if (state !== 'trash') return refuse('STATE_CONFLICT')
      return succeed({ media: updateMedia(command.media, { state: 'gone', remembered: [] }) })
  }
}

// The real thing, driven by the same commands.

interface Fixture {
  ids: string[]
  key(name: ResourceName): { type: string; externalId: string }
}

let runs = 0
const contents = ['first', 'second', 'first']

const createFixture = async (): Promise<Fixture> => {
  const run = ++runs
  const client = await world.client('admin', 'Root')
  const ids: string[] = []
  for (const content of contents)
    ids.push(await world.upload(client, Buffer.from(`${content} ${run % 3}`), { allowDuplicate: true }))
  const key = (name: ResourceName) => ({
    type: name === 'course' ? 'course' : 'lesson',
    externalId: `${name}-${run}`,
  })
  for (const name of resourceNames) await world.runtime.services.resources.setMedia(actor, setInput(key, name, []))
  return { ids: ids.map(uuidOf), key }
}

const resourceInput = (key: Fixture['key'], name: ResourceName) =>
  name === 'course' ? key(name) : { ...key(name), parent: key('course') }
const setInput = (key: Fixture['key'], name: ResourceName, mediaIds: string[]) => ({
  resource: resourceInput(key, name),
  mediaIds,
})

const perform = async ({ ids, key }: Fixture, command: Command): Promise<string> => {
  const { usages, resources, trash, blobs } = world.runtime.services
  const idOf = (index: number) => globalId('Media', ids[index] ?? '')
  const runCommand = async (): Promise<unknown> => {
    switch (command.do) {
      case 'link': {
        const resource = resourceInput(key, command.resource)
        return usages.link(actor, { mediaId: idOf(command.media), resource })
      }
      case 'unlink':
        return usages.unlink(actor, { mediaId: idOf(command.media), resource: key(command.resource) })
      case 'set':
        return resources.setMedia(actor, setInput(key, command.resource, command.all.map(idOf)))
      case 'resourceDelete':
        return resources.delete(actor, key(command.resource))
      case 'delete':
      case 'force':
        return trash.delete(actor, { id: idOf(command.media), force: command.do === 'force' })
      case 'restore':
        return trash.restore(actor, idOf(command.media))
      case 'purge':
        return trash.purge(actor, idOf(command.media))
      case 'reclaim':
        return blobs.collectGarbage()
    }
  }
  return outcomeOf(runCommand())
}

const nameOf = (externalId: string): ResourceName =>
  resourceNames.find((name) => externalId.startsWith(`${name}-`)) ?? 'course'

/** What the tables say, in the model's words; and each link's own row, whether it is there or remembered. */
const observe = async ({ ids, key }: Fixture) => {
  const { database } = world.runtime.ports
  const rows = await database.media.findMany({
    where: { id: { in: ids } },
    include: { usages: { include: { resource: true } }, rememberedUsages: { include: { resource: true } } },
  })
  const byId = new Map(rows.map((row) => [row.id, row]))
  const media = ids.map((id): ModelMedia => {
    const row = byId.get(id)
    if (row === undefined) return { state: 'gone', links: [], remembered: [] }
    expect(row.usageCount).toBe(row.usages.length)
    expect(row.unusedSince === null).toBe(row.usages.length > 0)
    expect(row.purgeAt === null).toBe(row.deletedAt === null)
    if (row.deletedAt !== null) expect(row.usages).toEqual([])
    return {
      state: row.deletedAt === null ? 'live' : 'trash',
      links: sorted(row.usages.map(({ resource }) => nameOf(resource.externalId))),
      remembered: sorted(row.rememberedUsages.map(({ resource }) => nameOf(resource.externalId))),
    }
  })
  const resources = await database.resource.findMany({
    where: { externalId: { in: resourceNames.map((name) => key(name).externalId) }, deletedAt: null },
  })
  const links = rows.flatMap((row) =>
    [...row.usages, ...row.rememberedUsages].map(({ id, mediaId, resourceId, linkedAt, linkedById }) => ({
      pair: `${mediaId} ${resourceId}`,
      text: JSON.stringify([id, linkedAt, linkedById]),
    })),
  )
  const model: Model = { media, resources: sorted(resources.map(({ externalId }) => nameOf(externalId))) }
  return { model, links: new Map(links.map(({ pair, text }) => [pair, text])) }
}

const ageOrphans = () =>
  world.runtime.ports.database.blob.updateMany({
    where: { orphanedAt: { not: null } },
    data: { orphanedAt: new Date(Date.now() - 2 * 60 * 60 * 1000) },
  })

const checkBlobs = async (): Promise<void> => {
  const { database, storage } = world.runtime.ports
  for (const { sha256 } of await database.mediaVersion.findMany({ select: { sha256: true } }))
    expect(await storage.stat(blobKey(sha256))).not.toBeNull()
}

const mediaIndex = fc.nat({ max: contents.length - 1 })
const resourceName = fc.constantFrom(...resourceNames)
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('link' as const), media: mediaIndex, resource: resourceName }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('unlink' as const), media: mediaIndex, resource: resourceName }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constantFrom(
        'delete' as const,
        'force' as const,
        'force' as const,
        'restore' as const,
        'restore' as const,
      ),
      media: mediaIndex,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('purge' as const), media: mediaIndex }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('set' as const),
      resource: resourceName,
      all: fc.uniqueArray(mediaIndex),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('resourceDelete' as const), resource: resourceName }) },
  { weight: 1, arbitrary: fc.constant({ do: 'reclaim' as const }) },
)

/** Where a link may have ended and been made anew: then the same media and resource have another one. */
const mayRenewLinks = (left: Command, right: Command): boolean => {
  const both = [left.do, right.do]
  if (both.some((each) => each === 'unlink' || each === 'set' || each === 'resourceDelete')) return true
  // One that is lost by the restore, since its resource is gone, until the link brings that back.
  return both.includes('restore') && both.includes('link')
}

it('two callers at a time always leave what one after the other would have left', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(command, command), { minLength: 6, maxLength: 16 }), async (pairs) => {
      const fixture = await createFixture()
      let { model, links } = await observe(fixture)
      expect(model.resources).toEqual(sorted(resourceNames))
      for (const [left, right] of pairs) {
        await ageOrphans()
        const outcomes = await Promise.all([perform(fixture, left), perform(fixture, right)])
        const actual = await observe(fixture)
        const leftFirst = step(model, left)
        const rightFirst = step(model, right)
        const thenRight = step(leftFirst.model, right)
        const thenLeft = step(rightFirst.model, left)
        expect([
          { model: thenRight.model, outcomes: [leftFirst.outcome, thenRight.outcome] },
          { model: thenLeft.model, outcomes: [thenLeft.outcome, rightFirst.outcome] },
        ]).toContainEqual({ model: actual.model, outcomes })
        // A link that was there before, or remembered, and is there now, is the very same row.
        if (!mayRenewLinks(left, right))
          for (const [pair, text] of links) if (actual.links.has(pair)) expect(actual.links.get(pair)).toBe(text)
        ;({ model, links } = actual)
        await checkBlobs()
      }
    }),
    { numRuns: 12 },
  )
  // Nothing has leaked: when all of them are gone, an hour later so are their bytes.
  const { database, storage } = world.runtime.ports
  const { trash, blobs } = world.runtime.services
  const blobRows = await database.blob.findMany({ select: { sha256: true } })
  for (const { id, deletedAt } of await database.media.findMany()) {
    if (deletedAt === null) await trash.delete(actor, { id: globalId('Media', id), force: true })
    await trash.purge(actor, globalId('Media', id))
  }
  await ageOrphans()
  await blobs.collectGarbage()
  expect(await database.blob.count()).toBe(0)
  for (const { sha256 } of blobRows) expect(await storage.stat(blobKey(sha256))).toBeNull()
})

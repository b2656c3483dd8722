import fc from 'fast-check'
import { expect } from 'vitest'
import type { Client } from '../../../client/client.ts'
import type { UserActor } from '../../../src/services/kernel/actor.ts'
import { globalId } from '../../../src/services/kernel/ids.ts'
import { blobKey } from '../../../src/services/storage/blobs.ts'
import { it } from '../../harness/actorIt.ts'
import { uuidOf } from '../../harness/ids.ts'
import { outcomeOf } from '../../harness/refusals.ts'
import type { World } from '../../harness/world.ts'
import {
  type Command,
  command,
  contents,
  type Model,
  type ModelMedia,
  type ResourceName,
  resourceNames,
  sorted,
  step,
} from './model.ts'

// Runs the model's commands against the services.

/** The media and resources of one run, in a world that several runs share. */
interface Library {
  world: World
  actor: UserActor
  ids: string[]
  key(name: ResourceName): { type: string; externalId: string }
}

/** Creates a library whose content is that of every third run. */
const createLibrary = async (world: World, client: Client, actor: UserActor, run: number): Promise<Library> => {
  const ids: string[] = []
  for (const content of contents)
    ids.push(await world.upload(client, Buffer.from(`${content} ${run % 3}`), { allowDuplicate: true }))
  const key = (name: ResourceName) => ({
    type: name === 'course' ? 'course' : 'lesson',
    externalId: `${name}-${run}`,
  })
  for (const name of resourceNames) await world.runtime.services.resources.setMedia(actor, setInput(key, name, []))
  return { world, actor, ids: ids.map(uuidOf), key }
}

const resourceInput = (key: Library['key'], name: ResourceName) =>
  name === 'course' ? key(name) : { ...key(name), parent: key('course') }
const setInput = (key: Library['key'], name: ResourceName, mediaIds: string[]) => ({
  resource: resourceInput(key, name),
  mediaIds,
})

const perform = async ({ world, actor, ids, key }: Library, command: Command): Promise<string> => {
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

/** Reads the tables as a state of the model, together with the row of each usage, linked or remembered. */
const observe = async ({ world, ids, key }: Library) => {
  const { database } = world.runtime.ports
  const rows = await database.media.findMany({
    where: { id: { in: ids } },
    include: { usages: { include: { resource: true } }, rememberedUsages: { include: { resource: true } } },
  })
  const byId = new Map(rows.map((row) => [row.id, row]))
  const media = ids.map((id): ModelMedia => {
    const row = byId.get(id)
    if (row === undefined) return { state: 'purged', links: [], remembered: [] }
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

const ageOrphans = (world: World) =>
  world.runtime.ports.database.blob.updateMany({
    where: { orphanedAt: { not: null } },
    data: { orphanedAt: new Date(Date.now() - 2 * 60 * 60 * 1000) },
  })

const checkBlobs = async (world: World): Promise<void> => {
  const { database, storage } = world.runtime.ports
  for (const { sha256 } of await database.mediaVersion.findMany({ select: { sha256: true } }))
    expect(await storage.stat(blobKey(sha256))).not.toBeNull()
}

/** True if a usage may have been deleted and created again: then its media and resource have another row. */
const mayRenewLinks = (left: Command, right: Command): boolean => {
  const both = [left.do, right.do]
  if (both.some((each) => each === 'unlink' || each === 'set' || each === 'resourceDelete')) return true
  // The restore loses a usage whose resource is deleted; the link then restores the resource and creates a new row.
  return both.includes('restore') && both.includes('link')
}

it('gives two concurrent calls the effect of some sequential order', async ({ world, users: { admin }, actor }) => {
  let runCount = 0
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(command, command), { minLength: 6, maxLength: 16 }), async (pairs) => {
      const library = await createLibrary(world, admin, actor, ++runCount)
      let { model, links } = await observe(library)
      expect(model.resources).toEqual(sorted(resourceNames))
      for (const [left, right] of pairs) {
        await ageOrphans(world)
        const outcomes = await Promise.all([perform(library, left), perform(library, right)])
        const actual = await observe(library)
        const leftFirst = step(model, left)
        const rightFirst = step(model, right)
        const thenRight = step(leftFirst.model, right)
        const thenLeft = step(rightFirst.model, left)
        expect([
          { model: thenRight.model, outcomes: [leftFirst.outcome, thenRight.outcome] },
          { model: thenLeft.model, outcomes: [thenLeft.outcome, rightFirst.outcome] },
        ]).toContainEqual({ model: actual.model, outcomes })
        // A usage that was linked or remembered before, and is so now, is still the same row.
        if (!mayRenewLinks(left, right))
          for (const [pair, text] of links) if (actual.links.has(pair)) expect(actual.links.get(pair)).toBe(text)
        ;({ model, links } = actual)
        await checkBlobs(world)
      }
    }),
    { numRuns: 12 },
  )
  // Nothing has leaked: once all media are purged, their blobs are deleted after the grace time of an hour.
  const { database, storage } = world.runtime.ports
  const { trash, blobs } = world.runtime.services
  const blobRows = await database.blob.findMany({ select: { sha256: true } })
  for (const { id, deletedAt } of await database.media.findMany()) {
    if (deletedAt === null) await trash.delete(actor, { id: globalId('Media', id), force: true })
    await trash.purge(actor, globalId('Media', id))
  }
  await ageOrphans(world)
  await blobs.collectGarbage()
  expect(await database.blob.count()).toBe(0)
  for (const { sha256 } of blobRows) expect(await storage.stat(blobKey(sha256))).toBeNull()
})

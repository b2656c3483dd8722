import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { expect } from 'vitest'
import type { UserActor } from '../../../src/services/kernel/actor.ts'
import { globalId } from '../../../src/services/kernel/ids.ts'
import type { Database } from '../../../src/services/kernel/ports.ts'
import type { ResourceInput } from '../../../src/services/kernel/resourceInput.ts'
import { it } from '../../harness/actorIt.ts'
import { outcomeOf } from '../../harness/refusals.ts'
import { seedMedia } from '../../harness/seed.ts'
import { openSession } from '../../harness/session.ts'
import type { World } from '../../harness/world.ts'

const types = ['course', 'course', 'course', 'chapter', 'chapter', 'lesson', 'lesson']
const mediaCount = 5
const medium = fc.nat(mediaCount - 1)
/** A resource first, then its parents: any of them may be a course, so that courses are in courses. */
const units = fc.shuffledSubarray([...types.keys()], { minLength: 1, maxLength: 4 })
const command = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('link' as const), media: medium, chain: units }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('unlink' as const), media: medium, chain: units }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('set' as const), list: fc.uniqueArray(medium), chain: units }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('remove' as const), chain: units }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('force' as const, 'restore' as const), media: medium }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('merge' as const), media: medium, other: medium }) },
)
type Command = typeof command extends fc.Arbitrary<infer Value> ? Value : never

/** Media of equal content, so that they can be merged. */
const createLibrary = async (world: World) => {
  const mediaIds = await seedMedia(world, mediaCount, { status: 'READY' })
  const sha256 = 'e'.repeat(64)
  await world.runtime.ports.database.media.updateMany({ where: { id: { in: mediaIds } }, data: { sha256 } })
  return { mediaIds, source: `lms-${randomUUID()}` }
}
type Library = Awaited<ReturnType<typeof createLibrary>>

const perform = (world: World, actor: UserActor, library: Library, command: Command): Promise<string> => {
  const { usages, resources, trash, duplicates } = world.runtime.services
  const idOf = (index: number) => globalId('Media', library.mediaIds[index] ?? '')
  const refOf = (unit: number) => ({ source: library.source, type: types[unit] ?? '', externalId: `unit-${unit}` })
  const chainOf = ([unit = 0, ...parents]: number[]): ResourceInput => ({
    ...refOf(unit),
    ...(parents.length === 0 ? {} : { parent: chainOf(parents) }),
  })
  const call = (): Promise<unknown> => {
    switch (command.do) {
      case 'link':
        return usages.link(actor, { mediaId: idOf(command.media), resource: chainOf(command.chain) })
      case 'unlink':
        return usages.unlink(actor, { mediaId: idOf(command.media), resource: refOf(command.chain[0] ?? 0) })
      case 'set':
        return resources.setMedia(actor, { resource: chainOf(command.chain), mediaIds: command.list.map(idOf) })
      case 'remove':
        return resources.delete(actor, refOf(command.chain[0] ?? 0))
      case 'force':
        return trash.delete(actor, { id: idOf(command.media), force: true })
      case 'restore':
        return trash.restore(actor, idOf(command.media))
      case 'merge':
        return duplicates.merge(actor, { keepId: idOf(command.media), removeIds: [idOf(command.other)] })
    }
  }
  return outcomeOf(call())
}

/** Pairs of course and media, found by the parents of each linked resource. */
const findPairs = async (database: Database): Promise<string[]> => {
  const resources = new Map((await database.resource.findMany()).map((row) => [row.id, row]))
  const coursesOf = (id: string | null): string[] => {
    const resource = id === null ? undefined : resources.get(id)
    if (resource === undefined) return []
    return [...(resource.type === 'course' ? [resource.id] : []), ...coursesOf(resource.parentId)]
  }
  const usages = await database.mediaUsage.findMany()
  const pairs = usages.flatMap(({ mediaId, resourceId }) => coursesOf(resourceId).map((id) => `${id} ${mediaId}`))
  return [...new Set(pairs)].toSorted()
}

const readPairs = async (database: Database): Promise<string[]> =>
  (await database.courseMedia.findMany()).map(({ courseId, mediaId }) => `${courseId} ${mediaId}`).toSorted()

it('the media of courses follow links, moves, merges and restores, whatever runs at once', async ({ world, actor }) => {
  const { database } = world.runtime.ports
  const outcomes = new Map<string, number>()
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(command, { minLength: 4, maxLength: 8 }), { minLength: 6 }), async (groups) => {
      const library = await createLibrary(world)
      for (const group of groups) {
        const results = await Promise.all(group.map((each) => perform(world, actor, library, each)))
        for (const result of results) outcomes.set(result, (outcomes.get(result) ?? 0) + 1)
        expect(await readPairs(database)).toEqual(await findPairs(database))
      }
    }),
    { numRuns: Number(process.env['COURSE_RUNS'] ?? 10), endOnFailure: true },
  )
  expect(outcomes.get('done')).toBeGreaterThan(0)
  expect(outcomes.has('RATE_LIMITED')).toBe(false)
})

it('the migration fills in the media of courses that were there before', async ({ world, actor }) => {
  const { database } = world.runtime.ports
  const library = await createLibrary(world)
  for (const media of library.mediaIds.keys())
    await perform(world, actor, library, { do: 'link', media, chain: [6, 3, 0] })
  const owner = await openSession(world.env['DATABASE_OWNER_URL'])
  try {
    await owner.query('DELETE FROM "CourseMedia"')
    await owner.query(await readFile('prisma/migrations/20261129170100_course_media_fill/migration.sql', 'utf8'))
  } finally {
    await owner.end()
  }
  expect(await readPairs(database)).toEqual(await findPairs(database))
})

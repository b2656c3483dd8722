import { randomUUID } from 'node:crypto'
import { describe, expect } from 'vitest'
import type { UserActor } from '../../../src/services/kernel/actor.ts'
import { globalId } from '../../../src/services/kernel/ids.ts'
import type { ResourceInput } from '../../../src/services/kernel/resourceInput.ts'
import { it as base } from '../../harness/actorIt.ts'
import { newResource } from '../../harness/links.ts'
import { outcomeOf } from '../../harness/refusals.ts'
import { seedMedia } from '../../harness/seed.ts'
import { openSession } from '../../harness/session.ts'
import type { World } from '../../harness/world.ts'

const it = base.extend('session', async ({ world }, { onCleanup }) => {
  const session = await openSession(world.env['DATABASE_URL'])
  onCleanup(() => session.end())
  return session
})

/** Calls that come at the same moment: one for each media, each with a request id of its own. */
const linkAtOnce = (world: World, actor: UserActor, mediaIds: string[], resourceOf: (index: number) => ResourceInput) =>
  mediaIds.map((id, index) => {
    const caller = { ...actor, requestId: `request-${index}` }
    return world.runtime.services.usages.link(caller, { mediaId: globalId('Media', id), resource: resourceOf(index) })
  })

const newLesson = (parent: ResourceInput) => ({ ...newResource('lesson'), parent })
const resourcesOf = (world: World, { externalId }: ResourceInput) =>
  world.runtime.ports.database.resource.findMany({ where: { externalId }, include: { usages: true } })
const eventsOf = (world: World, ids: string[], action: string) =>
  world.runtime.ports.database.event.findMany({ where: { nodeId: { in: ids }, action }, orderBy: { id: 'asc' } })
const usageCountsOf = async (world: World, ids: string[]) => {
  const media = await world.runtime.ports.database.media.findMany({ where: { id: { in: ids } } })
  return media.map(({ usageCount }) => usageCount)
}

describe('links of the same moment', () => {
  it('are made by one transaction', async ({ world, actor }) => {
    const ids = await seedMedia(world, 8)
    const course = newResource('course')
    const statements = await world.captureStatements(() =>
      Promise.all(linkAtOnce(world, actor, ids, () => newLesson(course))),
    )
    expect(statements.filter((sql) => sql === 'COMMIT')).toHaveLength(1)
    expect(await usageCountsOf(world, ids)).toEqual(ids.map(() => 1))
  })

  it('are logged with the caller of each', async ({ world, actor }) => {
    const ids = await seedMedia(world, 3)
    const lessons = ids.map(() => newResource('lesson'))
    const usages = await Promise.all(linkAtOnce(world, actor, ids, (index) => lessons[index] as ResourceInput)) // as: one per media
    const linked = await eventsOf(world, ids, 'media.linked')
    expect(
      linked.map(({ nodeId, mediaId, requestId, actorId, data }) => [nodeId, mediaId, requestId, actorId, data]),
    ).toEqual(
      usages.map(({ id: usageId, resourceId, mediaId }, index) => {
        return [mediaId, ids[index], `request-${index}`, actor.userId, { resourceId, usageId }]
      }),
    )
    const created = await eventsOf(
      world,
      usages.map(({ resourceId }) => resourceId),
      'resource.created',
    )
    expect(created.map(({ requestId }) => requestId)).toEqual(ids.map((_, index) => `request-${index}`))
  })

  it('create a resource that all of them name once', async ({ world, actor }) => {
    const ids = await seedMedia(world, 5)
    const lesson = newLesson(newResource('course'))
    await Promise.all(linkAtOnce(world, actor, ids, () => lesson))
    const resources = await resourcesOf(world, lesson)
    expect(resources.map(({ usages }) => usages.length)).toEqual([5])
    expect(
      await eventsOf(
        world,
        resources.map(({ id }) => id),
        'resource.created',
      ),
    ).toHaveLength(1)
  })

  it('make one link between one media and one resource', async ({ world, actor }) => {
    const [id = ''] = await seedMedia(world, 1)
    const lesson = newResource('lesson')
    const usages = await Promise.all(linkAtOnce(world, actor, [id, id, id], () => lesson))
    expect(new Set(usages.map(({ id }) => id)).size).toBe(1)
    expect(await eventsOf(world, [id], 'media.linked')).toHaveLength(1)
    expect(await usageCountsOf(world, [id])).toEqual([1])
  })

  it('are read by the same transaction if they exist', async ({ world, actor }) => {
    const ids = await seedMedia(world, 3)
    const lesson = newResource('lesson')
    const linkAll = async () => (await Promise.all(linkAtOnce(world, actor, ids, () => lesson))).map(({ id }) => id)
    const usageIds = await linkAll()
    const repeat = async () => expect(await linkAll()).toEqual(usageIds)
    expect((await world.captureStatements(repeat)).filter((sql) => sql === 'COMMIT')).toHaveLength(1)
  })

  it('count all links of one media', async ({ world, actor }) => {
    const [id = ''] = await seedMedia(world, 1)
    await Promise.all(linkAtOnce(world, actor, [id, id, id], () => newResource('lesson')))
    expect(await usageCountsOf(world, [id])).toEqual([3])
  })

  it('change the texts of a resource', async ({ world, actor }) => {
    const ids = await seedMedia(world, 4)
    const lesson = newResource('lesson')
    await Promise.all(linkAtOnce(world, actor, ids, () => lesson))
    await Promise.all(linkAtOnce(world, actor, ids, (index) => (index === 2 ? { ...lesson, title: 'Roots' } : lesson)))
    expect(await resourcesOf(world, lesson)).toMatchObject([{ title: 'Roots' }])
  })

  it('move a resource', async ({ world, actor }) => {
    const ids = await seedMedia(world, 2)
    const [course, lesson] = [newResource('course'), newResource('lesson')]
    await Promise.all(linkAtOnce(world, actor, ids, (index) => (index === 0 ? lesson : { ...lesson, parent: course })))
    const [parent] = await resourcesOf(world, course)
    expect(await resourcesOf(world, lesson)).toMatchObject([{ parentId: parent?.id }])
  })

  it('are refused for a missing media alone', async ({ world, actor }) => {
    const ids = [...(await seedMedia(world, 2)), randomUUID()]
    const outcomes = await Promise.all(linkAtOnce(world, actor, ids, () => newResource('lesson')).map(outcomeOf))
    expect(outcomes).toEqual(['done', 'done', 'NOT_FOUND'])
    expect(await usageCountsOf(world, ids)).toEqual([1, 1])
  })

  it('are refused for a media in the trash alone', async ({ world, actor }) => {
    const ids = await seedMedia(world, 3)
    await world.runtime.services.trash.delete(actor, { id: globalId('Media', ids[1] ?? '') })
    const outcomes = await Promise.all(linkAtOnce(world, actor, ids, () => newResource('lesson')).map(outcomeOf))
    expect(outcomes).toEqual(['done', 'NOT_FOUND', 'done'])
  })

  it('wait for a locked media alone', async ({ world, actor, session }) => {
    const ids = await seedMedia(world, 3)
    await session.query('BEGIN')
    await session.query('SELECT FROM "Media" WHERE id = $1 FOR UPDATE', [ids[0]])
    const [waiting, ...others] = linkAtOnce(world, actor, ids, () => newLesson(newResource('course')))
    await Promise.all(others)
    expect(await usageCountsOf(world, ids.slice(1))).toEqual([1, 1])
    await session.query('COMMIT')
    await waiting
    expect(await usageCountsOf(world, ids)).toEqual([1, 1, 1])
  })

  it('succeed while another process creates one of their resources', async ({ world, actor, session }) => {
    const ids = await seedMedia(world, 3)
    const course = newResource('course')
    await session.query('BEGIN')
    await session.query(`INSERT INTO "Resource" (id, type, "externalId") VALUES (gen_random_uuid(), 'course', $1)`, [
      course.externalId,
    ])
    const calls = linkAtOnce(world, actor, ids, (index) => (index === 0 ? newLesson(course) : newResource('lesson')))
    await Promise.all(calls.slice(1))
    await session.query('COMMIT')
    await Promise.all(calls)
    expect(await resourcesOf(world, course)).toHaveLength(1)
  })
})

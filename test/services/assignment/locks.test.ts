import pg from 'pg'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import type { UserActor } from '../../../src/services/kernel/actor.ts'
import { globalId } from '../../../src/services/kernel/ids.ts'
import { uuidOf } from '../../harness/ids.ts'
import { countLockWaits, waitForLockWaits } from '../../harness/lockWaits.ts'
import { outcomeOf } from '../../harness/refusals.ts'
import { seedAdmin, seedMedia, seedUserId } from '../../harness/seed.ts'
import { openWorld, type World } from '../../harness/world.ts'

let world: World
let actor: UserActor

beforeAll(async () => {
  world = await openWorld()
  actor = await seedAdmin(world)
})
afterAll(() => world?.close())

/** A connection that holds one row until it is told to let go, so that others line up behind it in a known order. */
const lockRow = async (table: 'Media' | 'User', id: string) => {
  // In the application's role, which sees only its own sessions wait.
  const client = new pg.Client({ connectionString: world.env['DATABASE_URL'] })
  client.on('error', () => undefined) // a test that failed has left it open
  await client.connect()
  await client.query('BEGIN')
  const ready = client.query(`SELECT FROM "${table}" WHERE id = $1 FOR UPDATE`, [id])
  const release = async () => {
    await client.query('COMMIT')
    await client.end()
  }
  return { held: ready, release }
}

const createFixture = async () => {
  const [media = ''] = await seedMedia(world, 1, { status: 'READY' })
  const userId = await seedUserId(world)
  return { media, user: uuidOf(userId), mediaId: globalId('Media', media), userId }
}

it('an undo that meets a forced delete under way finds the assignment ended', async () => {
  const { assignments, trash } = world.runtime.services
  const { media, mediaId, userId } = await createFixture()
  const { id } = await assignments.create(actor, { mediaId, userId })
  const blocker = await lockRow('Media', media)
  await blocker.held
  const deleted = outcomeOf(trash.delete(actor, { id: mediaId, force: true }))
  await waitForLockWaits(world, 1)
  const undoResult = outcomeOf(assignments.undo(actor, globalId('Assignment', id)))
  await waitForLockWaits(world, 2)
  await blocker.release()
  expect([await deleted, await undoResult]).toEqual(['done', 'STATE_CONFLICT'])
  await trash.restore(actor, mediaId)
  expect(await world.runtime.ports.database.assignment.findUnique({ where: { id } })).toMatchObject({
    status: 'CURRENT',
  })
})

it('a forced delete also locks users to whom its media was assigned while it waited', async () => {
  const { assignments, trash } = world.runtime.services
  const { media, user, mediaId, userId } = await createFixture()
  const blocker = await lockRow('Media', media)
  await blocker.held
  const assigned = outcomeOf(assignments.create(actor, { mediaId, userId }))
  await waitForLockWaits(world, 1)
  const deleted = outcomeOf(trash.delete(actor, { id: mediaId, force: true }))
  await waitForLockWaits(world, 2)
  const next = await lockRow('User', user)
  await waitForLockWaits(world, 3)
  await blocker.release()
  await next.held
  expect(await assigned).toBe('done')
  expect(await Promise.race([deleted, waitForLockWaits(world, 1).then(() => 'waits')])).toBe('waits')
  await next.release()
  expect(await deleted).toBe('done')
  const rows = await world.runtime.ports.database.assignment.findMany({ where: { userId: user } })
  expect(rows.map(({ status }) => status)).toEqual(['ENDED'])
})

it('an assignment that meets a delete under way is refused, and the other way round', async () => {
  const { assignments, trash } = world.runtime.services
  for (const deleteFirst of [true, false]) {
    const { media, mediaId, userId } = await createFixture()
    const blocker = await lockRow('Media', media)
    await blocker.held
    const assign = () => outcomeOf(assignments.create(actor, { mediaId, userId }))
    const remove = () => outcomeOf(trash.delete(actor, { id: mediaId }))
    const first = deleteFirst ? remove() : assign()
    await waitForLockWaits(world, 1)
    const second = deleteFirst ? assign() : remove()
    await waitForLockWaits(world, 2)
    await blocker.release()
    expect([await first, await second]).toEqual(['done', deleteFirst ? 'NOT_FOUND' : 'IN_USE'])
  }
})

it('whoever waits for locks leaves readers their connections, and all are done in the end', async () => {
  const { assignments, trash } = world.runtime.services
  const { media, mediaId } = await createFixture()
  const learners = await Promise.all(Array.from({ length: 30 }, createFixture))
  const blocker = await lockRow('Media', media)
  await blocker.held
  const batches = learners
    .slice(0, 5)
    .map(({ userId }) => assignments.createBatch(actor, { mediaId, userIds: [userId] }))
  const singles = learners.slice(5).map(({ userId }) => assignments.create(actor, { mediaId, userId }))
  const changes = Promise.all([...batches, ...singles])
  await waitForLockWaits(world, 4)
  const deleted = Promise.all(Array.from({ length: 30 }, () => outcomeOf(trash.delete(actor, { id: mediaId }))))
  // One of them for all.
  await waitForLockWaits(world, 5)
  const reads = Array.from({ length: 30 }, () => world.runtime.ports.database.media.count({ where: { id: media } }))
  expect(new Set(await Promise.all(reads))).toEqual(new Set([1]))
  expect(await countLockWaits(world)).toBe(5)
  await blocker.release()
  await changes
  expect(new Set(await deleted)).toEqual(new Set(['IN_USE']))
  expect(await world.runtime.ports.database.media.findUnique({ where: { id: media } })).toMatchObject({
    assignmentCount: 30,
  })
})

it('a forced delete is done although its media is handed out all the time', async () => {
  const { assignments, trash } = world.runtime.services
  const { media, mediaId } = await createFixture()
  const learners = await world.runtime.ports.database.user.createManyAndReturn({
    data: Array.from({ length: 120 }, (_, index) => ({ externalId: `learner ${index}`, name: 'Learner' })),
  })
  const outcomes: string[] = []
  const assignAll = async () => {
    for (let next = learners.pop(); next !== undefined; next = learners.pop())
      outcomes.push(await outcomeOf(assignments.create(actor, { mediaId, userId: globalId('User', next.id) })))
  }
  const all = Promise.all([assignAll(), assignAll(), assignAll()])
  await vi.waitUntil(() => outcomes.length >= 3)
  expect(await outcomeOf(trash.delete(actor, { id: mediaId, force: true }))).toBe('done')
  expect(learners.length).toBeGreaterThan(0)
  await all
  const current = await world.runtime.ports.database.assignment.count({ where: { mediaId: media, status: 'CURRENT' } })
  expect(current).toBe(0)
})

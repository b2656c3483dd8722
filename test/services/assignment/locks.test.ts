import pg from 'pg'
import { expect, onTestFinished, vi } from 'vitest'
import { databasePoolSize } from '../../../src/adapters/database.ts'
import { assignMedia } from '../../../src/services/assignment/transitions.ts'
import { globalId } from '../../../src/services/kernel/ids.ts'
import type { Transaction } from '../../../src/services/kernel/ports.ts'
import { lanePermits } from '../../../src/services/locking/lanes.ts'
import { lockMedia } from '../../../src/services/locking/rowLocks.ts'
import { createServices } from '../../../src/services/services.ts'
import { it as base } from '../../harness/actorIt.ts'
import { uuidOf } from '../../harness/ids.ts'
import { countLockWaits, waitForExactLockWaits, waitForLockWaits } from '../../harness/lockWaits.ts'
import { openOrderedLanes } from '../../harness/orderedLanes.ts'
import { outcomeOf } from '../../harness/refusals.ts'
import { seedUserId } from '../../harness/seed.ts'
import type { World } from '../../harness/world.ts'

const it = base
  /** Services whose transactions get their locks in the order in which they asked for them. */
  .extend('orderedServices', { scope: 'file' }, ({ world }, { onCleanup }) => {
    const { ports, config } = world.runtime
    const { lanes, close } = openOrderedLanes(world.env['DATABASE_URL'])
    onCleanup(close)
    return createServices({ ...ports, lanes }, config)
  })
  /** Creates a media, and a user to whom it can be assigned. */
  .extend('createAssignable', { scope: 'file' }, ({ world, createMedia }) => async () => {
    const [mediaId, userId] = [await createMedia(), await seedUserId(world)]
    return { media: uuidOf(mediaId), user: uuidOf(userId), mediaId, userId }
  })

/** Locks one row, as the services do, in a session of its own until its release. */
const lockRow = async (world: World, table: 'Media' | 'User', id: string) => {
  // Uses the application's role, which can see the lock waits of its own sessions only.
  const client = new pg.Client({ connectionString: world.env['DATABASE_URL'] })
  await client.connect()
  onTestFinished(() => client.end())
  const { rows } = await client.query('SELECT pg_backend_pid() AS pid')
  await client.query('BEGIN')
  await client.query(`SELECT FROM "${table}" WHERE id = $1 FOR NO KEY UPDATE`, [id])
  const hasWaiter = async () => {
    const { pid } = rows[0]
    const blocked = await world.runtime.ports.database.$queryRaw<unknown[]>`
      SELECT FROM pg_stat_activity WHERE ${pid}::int = ANY(pg_blocking_pids(pid))`
    return blocked.length > 0
  }
  return {
    release: () => client.query('COMMIT'),
    /** Resolves once another session waits for this one. */
    waitForWaiter: () => vi.waitUntil(hasWaiter, { timeout: 20_000 }),
  }
}

it('refuses an undo that waited for a forced delete', async ({ world, actor, orderedServices, createAssignable }) => {
  const { assignments, trash } = orderedServices
  const { media, mediaId, userId } = await createAssignable()
  const { id } = await assignments.create(actor, { mediaId, userId })
  const blocker = await lockRow(world, 'Media', media)
  const deleted = outcomeOf(trash.delete(actor, { id: mediaId, force: true }))
  await waitForExactLockWaits(world, 1)
  const undoResult = outcomeOf(assignments.undo(actor, globalId('Assignment', id)))
  await waitForExactLockWaits(world, 2)
  await blocker.release()
  expect([await deleted, await undoResult]).toEqual(['done', 'STATE_CONFLICT'])
  await trash.restore(actor, mediaId)
  expect(await world.runtime.ports.database.assignment.findUnique({ where: { id } })).toMatchObject({
    status: 'CURRENT',
  })
})

it.for([
  ['ordered lanes', true],
  ["the server's lanes", false],
] as const)(
  'locks users to whom a media was assigned while its forced delete waited, in %s',
  async ([, isOrdered], { world, actor, orderedServices, createAssignable }) => {
    const { database } = world.runtime.ports
    const { trash } = isOrdered ? orderedServices : world.runtime.services
    const { media: id, user, mediaId } = await createAssignable()
    const blocker = await lockRow(world, 'User', user)
    const assignDuringDelete = async (transaction: Transaction) => {
      const [media] = await lockMedia(transaction, [id])
      if (media === undefined) throw new Error('The media does not exist.')
      const deleted = outcomeOf(trash.delete(actor, { id: mediaId, force: true }))
      await waitForExactLockWaits(world, 1)
      // Unlike a real assignment, it does not lock the user, whom the blocker must have locked before the delete reads on.
      await assignMedia(transaction, actor, { media, userIds: [user], now: new Date() })
      return { deleted }
    }
    const { deleted } = await database.$transaction(assignDuringDelete, { timeout: 30_000 })
    expect(await Promise.race([deleted, blocker.waitForWaiter().then(() => 'waits')])).toBe('waits')
    await blocker.release()
    expect(await deleted).toBe('done')
    const rows = await database.assignment.findMany({ where: { userId: user } })
    expect(rows.map(({ status }) => status)).toEqual(['ENDED'])
  },
)

it.for([
  ['an assignment that waited for a delete', true, 'NOT_FOUND'],
  ['a delete that waited for an assignment', false, 'IN_USE'],
] as const)('refuses %s', async ([, deleteFirst, code], { world, actor, orderedServices, createAssignable }) => {
  const { assignments, trash } = orderedServices
  const { media, mediaId, userId } = await createAssignable()
  const blocker = await lockRow(world, 'Media', media)
  const assign = () => outcomeOf(assignments.create(actor, { mediaId, userId }))
  const remove = () => outcomeOf(trash.delete(actor, { id: mediaId }))
  const first = deleteFirst ? remove() : assign()
  await waitForExactLockWaits(world, 1)
  const second = deleteFirst ? assign() : remove()
  await waitForExactLockWaits(world, 2)
  await blocker.release()
  expect([await first, await second]).toEqual(['done', code])
})

/** Final rows of a race, which must agree with its outcomes. */
const readRows = async (world: World, media: string, user: string) => {
  const { database } = world.runtime.ports
  const { deletedAt, assignmentCount } = await database.media.findUniqueOrThrow({ where: { id: media } })
  const rows = await database.assignment.findMany({ where: { userId: user } })
  return { isTrashed: deletedAt !== null, assignmentCount, statuses: rows.map(({ status }) => status) }
}

// The server's lanes retry, so either of two calls that wait for a lock can get it first after the release.

it.for([
  ['the delete', true],
  ['the undo', false],
] as const)(
  "decides between an undo and a forced delete in the server's lanes after %s waited first",
  async ([, deleteFirst], { world, actor, createAssignable }) => {
    const { assignments, trash } = world.runtime.services
    const { media, user, mediaId, userId } = await createAssignable()
    const { id } = await assignments.create(actor, { mediaId, userId })
    const blocker = await lockRow(world, 'Media', media)
    const undo = () => outcomeOf(assignments.undo(actor, globalId('Assignment', id)))
    const remove = () => outcomeOf(trash.delete(actor, { id: mediaId, force: true }))
    const first = deleteFirst ? remove() : undo()
    await waitForLockWaits(world, 1)
    const second = deleteFirst ? undo() : remove()
    await waitForLockWaits(world, 2)
    await blocker.release()
    const [deleted, undone] = await Promise.all(deleteFirst ? [first, second] : [second, first])
    const { statuses, ...rows } = await readRows(world, media, user)
    expect({ deleted, ...rows }).toEqual({ deleted: 'done', isTrashed: true, assignmentCount: 0 })
    // The status alone does not show an undo of an assignment that the delete had already ended.
    const events = await world.runtime.ports.database.event.findMany({ where: { nodeId: id } })
    const actions = events.map(({ action }) => action).toSorted()
    expect([
      { undone: 'STATE_CONFLICT', statuses: ['ENDED'], actions: ['assignment.created', 'assignment.ended'] },
      { undone: 'done', statuses: ['UNDONE'], actions: ['assignment.created', 'assignment.undone'] },
    ]).toContainEqual({ undone, statuses, actions })
  },
)

it.for([
  ['the delete', true],
  ['the assignment', false],
] as const)(
  "decides between an assignment and a delete in the server's lanes after %s waited first",
  async ([, deleteFirst], { world, actor, createAssignable }) => {
    const { assignments, trash } = world.runtime.services
    const { media, user, mediaId, userId } = await createAssignable()
    const blocker = await lockRow(world, 'Media', media)
    const assign = () => outcomeOf(assignments.create(actor, { mediaId, userId }))
    const remove = () => outcomeOf(trash.delete(actor, { id: mediaId }))
    const first = deleteFirst ? remove() : assign()
    await waitForLockWaits(world, 1)
    const second = deleteFirst ? assign() : remove()
    await waitForLockWaits(world, 2)
    await blocker.release()
    const [deleted, assigned] = await Promise.all(deleteFirst ? [first, second] : [second, first])
    expect([
      { deleted: 'done', assigned: 'NOT_FOUND', isTrashed: true, assignmentCount: 0, statuses: [] },
      { deleted: 'IN_USE', assigned: 'done', isTrashed: false, assignmentCount: 1, statuses: ['CURRENT'] },
    ]).toContainEqual({ deleted, assigned, ...(await readRows(world, media, user)) })
  },
)

it('refuses all deletes that wait behind assignments', async ({ world, actor, orderedServices, createAssignable }) => {
  const { assignments, trash } = orderedServices
  const { media, mediaId } = await createAssignable()
  const learners = await Promise.all(Array.from({ length: 30 }, () => createAssignable()))
  const blocker = await lockRow(world, 'Media', media)
  const assigned = Promise.all(learners.map(({ userId }) => outcomeOf(assignments.create(actor, { mediaId, userId }))))
  await waitForExactLockWaits(world, 30)
  const deleted = Promise.all(learners.map(() => outcomeOf(trash.delete(actor, { id: mediaId }))))
  await waitForExactLockWaits(world, 60)
  await blocker.release()
  expect(await assigned).toEqual(learners.map(() => 'done'))
  expect(await deleted).toEqual(learners.map(() => 'IN_USE'))
  const { deletedAt, assignmentCount } = await world.runtime.ports.database.media.findUniqueOrThrow({
    where: { id: media },
  })
  expect({ deletedAt, assignmentCount }).toEqual({ deletedAt: null, assignmentCount: 30 })
})

it('leaves connections to readers while assignments and deletes wait for locks', async ({
  world,
  actor,
  createAssignable,
}) => {
  const { assignments, trash } = world.runtime.services
  const { media, mediaId } = await createAssignable()
  const learners = await Promise.all(Array.from({ length: 30 }, () => createAssignable()))
  const blocker = await lockRow(world, 'Media', media)
  const batches = learners
    .slice(0, 5)
    .map(({ userId }) => assignments.createBatch(actor, { mediaId, userIds: [userId] }))
  const singles = learners.slice(5).map(({ userId }) => assignments.create(actor, { mediaId, userId }))
  const assigned = Promise.all([...batches, ...singles].map(outcomeOf))
  await waitForLockWaits(world, 1)
  const deleted = Promise.all(Array.from({ length: 30 }, () => outcomeOf(trash.delete(actor, { id: mediaId }))))
  const reads = Array.from({ length: 30 }, () => world.runtime.ports.database.media.count({ where: { id: media } }))
  expect(new Set(await Promise.all(reads))).toEqual(new Set([1]))
  // Only one delete per media waits in the database.
  const { people, maintenance } = lanePermits(databasePoolSize)
  expect(await countLockWaits(world)).toBeLessThanOrEqual(people + maintenance + 1)
  await blocker.release()
  const { assignmentCount } = await Promise.all([assigned, deleted]).then(() =>
    world.runtime.ports.database.media.findUniqueOrThrow({ where: { id: media } }),
  )
  // All of them retry, in no fixed order: the first one after the release decides for the others.
  expect([
    { assigned: new Set(['done']), deleted: new Set(['IN_USE']), assignmentCount: 30 },
    { assigned: new Set(['NOT_FOUND']), deleted: new Set(['done', 'STATE_CONFLICT']), assignmentCount: 0 },
  ]).toContainEqual({ assigned: new Set(await assigned), deleted: new Set(await deleted), assignmentCount })
})

it('completes a forced delete while its media is assigned continuously', async ({ world, actor, createAssignable }) => {
  const { assignments, trash } = world.runtime.services
  const { media, mediaId } = await createAssignable()
  const learners = await world.runtime.ports.database.user.createManyAndReturn({
    data: Array.from({ length: 120 }, (_, index) => ({ externalId: `learner ${index}`, name: 'Learner' })),
  })
  const outcomes: string[] = []
  const assignAll = async () => {
    for (let next = learners.pop(); next !== undefined; next = learners.pop())
      outcomes.push(await outcomeOf(assignments.create(actor, { mediaId, userId: globalId('User', next.id) })))
  }
  const all = Promise.all([assignAll(), assignAll(), assignAll()])
  await vi.waitUntil(() => outcomes.length >= 3, { timeout: 20_000 })
  expect(await outcomeOf(trash.delete(actor, { id: mediaId, force: true }))).toBe('done')
  expect(learners.length).toBeGreaterThan(0)
  await all
  const current = await world.runtime.ports.database.assignment.count({ where: { mediaId: media, status: 'CURRENT' } })
  expect(current).toBe(0)
})

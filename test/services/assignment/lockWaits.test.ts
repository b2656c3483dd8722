import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { expect } from 'vitest'
import { databasePoolSize } from '../../../src/adapters/database.ts'
import type { UserActor } from '../../../src/services/kernel/actor.ts'
import { globalId } from '../../../src/services/kernel/ids.ts'
import { lanePermits } from '../../../src/services/locking/lanes.ts'
import { it as base } from '../../harness/actorIt.ts'
import { uuidOf } from '../../harness/ids.ts'
import { createLease } from '../../harness/lease.ts'
import { countLockWaits, waitForLockWaits } from '../../harness/lockWaits.ts'
import { outcomeOf } from '../../harness/refusals.ts'
import type { World } from '../../harness/world.ts'

// Calls that must not wait while another session holds locks on users, as a batch of 10,000 does for seconds.

const permits = lanePermits(databasePoolSize)
const batchCount = 2 * permits.maintenance
const idsOf = (users: { id: string }[]) => users.map(({ id }) => globalId('User', id))

const it = base
  .extend('createUsers', { scope: 'file' }, ({ world }) => (count: number) => {
    const create = () => ({ externalId: `learner-${randomUUID()}`, name: 'Learner', tokenName: 'Learner' })
    return world.runtime.ports.database.user.createManyAndReturn({ data: Array.from({ length: count }, create) })
  })
  /** Another session, which locks rows until its release or until the end of the test. */
  .extend('otherSession', async ({ world }, { onCleanup }) => {
    const client = new pg.Client({ connectionString: world.env['DATABASE_URL'] })
    await client.connect()
    onCleanup(async () => {
      await client.query('ROLLBACK')
      await client.end()
    })
    return {
      async lockRows(table: 'User' | 'Media' | 'Operation', rows: { id: string }[]): Promise<void> {
        await client.query('BEGIN')
        await client.query(`SELECT FROM "${table}" WHERE id = ANY($1::uuid[]) FOR UPDATE`, [rows.map(({ id }) => id)])
      },
      release: () => client.query('ROLLBACK'),
    }
  })
  .extend('createLockedUsers', ({ createUsers, otherSession }) => async (count: number) => {
    const users = await createUsers(count)
    await otherSession.lockRows('User', users)
    return users
  })
  /** Creates batches of one media, more than can be undone at a time, and locks their users. */
  .extend('createLockedBatches', ({ world, actor, createUsers, otherSession }) => async (mediaId: string) => {
    const { assignments } = world.runtime.services
    const groups = await Promise.all(Array.from({ length: batchCount }, () => createUsers(1)))
    const batches = await Promise.all(
      groups.map((users) => assignments.createBatch(actor, { mediaId, userIds: idsOf(users) })),
    )
    await otherSession.lockRows('User', groups.flat())
    return {
      undoAll: () =>
        Promise.all(
          batches.map((batch) => outcomeOf(assignments.undoBatch(actor, globalId('AssignmentBatch', batch.id)))),
        ),
    }
  })
  /** An operation that is locked as by a transaction over all of its items. */
  .extend('lockedOperation', async ({ world, actor, otherSession }) => {
    const { id } = await world.runtime.ports.database.operation.create({
      data: {
        kind: 'media.tag',
        errorPolicy: 'REJECT_EVERYTHING',
        input: { add: ['x'] },
        total: 0,
        requestedById: actor.userId,
        requestedRole: 'ADMIN',
      },
    })
    await otherSession.lockRows('Operation', [{ id }])
    const cancel = () => outcomeOf(world.runtime.services.operations.cancel(actor, globalId('Operation', id)))
    return { cancel, cancelOften: () => Promise.all(Array.from({ length: 40 }, cancel)) }
  })

const callAs = (world: World, { externalId }: { externalId: string }, name: string) => {
  const identity = { externalId, name, role: 'VIEWER', kind: 'PERSON', hasName: true, expiresAt: null } as const
  return world.runtime.services.users.resolveActor(identity, null)
}

it('accepts tokens without new claims while their users are locked', async ({ world, createLockedUsers }) => {
  const learners = await createLockedUsers(40)
  const actors = await Promise.all(learners.map((user) => callAs(world, user, 'Learner')))
  expect(actors.map(({ userId }) => userId)).toEqual(learners.map(({ id }) => id))
})

it('postpones new names from tokens while their users are locked', async ({
  world,
  otherSession,
  createLockedUsers,
}) => {
  const learners = await createLockedUsers(40)
  const [first] = learners
  if (first === undefined) throw new Error('expected 40 users')
  expect(await callAs(world, first, 'Lea')).toMatchObject({ userId: first.id, role: 'VIEWER' })
  const all = await Promise.all(
    Array.from({ length: 5 }, () => learners.map((user) => callAs(world, user, 'Lea'))).flat(),
  )
  expect(all).toHaveLength(200)
  const nameOf = async () => (await world.runtime.ports.database.user.findUnique({ where: { id: first.id } }))?.name
  expect(await nameOf()).toBe('Learner')
  await otherSession.release()
  await callAs(world, first, 'Lea')
  expect(await nameOf()).toBe('Lea')
})

it('answers userUpsert without a change while the user is locked', async ({ world, actor, createLockedUsers }) => {
  const [existing] = await createLockedUsers(1)
  if (existing === undefined) throw new Error('expected one user')
  const { externalId, name } = existing
  expect(await world.runtime.services.users.upsert(actor, { externalId, name })).toEqual(existing)
})

it('undoes assignments while new assignments wait for locks', async ({
  world,
  actor,
  otherSession,
  createUsers,
  createMedia,
  createLockedUsers,
}) => {
  const { assignments } = world.runtime.services
  const [mediaId, assignees] = [await createMedia(), await createUsers(2)]
  const { id: batchId } = await assignments.createBatch(actor, { mediaId, userIds: idsOf(assignees) })
  const [single] = await createUsers(1)
  const { id } = await assignments.create(actor, { mediaId, userId: globalId('User', single?.id ?? '') })
  const lockedUsers = await createLockedUsers(10)
  const others = [
    ...lockedUsers.slice(0, 3).map((user) => assignments.createBatch(actor, { mediaId, userIds: idsOf([user]) })),
    ...lockedUsers.slice(3).map((user) => assignments.create(actor, { mediaId, userId: globalId('User', user.id) })),
  ]
  await waitForLockWaits(world, 1)
  expect(await outcomeOf(assignments.undoBatch(actor, globalId('AssignmentBatch', batchId)))).toBe('done')
  expect(await outcomeOf(assignments.undo(actor, globalId('Assignment', id)))).toBe('done')
  expect(await countLockWaits(world)).toBeLessThanOrEqual(permits.people + permits.maintenance)
  await otherSession.release()
  expect(await Promise.all(others.map(outcomeOf))).toEqual(others.map(() => 'done'))
})

it('undoes one assignment while batch undos wait for locks', async ({
  world,
  actor,
  otherSession,
  createUsers,
  createMedia,
  createLockedBatches,
}) => {
  const { assignments } = world.runtime.services
  const mediaId = await createMedia()
  const [single] = await createUsers(1)
  const { id } = await assignments.create(actor, { mediaId, userId: globalId('User', single?.id ?? '') })
  const batchUndos = (await createLockedBatches(mediaId)).undoAll()
  await waitForLockWaits(world, 1)
  expect(await outcomeOf(assignments.undo(actor, globalId('Assignment', id)))).toBe('done')
  expect(await countLockWaits(world)).toBeLessThanOrEqual(permits.maintenance)
  await otherSession.release()
  expect(await batchUndos).toEqual(Array.from({ length: batchCount }, () => 'done'))
})

it('keeps batch undos waiting for locks until they get them', async ({
  world,
  otherSession,
  createMedia,
  createLockedBatches,
}) => {
  const undos = (await createLockedBatches(await createMedia())).undoAll()
  await waitForLockWaits(world, permits.maintenance)
  await otherSession.release()
  expect(new Set(await undos)).toEqual(new Set(['done']))
})

it('refuses invalid deletes, restores and purges without waiting for the media', async ({
  world,
  actor,
  otherSession,
  createUsers,
  createMedia,
}) => {
  const { assignments, trash } = world.runtime.services
  const [id, learners] = [await createMedia(), await createUsers(3)]
  await assignments.createBatch(actor, { mediaId: id, userIds: idsOf(learners) })
  const [stranger] = await createUsers(1)
  const editor: UserActor = { ...actor, userId: stranger?.id ?? '', role: 'EDITOR' }
  const viewer: UserActor = { ...editor, role: 'VIEWER' }
  await otherSession.lockRows('Media', [{ id: uuidOf(id) }])
  for (const refused of [viewer, editor]) {
    expect(await outcomeOf(trash.delete(refused, { id }))).toBe('FORBIDDEN')
    expect(await outcomeOf(trash.restore(refused, id))).toBe('FORBIDDEN')
  }
  expect(await outcomeOf(trash.delete(actor, { id }))).toBe('IN_USE')
  expect(await outcomeOf(trash.restore(actor, id))).toBe('STATE_CONFLICT')
  expect(await outcomeOf(trash.purge(actor, id))).toBe('STATE_CONFLICT')
})

it('leaves connections to readers while cancels wait for a locked operation', async ({
  world,
  otherSession,
  lockedOperation,
}) => {
  const { database } = world.runtime.ports
  const cancels = lockedOperation.cancelOften()
  await waitForLockWaits(world, 1)
  expect(await Promise.all(Array.from({ length: 30 }, () => database.operation.count()))).toHaveLength(30)
  expect(await countLockWaits(world)).toBeLessThanOrEqual(permits.interactive)
  await otherSession.release()
  const outcomes = (await cancels).toSorted()
  // The first one after the release ends the operation, long before any of them has waited too long.
  expect(outcomes).toEqual([...Array.from({ length: 39 }, () => 'STATE_CONFLICT'), 'done'])
})

it('refuses cancels that wait too long for a locked operation', async ({ otherSession, lockedOperation }) => {
  const { cancel, cancelOften } = lockedOperation
  expect(new Set(await cancelOften())).toEqual(new Set(['RATE_LIMITED']))
  await otherSession.release()
  expect(await cancel()).toBe('done')
})

it('restores in bulk without waiting for the users of media outside the trash', async ({
  world,
  actor,
  otherSession,
  createUsers,
  createMedia,
}) => {
  const { assignments, operations, bulkRunner: bulk } = world.runtime.services
  const [mediaId, learners] = [await createMedia(), await createUsers(2)]
  await assignments.createBatch(actor, { mediaId, userIds: idsOf(learners) })
  await otherSession.lockRows('User', learners)
  const { id } = await operations.request(actor, {
    kind: 'media.restore',
    target: { ids: [mediaId] },
    path: '',
    input: {},
  })
  await bulk.run(id, new AbortController().signal, createLease())
  expect(await world.runtime.ports.database.operation.findUnique({ where: { id } })).toMatchObject({ failed: 1 })
})

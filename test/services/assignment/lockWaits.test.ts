import pg from 'pg'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { UserActor } from '../../../src/services/kernel/actor.ts'
import { globalId } from '../../../src/services/kernel/ids.ts'
import { countLockWaits, waitForLockWaits } from '../../harness/lockWaits.ts'
import { outcomeOf } from '../../harness/refusals.ts'
import { seedAdmin, seedMedia } from '../../harness/seed.ts'
import { openWorld, type World } from '../../harness/world.ts'

/** What must not wait while somebody else holds the rows of users, as a batch of 10,000 does for seconds. */
let world: World
let otherSession: pg.Client
let admin: UserActor

beforeAll(async () => {
  world = await openWorld()
  admin = await seedAdmin(world)
  otherSession = new pg.Client({ connectionString: world.env['DATABASE_URL'] })
  await otherSession.connect()
})
afterEach(() => otherSession.query('ROLLBACK'))
afterAll(async () => {
  await otherSession?.end()
  await world?.close()
})

let userCounter = 0
const createUsers = (count: number) =>
  world.runtime.ports.database.user.createManyAndReturn({
    data: Array.from({ length: count }, () => ({
      externalId: `learner-${++userCounter}`,
      name: 'Learner',
      tokenName: 'Learner',
    })),
  })
const createMedia = async () => (await seedMedia(world, 1, { status: 'READY' }))[0] ?? ''
const idsOf = (users: { id: string }[]) => users.map(({ id }) => globalId('User', id))

const lockRows = async (table: 'User' | 'Media' | 'Operation', ids: string[]) => {
  await otherSession.query('BEGIN')
  await otherSession.query(`SELECT FROM "${table}" WHERE id = ANY($1::uuid[]) FOR UPDATE`, [ids])
}
it('whoever calls with a token that says nothing new, or with a new one that can wait', async () => {
  const { users } = world.runtime.services
  const learners = await createUsers(40)
  await lockRows(
    'User',
    learners.map(({ id }) => id),
  )
  const callAs = ({ externalId }: { externalId: string }, name: string) =>
    users.resolveActor({ externalId, name, role: 'VIEWER', kind: 'PERSON', expiresAt: null }, null)
  const existing = await Promise.all(learners.map((user) => callAs(user, 'Learner')))
  expect(existing.map(({ userId }) => userId)).toEqual(learners.map(({ id }) => id))
  const [first] = learners
  if (first === undefined) throw new Error('there are forty')
  expect(await callAs(first, 'Lea')).toMatchObject({ userId: first.id, role: 'VIEWER' })
  const all = await Promise.all(Array.from({ length: 5 }, () => learners.map((user) => callAs(user, 'Lea'))).flat())
  expect(all).toHaveLength(200)
  const nameOf = async () => (await world.runtime.ports.database.user.findUnique({ where: { id: first.id } }))?.name
  expect(await nameOf()).toBe('Learner')
  await otherSession.query('ROLLBACK')
  await callAs(first, 'Lea')
  expect(await nameOf()).toBe('Lea')
})

it('userUpsert that repeats what is known', async () => {
  const [existing] = await createUsers(1)
  if (existing === undefined) throw new Error('there is one')
  await lockRows('User', [existing.id])
  const { externalId, name } = existing
  expect(await world.runtime.services.users.upsert(admin, { externalId, name })).toEqual(existing)
})

it('those who take back, while batches wait', async () => {
  const { assignments } = world.runtime.services
  const [mediaId, assignees] = [globalId('Media', await createMedia()), await createUsers(2)]
  const { id: batchId } = await assignments.createBatch(admin, { mediaId, userIds: idsOf(assignees) })
  const [single] = await createUsers(1)
  const { id } = await assignments.create(admin, { mediaId, userId: globalId('User', single?.id ?? '') })
  const lockedUsers = await createUsers(10)
  await lockRows(
    'User',
    lockedUsers.map((user) => user.id),
  )
  const others = [
    ...lockedUsers.slice(0, 3).map((user) => assignments.createBatch(admin, { mediaId, userIds: idsOf([user]) })),
    ...lockedUsers.slice(3).map((user) => assignments.create(admin, { mediaId, userId: globalId('User', user.id) })),
  ]
  await waitForLockWaits(world, 4)
  expect(await outcomeOf(assignments.undoBatch(admin, globalId('AssignmentBatch', batchId)))).toBe('done')
  expect(await outcomeOf(assignments.undo(admin, globalId('Assignment', id)))).toBe('done')
  expect(await countLockWaits(world)).toBe(4)
  await otherSession.query('ROLLBACK')
  expect(await Promise.all(others.map(outcomeOf))).toEqual(others.map(() => 'done'))
})

it('who takes back one assignment, while batches that are taken back wait; those are told in time to ask again', async () => {
  const { assignments } = world.runtime.services
  const mediaId = globalId('Media', await createMedia())
  const crowds = await Promise.all([1, 1, 1, 1].map(createUsers))
  const batches = await Promise.all(
    crowds.map((users) => assignments.createBatch(admin, { mediaId, userIds: idsOf(users) })),
  )
  const [single] = await createUsers(1)
  const { id } = await assignments.create(admin, { mediaId, userId: globalId('User', single?.id ?? '') })
  await lockRows(
    'User',
    crowds.flat().map((user) => user.id),
  )
  const others = batches.map((batch) => outcomeOf(assignments.undoBatch(admin, globalId('AssignmentBatch', batch.id))))
  await waitForLockWaits(world, 1)
  expect(await outcomeOf(assignments.undo(admin, globalId('Assignment', id)))).toBe('done')
  expect(await countLockWaits(world)).toBe(1)
  expect(new Set(await Promise.all(others))).toEqual(new Set(['RATE_LIMITED']))
  await otherSession.query('ROLLBACK')
  const again = batches.map((batch) => outcomeOf(assignments.undoBatch(admin, globalId('AssignmentBatch', batch.id))))
  expect(new Set(await Promise.all(again))).toEqual(new Set(['done']))
})

it('those whose delete or restore is refused', async () => {
  const { assignments, trash } = world.runtime.services
  const [key, learners] = [await createMedia(), await createUsers(3)]
  const id = globalId('Media', key)
  await assignments.createBatch(admin, { mediaId: id, userIds: idsOf(learners) })
  const [stranger] = await createUsers(1)
  const editor: UserActor = { ...admin, userId: stranger?.id ?? '', role: 'EDITOR' }
  const viewer: UserActor = { ...editor, role: 'VIEWER' }
  await lockRows('Media', [key])
  for (const actor of [viewer, editor]) {
    expect(await outcomeOf(trash.delete(actor, { id }))).toBe('FORBIDDEN')
    expect(await outcomeOf(trash.restore(actor, id))).toBe('FORBIDDEN')
  }
  expect(await outcomeOf(trash.delete(admin, { id }))).toBe('IN_USE')
  expect(await outcomeOf(trash.restore(admin, id))).toBe('STATE_CONFLICT')
  expect(await outcomeOf(trash.purge(admin, id))).toBe('STATE_CONFLICT')
})

it('readers, for all who cancel what is being done in one go', async () => {
  const { database } = world.runtime.ports
  const { id } = await database.operation.create({
    data: {
      kind: 'media.tag',
      errorPolicy: 'REJECT_EVERYTHING',
      input: { add: ['x'] },
      total: 0,
      requestedById: admin.userId,
      requestedRole: 'ADMIN',
    },
  })
  await lockRows('Operation', [id])
  const cancel = () => outcomeOf(world.runtime.services.operations.cancel(admin, globalId('Operation', id)))
  const cancels = Promise.all(Array.from({ length: 40 }, cancel))
  await waitForLockWaits(world, 1)
  expect(await Promise.all(Array.from({ length: 30 }, () => database.operation.count()))).toHaveLength(30)
  expect(await countLockWaits(world)).toBe(1)
  expect(new Set(await cancels)).toEqual(new Set(['RATE_LIMITED']))
  await otherSession.query('ROLLBACK')
  expect(await cancel()).toBe('done')
})

it('a bulk restore for the users of media that are not in the trash', async () => {
  const { assignments, operations, bulkRunner: bulk } = world.runtime.services
  const [key, learners] = [await createMedia(), await createUsers(2)]
  await assignments.createBatch(admin, { mediaId: globalId('Media', key), userIds: idsOf(learners) })
  await lockRows(
    'User',
    learners.map(({ id }) => id),
  )
  const { id } = await operations.request(admin, {
    kind: 'media.restore',
    target: { ids: [globalId('Media', key)] },
    path: '',
    input: {},
  })
  await bulk.run(id, new AbortController().signal)
  expect(await world.runtime.ports.database.operation.findUnique({ where: { id } })).toMatchObject({ failed: 1 })
})

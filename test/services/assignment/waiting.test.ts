import pg from 'pg'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import type { UserActor } from '../../../src/services/kernel/actor.ts'
import { globalId } from '../../../src/services/kernel/ids.ts'
import { outcomeOf } from '../../harness/refusals.ts'
import { seedAdmin, seedMedia } from '../../harness/seed.ts'
import { untilWaiting, waiting } from '../../harness/waiting.ts'
import { openWorld, type World } from '../../harness/world.ts'

/** What must not wait while somebody else holds the rows of users, as a batch of 10,000 does for seconds. */
let world: World
let elsewhere: pg.Client
let admin: UserActor

beforeAll(async () => {
  world = await openWorld()
  admin = await seedAdmin(world)
  elsewhere = new pg.Client({ connectionString: world.env['DATABASE_URL'] })
  await elsewhere.connect()
})
afterEach(() => elsewhere.query('ROLLBACK'))
afterAll(async () => {
  await elsewhere?.end()
  await world?.close()
})

let people = 0
const crowd = (count: number) =>
  world.runtime.ports.database.user.createManyAndReturn({
    data: Array.from({ length: count }, () => ({
      externalId: `learner-${++people}`,
      name: 'Learner',
      tokenName: 'Learner',
    })),
  })
const media = async () => (await seedMedia(world, 1, { status: 'READY' }))[0] ?? ''
const idsOf = (users: { id: string }[]) => users.map(({ id }) => globalId('User', id))

const hold = async (table: 'User' | 'Media' | 'Operation', ids: string[]) => {
  await elsewhere.query('BEGIN')
  await elsewhere.query(`SELECT FROM "${table}" WHERE id = ANY($1::uuid[]) FOR UPDATE`, [ids])
}
it('whoever calls with a token that says nothing new, or with a new one that can wait', async () => {
  const { users } = world.runtime.services
  const learners = await crowd(40)
  await hold(
    'User',
    learners.map(({ id }) => id),
  )
  const callAs = ({ externalId }: { externalId: string }, name: string) =>
    users.recognise({ externalId, name, role: 'VIEWER', kind: 'PERSON', expiresAt: null }, null)
  const known = await Promise.all(learners.map((user) => callAs(user, 'Learner')))
  expect(known.map(({ userId }) => userId)).toEqual(learners.map(({ id }) => id))
  const [first] = learners
  if (first === undefined) throw new Error('there are forty')
  expect(await callAs(first, 'Lea')).toMatchObject({ userId: first.id, role: 'VIEWER' })
  const all = await Promise.all(Array.from({ length: 5 }, () => learners.map((user) => callAs(user, 'Lea'))).flat())
  expect(all).toHaveLength(200)
  const nameOf = async () => (await world.runtime.ports.database.user.findUnique({ where: { id: first.id } }))?.name
  expect(await nameOf()).toBe('Learner')
  await elsewhere.query('ROLLBACK')
  await callAs(first, 'Lea')
  expect(await nameOf()).toBe('Lea')
})

it('userUpsert that repeats what is known', async () => {
  const [known] = await crowd(1)
  if (known === undefined) throw new Error('there is one')
  await hold('User', [known.id])
  const { externalId, name } = known
  expect(await world.runtime.services.users.upsert(admin, { externalId, name })).toEqual(known)
})

it('those who take back, while batches wait', async () => {
  const { assignments } = world.runtime.services
  const [mediaId, given] = [globalId('Media', await media()), await crowd(2)]
  const { id: batchId } = await assignments.createBatch(admin, { mediaId, userIds: idsOf(given) })
  const [single] = await crowd(1)
  const { id } = await assignments.create(admin, { mediaId, userId: globalId('User', single?.id ?? '') })
  const held = await crowd(10)
  await hold(
    'User',
    held.map((user) => user.id),
  )
  const others = [
    ...held.slice(0, 3).map((user) => assignments.createBatch(admin, { mediaId, userIds: idsOf([user]) })),
    ...held.slice(3).map((user) => assignments.create(admin, { mediaId, userId: globalId('User', user.id) })),
  ]
  await untilWaiting(world, 4)
  expect(await outcomeOf(assignments.undoBatch(admin, globalId('AssignmentBatch', batchId)))).toBe('done')
  expect(await outcomeOf(assignments.undo(admin, globalId('Assignment', id)))).toBe('done')
  expect(await waiting(world)).toBe(4)
  await elsewhere.query('ROLLBACK')
  expect(await Promise.all(others.map(outcomeOf))).toEqual(others.map(() => 'done'))
})

it('who takes back one assignment, while batches that are taken back wait; those are told in time to ask again', async () => {
  const { assignments } = world.runtime.services
  const mediaId = globalId('Media', await media())
  const crowds = await Promise.all([1, 1, 1, 1].map(crowd))
  const batches = await Promise.all(
    crowds.map((users) => assignments.createBatch(admin, { mediaId, userIds: idsOf(users) })),
  )
  const [single] = await crowd(1)
  const { id } = await assignments.create(admin, { mediaId, userId: globalId('User', single?.id ?? '') })
  await hold(
    'User',
    crowds.flat().map((user) => user.id),
  )
  const others = batches.map((batch) => outcomeOf(assignments.undoBatch(admin, globalId('AssignmentBatch', batch.id))))
  await untilWaiting(world, 1)
  expect(await outcomeOf(assignments.undo(admin, globalId('Assignment', id)))).toBe('done')
  expect(await waiting(world)).toBe(1)
  expect(new Set(await Promise.all(others))).toEqual(new Set(['RATE_LIMITED']))
  await elsewhere.query('ROLLBACK')
  const again = batches.map((batch) => outcomeOf(assignments.undoBatch(admin, globalId('AssignmentBatch', batch.id))))
  expect(new Set(await Promise.all(again))).toEqual(new Set(['done']))
})

it('those whose delete or restore is refused', async () => {
  const { assignments, trash } = world.runtime.services
  const [key, learners] = [await media(), await crowd(3)]
  const id = globalId('Media', key)
  await assignments.createBatch(admin, { mediaId: id, userIds: idsOf(learners) })
  const [stranger] = await crowd(1)
  const editor: UserActor = { ...admin, userId: stranger?.id ?? '', role: 'EDITOR' }
  const viewer: UserActor = { ...editor, role: 'VIEWER' }
  await hold('Media', [key])
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
  await hold('Operation', [id])
  const cancel = () => outcomeOf(world.runtime.services.operations.cancel(admin, globalId('Operation', id)))
  const cancels = Promise.all(Array.from({ length: 40 }, cancel))
  await untilWaiting(world, 1)
  expect(await Promise.all(Array.from({ length: 30 }, () => database.operation.count()))).toHaveLength(30)
  expect(await waiting(world)).toBe(1)
  expect(new Set(await cancels)).toEqual(new Set(['RATE_LIMITED']))
  await elsewhere.query('ROLLBACK')
  expect(await cancel()).toBe('done')
})

it('a bulk restore for the users of media that are not in the trash', async () => {
  const { assignments, operations, bulk } = world.runtime.services
  const [key, learners] = [await media(), await crowd(2)]
  await assignments.createBatch(admin, { mediaId: globalId('Media', key), userIds: idsOf(learners) })
  await hold(
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

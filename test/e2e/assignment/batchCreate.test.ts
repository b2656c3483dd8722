import { describe, expect } from 'vitest'
import { MediaAssignmentsDocument } from '../../../client/generated/documents.ts'
import { createAssignment } from '../../harness/assignments.ts'
import { unknownId, uuidOf } from '../../harness/ids.ts'
import { executeAsOwner } from '../../harness/undoClock.ts'
import { it } from './assignmentIt.ts'
import {
  countsOf,
  createBatch,
  loggedSince,
  logLength,
  mediaOf,
  sendBatch,
  subscribeToUsers,
  undoBatch,
} from './batches.ts'

describe('assignmentBatchCreate', () => {
  it('refuses viewers', async ({ users: { viewer }, createMedia, createUsers }) => {
    expect((await sendBatch(viewer, await createMedia(), await createUsers(3))).__typename).toBe('ForbiddenError')
  })

  it('assigns the media to every user', async ({ world, users: { editor }, createMedia, createUsers }) => {
    const [mediaId, users] = [await createMedia(), await createUsers(3)]
    const batch = await sendBatch(editor, mediaId, users, { first: 2 })
    if (batch.__typename !== 'AssignmentBatch') throw new Error(batch.message)
    expect(batch).toMatchObject({ mediaId, count: 3, assignments: { totalCount: 3 } })
    expect(batch.assignments.nodes).toMatchObject([
      { status: 'CURRENT', batch: { id: batch.id }, assignedBy: { name: 'Ada' } },
      { status: 'CURRENT', batch: { id: batch.id } },
    ])
    expect(await mediaOf(world, users)).toEqual([mediaId, mediaId, mediaId])
    expect(await countsOf(world, mediaId)).toEqual([3])
  })

  it('replaces the current assignments of its users', async ({
    world,
    users: { editor },
    createMedia,
    createUsers,
  }) => {
    const [first, second, users] = [await createMedia(), await createMedia(), await createUsers(3)]
    const previous = await createAssignment(editor, first, users[0] ?? '')
    const batch = await createBatch(editor, second, users)
    expect(await mediaOf(world, users)).toEqual([second, second, second])
    expect(await countsOf(world, first, second)).toEqual([0, 3])
    const rows = await world.runtime.ports.database.assignment.findMany({ where: { batchId: uuidOf(batch.id) } })
    expect(rows.map(({ previousId }) => previousId).filter(Boolean)).toEqual([uuidOf(previous.id)])
  })

  it('logs the batch, its assignments and the replaced ones', async ({
    world,
    users: { editor },
    createMedia,
    createUsers,
  }) => {
    const [first, second, users] = [await createMedia(), await createMedia(), await createUsers(3)]
    await createAssignment(editor, first, users[0] ?? '')
    const from = await logLength(world)
    await createBatch(editor, second, users)
    expect((await loggedSince(world, from)).toSorted()).toEqual([
      'assignment.created',
      'assignment.created',
      'assignment.created',
      'assignment.replaced',
      'assignmentBatch.created',
    ])
  })

  it('creates new assignments for users who already have the media', async ({
    world,
    users: { editor },
    createMedia,
    createUsers,
  }) => {
    const [mediaId, users] = [await createMedia(), await createUsers(3)]
    await createBatch(editor, mediaId, users)
    const from = await logLength(world)
    expect(await createBatch(editor, mediaId, users)).toMatchObject({ count: 3 })
    expect((await loggedSince(world, from)).filter((action) => action === 'assignment.created')).toHaveLength(3)
    expect(await countsOf(world, mediaId)).toEqual([3])
  })

  it('lists all unknown and repeated users in its refusal', async ({
    world,
    users: { editor },
    createMedia,
    createUsers,
  }) => {
    const [mediaId, [ann, ben, cid]] = [await createMedia(), await createUsers(3)]
    const [unknownUser, otherUnknownUser] = [unknownId('User'), unknownId('User').replace('8000', '8001')]
    const from = await logLength(world)
    const result = await sendBatch(
      editor,
      mediaId,
      [ann, unknownUser, ben, ann, otherUnknownUser, cid, ann, unknownUser].map(String),
    )
    expect(result).toMatchObject({ __typename: 'BatchRefusedError', code: 'STATE_CONFLICT' })
    if (result.__typename !== 'BatchRefusedError') throw new Error('assigned')
    expect(result.failures.map(({ nodeId, code }) => [nodeId, code])).toEqual([
      [ann, 'INVALID_INPUT'],
      [unknownUser, 'NOT_FOUND'],
      [otherUnknownUser, 'NOT_FOUND'],
    ])
    expect(await mediaOf(world, [ann, ben, cid].map(String))).toEqual([null, null, null])
    expect(await logLength(world)).toBe(from)
  })

  it('lists all malformed user ids in its refusal', async ({ world, users: { editor }, createMedia, createUsers }) => {
    const [mediaId, [ann, ben]] = [await createMedia(), await createUsers(2)]
    const from = await logLength(world)
    const malformed = await sendBatch(editor, mediaId, [String(ann), 'User:1', mediaId, String(ben)])
    if (malformed.__typename !== 'InvalidInputError') throw new Error(malformed.__typename)
    expect(malformed.fields.map(({ path }) => path)).toEqual(['userIds.1', 'userIds.2'])
    expect(await mediaOf(world, [ann, ben].map(String))).toEqual([null, null])
    expect(await logLength(world)).toBe(from)
  })

  it('refuses a media that is not READY', async ({ users: { editor }, createMedia, createUsers }) => {
    const [failed, users] = [await createMedia({ status: 'FAILED' }), await createUsers(1)]
    expect((await sendBatch(editor, failed, users)).__typename).toBe('StateConflictError')
  })

  it('refuses an unknown media', async ({ users: { editor }, createUsers }) => {
    expect((await sendBatch(editor, unknownId('Media'), await createUsers(1))).__typename).toBe('NotFoundError')
  })

  it.for([0, 10_001])('refuses %i users', async (count, { users: { editor }, createMedia, createUser }) => {
    const [mediaId, user] = [await createMedia(), await createUser()]
    expect(await sendBatch(editor, mediaId, Array(count).fill(user))).toMatchObject({
      __typename: 'InvalidInputError',
      fields: [{ path: 'userIds' }],
    })
  })

  it('changes nothing if it fails halfway', async ({ world, users: { editor }, createMedia, createUsers }) => {
    const [first, second, users] = [await createMedia(), await createMedia(), await createUsers(300)]
    await createBatch(editor, first, users.slice(0, 150))
    await executeAsOwner(
      world,
      `CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'in the middle'; END $$;
       CREATE TRIGGER fault BEFORE INSERT ON "Assignment" FOR EACH ROW
       WHEN (NEW."userId" = '${uuidOf(users[200] ?? '')}') EXECUTE FUNCTION fail()`,
    )
    const from = await logLength(world)
    await expect(sendBatch(editor, second, users)).rejects.toThrow('Internal server error')
    await executeAsOwner(world, 'DROP TRIGGER fault ON "Assignment"; DROP FUNCTION fail()')
    expect(await mediaOf(world, users)).toEqual(users.map((_, index) => (index < 150 ? first : null)))
    expect(await countsOf(world, first, second)).toEqual([150, 0])
    expect(await logLength(world)).toBe(from)
    await createBatch(editor, second, users)
    expect(await countsOf(world, second)).toEqual([300])
  })

  it('notifies the subscribers of all its users', async ({ world, users: { editor }, createMedia, createUsers }) => {
    const [mediaId, users] = [await createMedia(), await createUsers(450)]
    const { waitForAll } = await subscribeToUsers(world, users)
    await createBatch(editor, mediaId, users)
    await waitForAll()
  })

  it('takes 10,000 users in one undoable batch', async ({ world, users: { editor }, createMedia, createUsers }) => {
    const [first, second, users] = [await createMedia(), await createMedia(), await createUsers(10_000)]
    await createBatch(editor, first, users.slice(0, 5000))
    const batch = await createBatch(editor, second, users)
    expect(await countsOf(world, first, second)).toEqual([0, 10_000])
    expect((await undoBatch(editor, batch.id)).__typename).toBe('AssignmentBatch')
    expect(await countsOf(world, first, second)).toEqual([5000, 0])
    expect(await mediaOf(world, users.slice(4998, 5002))).toEqual([first, first, null, null])
  })
})

describe('a list of media with their assignments', () => {
  it('takes as many statements for many media as for few', async ({
    world,
    users: { editor },
    createMedia,
    createUsers,
  }) => {
    for (let index = 0; index < 6; index++) await createBatch(editor, await createMedia(), await createUsers(3))
    const statementsFor = async (first: number) => {
      const filter = { used: true, kinds: ['VIDEO' as const] }
      return (await world.captureStatements(() => editor.send(MediaAssignmentsDocument, { filter, first }))).length
    }
    await statementsFor(1)
    expect(await statementsFor(3)).toBe(await statementsFor(1))
  })
})

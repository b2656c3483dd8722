import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Client } from '../../../client/client.ts'
import {
  AssignmentBatchCreateDocument,
  AssignmentBatchUndoDocument,
  MediaAssignmentsDocument,
  MediaDeleteDocument,
  UserAssignmentsOfDocument,
} from '../../../client/generated/documents.ts'
import { createAssignment, undo } from '../../harness/assignments.ts'
import { unknownId, uuidOf } from '../../harness/ids.ts'
import { seedMediaId, seedUserIds } from '../../harness/seed.ts'
import { executeAsOwner, startUndoClock, stopUndoClock } from '../../harness/undoClock.ts'
import { openWorld, type World } from '../../harness/world.ts'

let world: World
let viewer: Client
let editor: Client
let other: Client
let admin: Client

beforeAll(async () => {
  world = await openWorld()
  ;({ viewer, editor, other, admin } = await world.users())
})
afterAll(() => world?.close())

const createMedia = (status: 'READY' | 'FAILED' = 'READY') => seedMediaId(world, { uploader: 'Ada', status })
const createUsers = (count: number) => seedUserIds(world, count)

const sendBatch = async (client: Client, mediaId: string, userIds: string[], page = {}) =>
  (await client.send(AssignmentBatchCreateDocument, { input: { mediaId, userIds }, ...page })).assignmentBatchCreate
const createBatch = async (mediaId: string, userIds: string[], client = editor) => {
  const batch = await sendBatch(client, mediaId, userIds)
  if (batch.__typename !== 'AssignmentBatch') throw new Error(batch.message)
  return batch
}
const undoBatch = async (client: Client, id: string) =>
  (await client.send(AssignmentBatchUndoDocument, { id })).assignmentBatchUndo

/** Of each user, the media that is assigned now. */
const mediaOf = async (userIds: string[]): Promise<(string | null)[]> => {
  const rows = await world.runtime.ports.database.assignment.findMany({
    where: { userId: { in: userIds.map(uuidOf) }, status: 'CURRENT' },
  })
  const byUser = new Map(rows.map(({ userId, mediaId }) => [userId, `Media:${mediaId}`]))
  return userIds.map((id) => byUser.get(uuidOf(id)) ?? null)
}
const countOf = async (id: string) => {
  const { assignmentCount, unusedSince } = await world.runtime.ports.database.media.findUniqueOrThrow({
    where: { id: uuidOf(id) },
  })
  expect(unusedSince === null).toBe(assignmentCount > 0)
  return assignmentCount
}
// Users appear in the log at their first call.
const assignmentActions = { action: { startsWith: 'assignment' } }
const loggedSince = async (from: number) =>
  (
    await world.runtime.ports.database.event.findMany({ where: assignmentActions, orderBy: { id: 'asc' }, skip: from })
  ).map(({ action }) => action)
const logLength = () => world.runtime.ports.database.event.count({ where: assignmentActions })

describe('assignmentBatchCreate', () => {
  it('climbs the ladder', async () => {
    const [first, second, users] = [await createMedia(), await createMedia(), await createUsers(3)]
    const previous = await createAssignment(editor, first, users[0] ?? '')
    expect((await sendBatch(viewer, second, users)).__typename).toBe('ForbiddenError')
    const from = await logLength()
    const batch = await sendBatch(editor, second, users, { first: 2 })
    if (batch.__typename !== 'AssignmentBatch') throw new Error(batch.message)
    expect(batch).toMatchObject({ mediaId: second, count: 3, assignments: { totalCount: 3 } })
    expect(batch.assignments.nodes).toMatchObject([
      { status: 'CURRENT', batch: { id: batch.id }, assignedBy: { name: 'Ada' } },
      { status: 'CURRENT', batch: { id: batch.id } },
    ])
    expect(await mediaOf(users)).toEqual([second, second, second])
    expect([await countOf(first), await countOf(second)]).toEqual([0, 3])
    const rows = await world.runtime.ports.database.assignment.findMany({ where: { batchId: uuidOf(batch.id) } })
    expect(rows.map(({ previousId }) => previousId).filter(Boolean)).toEqual([uuidOf(previous.id)])
    expect((await loggedSince(from)).toSorted()).toEqual([
      'assignment.created',
      'assignment.created',
      'assignment.created',
      'assignment.replaced',
      'assignmentBatch.created',
    ])
    // Again, to the same users: new ones.
    expect(await createBatch(second, users)).toMatchObject({ count: 3 })
    expect(await countOf(second)).toBe(3)
  })

  it('refuses everything where something stands against it, and lists all of it', async () => {
    const [mediaId, [ann, ben, cid]] = [await createMedia(), await createUsers(3)]
    const [unknownUser, otherUnknownUser] = [unknownId('User'), unknownId('User').replace('8000', '8001')]
    const from = await logLength()
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
    const malformed = await sendBatch(editor, mediaId, [String(ann), 'User:1', mediaId, String(ben)])
    if (malformed.__typename !== 'InvalidInputError') throw new Error(malformed.__typename)
    expect(malformed.fields.map(({ path }) => path)).toEqual(['userIds.1', 'userIds.2'])
    expect(await mediaOf([ann, ben, cid].map(String))).toEqual([null, null, null])
    expect(await logLength()).toBe(from)
  })

  it('needs a media that is there and READY, and between one and 10,000 users', async () => {
    const [mediaId, failed, users] = [await createMedia(), await createMedia('FAILED'), await createUsers(1)]
    expect((await sendBatch(editor, failed, users)).__typename).toBe('StateConflictError')
    expect((await sendBatch(editor, unknownId('Media'), users)).__typename).toBe('NotFoundError')
    for (const wrong of [[], Array.from({ length: 10_001 }, () => users[0] ?? '')])
      expect(await sendBatch(editor, mediaId, wrong)).toMatchObject({
        __typename: 'InvalidInputError',
        fields: [{ path: 'userIds' }],
      })
  })

  it('leaves nothing where it fails in the middle', async () => {
    const [first, second, users] = [await createMedia(), await createMedia(), await createUsers(300)]
    await createBatch(first, users.slice(0, 150))
    await executeAsOwner(
      world,
      `CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'in the middle'; END $$;
       CREATE TRIGGER fault BEFORE INSERT ON "Assignment" FOR EACH ROW
       WHEN (NEW."userId" = '${uuidOf(users[200] ?? '')}') EXECUTE FUNCTION fail()`,
    )
    const from = await logLength()
    await expect(sendBatch(editor, second, users)).rejects.toThrow('Something went wrong')
    await executeAsOwner(world, 'DROP TRIGGER fault ON "Assignment"; DROP FUNCTION fail()')
    expect(await mediaOf(users)).toEqual(users.map((_, index) => (index < 150 ? first : null)))
    expect([await countOf(first), await countOf(second)]).toEqual([150, 0])
    expect(await logLength()).toBe(from)
    await createBatch(second, users)
    expect(await countOf(second)).toBe(300)
  })

  it('tells every follower, once it is committed', async () => {
    const [mediaId, users] = [await createMedia(), await createUsers(450)]
    const { pubsub } = world.runtime.ports
    const notifiedUsers = new Set<string>()
    for (const id of users) await pubsub.subscribe(`assignments:${uuidOf(id)}`, () => void notifiedUsers.add(id))
    const batch = await createBatch(mediaId, users)
    await vi.waitUntil(() => notifiedUsers.size === users.length, { timeout: 20_000 })
    notifiedUsers.clear()
    await undoBatch(editor, batch.id)
    await vi.waitUntil(() => notifiedUsers.size === users.length, { timeout: 20_000 })
  })

  it('gives to 10,000 users at once, and takes all of it back', async () => {
    const [first, second, users] = [await createMedia(), await createMedia(), await createUsers(10_000)]
    await createBatch(first, users.slice(0, 5000))
    const batch = await createBatch(second, users)
    expect([await countOf(first), await countOf(second)]).toEqual([0, 10_000])
    expect((await undoBatch(editor, batch.id)).__typename).toBe('AssignmentBatch')
    expect([await countOf(first), await countOf(second)]).toEqual([5000, 0])
    expect(await mediaOf(users.slice(4998, 5002))).toEqual([first, first, null, null])
  })
})

describe('assignmentBatchUndo', () => {
  it('climbs the ladder, and brings the previous ones back', async () => {
    const [first, second, users] = [await createMedia(), await createMedia(), await createUsers(3)]
    const previous = await createAssignment(editor, first, users[0] ?? '')
    const batch = await createBatch(second, users)
    expect((await undoBatch(viewer, batch.id)).__typename).toBe('ForbiddenError')
    expect((await undoBatch(other, batch.id)).__typename).toBe('ForbiddenError')
    const from = await logLength()
    const undoResult = await undoBatch(editor, batch.id)
    if (undoResult.__typename !== 'AssignmentBatch') throw new Error(undoResult.message)
    expect(undoResult.assignments.nodes.map(({ status }) => status)).toEqual(['ENDED', 'ENDED', 'ENDED'])
    expect(await mediaOf(users)).toEqual([first, null, null])
    expect([await countOf(first), await countOf(second)]).toEqual([1, 0])
    const { nodes } = await editor.send(UserAssignmentsOfDocument, { ids: users.slice(0, 1) })
    expect(nodes[0]).toMatchObject({ currentAssignment: { id: previous.id } })
    expect((await loggedSince(from)).toSorted()).toEqual([
      'assignment.ended',
      'assignment.ended',
      'assignment.ended',
      'assignment.restored',
      'assignmentBatch.undone',
    ])
    expect(await undoBatch(editor, batch.id)).toMatchObject({ message: expect.stringContaining('already') })
    expect((await undoBatch(editor, unknownId('AssignmentBatch'))).__typename).toBe('NotFoundError')
    expect((await undoBatch(editor, 'AssignmentBatch:1')).__typename).toBe('InvalidInputError')
    expect((await undoBatch(admin, (await createBatch(second, users)).id)).__typename).toBe('AssignmentBatch')
  })

  it('passes over what was undone before, and lists what stands against it', async () => {
    const [first, second, third, users] = [
      await createMedia(),
      await createMedia(),
      await createMedia(),
      await createUsers(4),
    ]
    await createAssignment(editor, first, users[2] ?? '')
    const { id } = await createBatch(second, users)
    const { assignments } = await createBatch(second, users)
    const batch = assignments.nodes[0]?.batch?.id ?? ''
    const rowOf = (index: number) => assignments.nodes.find(({ user }) => user.id === users[index])?.id ?? ''
    await undo(editor, rowOf(0))
    await createAssignment(editor, third, users[1] ?? '')
    const result = await undoBatch(editor, batch)
    expect(result).toMatchObject({
      __typename: 'BatchRefusedError',
      failures: [{ nodeId: rowOf(1), code: 'STATE_CONFLICT', message: expect.stringContaining('overtaken') }],
    })
    expect(await mediaOf(users)).toEqual([second, third, second, second])
    // Of the first batch all are replaced, but for the one that the undo has brought back.
    const firstResult = await undoBatch(editor, id)
    if (firstResult.__typename !== 'BatchRefusedError') throw new Error(firstResult.__typename)
    expect(firstResult.failures).toHaveLength(3)
  })

  it('refuses where what it replaced is gone', async () => {
    const [first, second, users] = [await createMedia(), await createMedia(), await createUsers(2)]
    await createAssignment(editor, first, users[0] ?? '')
    const batch = await createBatch(second, users)
    await admin.send(MediaDeleteDocument, { input: { id: first } })
    const result = await undoBatch(editor, batch.id)
    expect(result).toMatchObject({ failures: [{ code: 'STATE_CONFLICT', message: expect.stringContaining('trash') }] })
    expect(await mediaOf(users)).toEqual([second, second])
  })

  it('works to the very end of its thirty seconds, and never after', async () => {
    const [mediaId, users] = [await createMedia(), await createUsers(2)]
    const startedAt = new Date('2026-11-25T12:00:00.123Z')
    const later = (ms: number) => new Date(startedAt.getTime() + ms)
    try {
      await stopUndoClock(world, startedAt)
      const batch = await createBatch(mediaId, users)
      await stopUndoClock(world, later(30_001))
      expect(await undoBatch(editor, batch.id)).toMatchObject({
        __typename: 'UndoExpiredError',
        expiredAt: later(30_000).toISOString(),
      })
      await stopUndoClock(world, later(30_000))
      expect((await undoBatch(editor, batch.id)).__typename).toBe('AssignmentBatch')
    } finally {
      await startUndoClock(world)
    }
  })
})

describe('lists', () => {
  it('of media with their assignments take as many statements for many as for few', async () => {
    for (let index = 0; index < 6; index++) await createBatch(await createMedia(), await createUsers(3))
    const statementsFor = async (first: number) => {
      const filter = { used: true, kinds: ['VIDEO' as const] }
      return (await world.captureStatements(() => editor.send(MediaAssignmentsDocument, { filter, first }))).length
    }
    await statementsFor(1)
    expect(await statementsFor(3)).toBe(await statementsFor(1))
  })
})

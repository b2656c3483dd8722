import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../../client/client.ts'
import {
  AssignmentRevertDocument,
  MediaDeleteDocument,
  MediaPurgeDocument,
} from '../../../client/generated/documents.ts'
import { actionsOf } from '../../harness/actions.ts'
import { assign, createAssignment, readUser, undo } from '../../harness/assignments.ts'
import { unknownId, uuidOf } from '../../harness/ids.ts'
import { seedMediaId, seedUserId } from '../../harness/seed.ts'
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
const createUser = () => seedUserId(world)
const revert = async (client: Client, userId: string, toAssignmentId: string) =>
  (await client.send(AssignmentRevertDocument, { input: { userId, toAssignmentId } })).assignmentRevert
const remove = (id: string) => admin.send(MediaDeleteDocument, { input: { id } })

describe('assignmentCreate', () => {
  it('climbs the ladder', async () => {
    const [mediaId, userId] = [await createMedia(), await createUser()]
    expect((await assign(viewer, mediaId, userId)).__typename).toBe('ForbiddenError')
    const assignment = await assign(editor, mediaId, userId)
    expect(assignment).toMatchObject({
      __typename: 'Assignment',
      mediaId,
      mediaTitle: 'seed-0',
      media: { id: mediaId },
      user: { id: userId },
      status: 'CURRENT',
      assignedBy: { name: 'Ada' },
      previous: null,
      revertOf: null,
      batch: null,
    })
    if (assignment.__typename !== 'Assignment') throw new Error('refused')
    expect(Date.parse(assignment.undoableUntil) - Date.parse(assignment.assignedAt)).toBe(30_000)
    // Again: always a new one.
    const again = await createAssignment(admin, mediaId, userId)
    expect(again).toMatchObject({ status: 'CURRENT', previous: { id: assignment.id, status: 'REPLACED' } })
    expect((await readUser(editor, userId)).currentAssignment?.id).toBe(again.id)
    expect(await actionsOf(world, mediaId)).toEqual([
      'media.uploaded',
      'assignment.created',
      'assignment.replaced',
      'assignment.created',
    ])
  })

  it('refuses what cannot be given, and whom it cannot be given to', async () => {
    const [mediaId, userId, failed, trashed] = [
      await createMedia(),
      await createUser(),
      await createMedia('FAILED'),
      await createMedia(),
    ]
    await remove(trashed)
    expect(await assign(editor, failed, userId)).toMatchObject({
      __typename: 'StateConflictError',
      message: expect.stringContaining('is FAILED, not READY'),
    })
    expect(await assign(editor, trashed, userId)).toMatchObject({ __typename: 'NotFoundError', nodeId: trashed })
    expect((await assign(editor, unknownId('Media'), userId)).__typename).toBe('NotFoundError')
    expect(await assign(editor, mediaId, unknownId('User'))).toMatchObject({
      __typename: 'NotFoundError',
      nodeId: unknownId('User'),
    })
    expect(await assign(editor, userId, mediaId)).toMatchObject({ fields: [{ path: 'mediaId' }] })
    expect(await assign(editor, mediaId, 'User:1')).toMatchObject({ fields: [{ path: 'userId' }] })
    expect((await readUser(editor, userId)).assignments.totalCount).toBe(0)
  })
})

describe('assignmentUndo', () => {
  it('climbs the ladder, and brings the previous one back, the same row', async () => {
    const [first, second, userId] = [await createMedia(), await createMedia(), await createUser()]
    const previous = await createAssignment(admin, first, userId)
    const after = await createAssignment(editor, second, userId)
    expect((await undo(viewer, after.id)).__typename).toBe('ForbiddenError')
    expect(await undo(other, after.id)).toMatchObject({ __typename: 'ForbiddenError' })
    expect(await undo(editor, previous.id)).toMatchObject({ __typename: 'ForbiddenError' })
    expect(await undo(admin, previous.id)).toMatchObject({
      __typename: 'StateConflictError',
      message: expect.stringContaining('overtaken'),
    })
    expect(await undo(editor, after.id)).toMatchObject({
      id: after.id,
      status: 'UNDONE',
      previous: { status: 'CURRENT' },
    })
    expect(await undo(editor, after.id)).toMatchObject({
      __typename: 'StateConflictError',
      message: expect.stringContaining('already'),
    })
    const user = await readUser(editor, userId)
    expect(user.currentAssignment).toMatchObject({ id: previous.id, assignedAt: previous.assignedAt })
    expect(user.assignments.nodes.map(({ id, status }) => [id, status])).toEqual([
      [after.id, 'UNDONE'],
      [previous.id, 'CURRENT'],
    ])
    // An admin takes back whatever anybody gave; then there is none.
    expect(await undo(admin, previous.id)).toMatchObject({ status: 'UNDONE' })
    expect((await readUser(editor, userId)).currentAssignment).toBeNull()
    expect((await undo(editor, unknownId('Assignment'))).__typename).toBe('NotFoundError')
    expect((await undo(editor, 'Assignment:1')).__typename).toBe('InvalidInputError')
    expect(await actionsOf(world, first)).toEqual([
      'media.uploaded',
      'assignment.created',
      'assignment.replaced',
      'assignment.restored',
      'assignment.undone',
    ])
  })

  it('works to the very end of its thirty seconds, and never after', async () => {
    const [mediaId, userId] = [await createMedia(), await createUser()]
    const startedAt = new Date('2026-11-25T12:00:00.123Z')
    const later = (ms: number) => new Date(startedAt.getTime() + ms)
    try {
      await stopUndoClock(world, startedAt)
      const [inTime, late] = [
        await createAssignment(editor, mediaId, userId),
        await createAssignment(editor, mediaId, await createUser()),
      ]
      expect(inTime).toMatchObject({ assignedAt: startedAt.toISOString(), undoableUntil: later(30_000).toISOString() })
      await stopUndoClock(world, later(30_001))
      expect(await undo(editor, late.id)).toMatchObject({
        __typename: 'UndoExpiredError',
        code: 'UNDO_EXPIRED',
        expiredAt: later(30_000).toISOString(),
      })
      await stopUndoClock(world, later(30_000))
      expect(await undo(editor, inTime.id)).toMatchObject({ __typename: 'Assignment', status: 'UNDONE' })
    } finally {
      await startUndoClock(world)
    }
  })

  it('goes by the clock of the database, which really runs', async () => {
    const [mediaId, userId] = [await createMedia(), await createUser()]
    const assignment = await createAssignment(editor, mediaId, userId)
    // As if it had been given so much earlier.
    const age = (seconds: number) =>
      executeAsOwner(
        world,
        `UPDATE "Assignment" SET "undoableUntil" = clock_timestamp() + interval '${30 - seconds} seconds'
         WHERE id = '${uuidOf(assignment.id)}'`,
      )
    await age(30.1)
    expect((await undo(editor, assignment.id)).__typename).toBe('UndoExpiredError')
    await age(10)
    expect((await undo(editor, assignment.id)).__typename).toBe('Assignment')
  })

  it('refuses where what it replaced is in the trash, or was purged', async () => {
    const [first, second, userId] = [await createMedia(), await createMedia(), await createUser()]
    await createAssignment(editor, first, userId)
    const after = await createAssignment(editor, second, userId)
    await remove(first)
    const conflict = { __typename: 'StateConflictError', message: expect.stringContaining('in the trash') }
    expect(await undo(editor, after.id)).toMatchObject(conflict)
    await admin.send(MediaPurgeDocument, { id: first })
    expect(await undo(editor, after.id)).toMatchObject({ ...conflict, message: expect.stringContaining('purged') })
    expect((await readUser(editor, userId)).currentAssignment?.id).toBe(after.id)
    const [, purged] = (await readUser(editor, userId)).assignments.nodes
    expect(purged).toMatchObject({ mediaId: first, mediaTitle: 'seed-0', media: null, status: 'REPLACED' })
  })
})

describe('assignmentRevert', () => {
  it('climbs the ladder', async () => {
    const [first, second, userId, stranger] = [
      await createMedia(),
      await createMedia(),
      await createUser(),
      await createUser(),
    ]
    const earlier = await createAssignment(editor, first, userId)
    const current = await createAssignment(editor, second, userId)
    const foreign = await createAssignment(editor, first, stranger)
    expect((await revert(viewer, userId, earlier.id)).__typename).toBe('ForbiddenError')
    const assignment = await revert(other, userId, earlier.id)
    expect(assignment).toMatchObject({
      status: 'CURRENT',
      mediaId: first,
      previous: { id: current.id, status: 'REPLACED' },
      revertOf: { id: earlier.id },
      assignedBy: { name: 'Bob' },
    })
    if (assignment.__typename !== 'Assignment') throw new Error('refused')
    expect((await revert(other, userId, assignment.id)).__typename).toBe('StateConflictError')
    expect(await revert(editor, userId, foreign.id)).toMatchObject({ fields: [{ path: 'toAssignmentId' }] })
    expect((await revert(editor, userId, unknownId('Assignment'))).__typename).toBe('NotFoundError')
    expect((await revert(editor, unknownId('User'), earlier.id)).__typename).toBe('NotFoundError')
    expect(await revert(editor, userId, 'Media:1')).toMatchObject({ fields: [{ path: 'toAssignmentId' }] })
    // It can be undone like any other.
    expect(await undo(other, assignment.id)).toMatchObject({
      status: 'UNDONE',
      previous: { id: current.id, status: 'CURRENT' },
    })
  })

  it('refuses where the media is in the trash, was purged, or cannot be shown', async () => {
    const [first, second, failing, userId] = [
      await createMedia(),
      await createMedia(),
      await createMedia(),
      await createUser(),
    ]
    const [trashed, failed] = [
      await createAssignment(editor, first, userId),
      await createAssignment(editor, failing, userId),
    ]
    await createAssignment(editor, second, userId)
    await remove(first)
    expect(await revert(editor, userId, trashed.id)).toMatchObject({ message: expect.stringContaining('in the trash') })
    await admin.send(MediaPurgeDocument, { id: first })
    expect(await revert(editor, userId, trashed.id)).toMatchObject({
      __typename: 'StateConflictError',
      message: expect.stringContaining('purged'),
    })
    await world.runtime.ports.database.media.update({ where: { id: uuidOf(failing) }, data: { status: 'FAILED' } })
    expect(await revert(editor, userId, failed.id)).toMatchObject({ message: expect.stringContaining('not READY') })
  })
})

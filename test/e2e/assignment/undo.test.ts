import { describe, expect } from 'vitest'
import { MediaDeleteDocument, MediaPurgeDocument } from '../../../client/generated/documents.ts'
import { readActions } from '../../harness/actions.ts'
import { createAssignment, readUser, undo } from '../../harness/assignments.ts'
import { unknownId, uuidOf } from '../../harness/ids.ts'
import { executeAsOwner, startUndoClock, stopUndoClock } from '../../harness/undoClock.ts'
import { it as base } from './assignmentIt.ts'

const createdAt = new Date('2026-11-25T12:00:00.123Z')
const later = (ms: number) => new Date(createdAt.getTime() + ms)

const it = base
  /** Two assignments of one user: the first by the admin, the second by an editor. */
  .extend('history', async ({ users: { editor, admin }, createMedia, createUser }) => {
    const [first, second, userId] = [await createMedia(), await createMedia(), await createUser()]
    const previous = await createAssignment(admin, first, userId)
    return { first, userId, previous, current: await createAssignment(editor, second, userId) }
  })
  /** Creates an assignment at a stopped clock, and undoes it after some time. */
  .extend('undoAfter', async ({ world, users: { editor }, createMedia, createUser }, { onCleanup }) => {
    onCleanup(() => startUndoClock(world))
    return async (ms: number) => {
      await stopUndoClock(world, createdAt)
      const assignment = await createAssignment(editor, await createMedia(), await createUser())
      expect(assignment).toMatchObject({
        assignedAt: createdAt.toISOString(),
        undoableUntil: later(30_000).toISOString(),
      })
      await stopUndoClock(world, later(ms))
      return undo(editor, assignment.id)
    }
  })

describe('assignmentUndo', () => {
  it('refuses viewers', async ({ users: { viewer }, history }) => {
    expect((await undo(viewer, history.current.id)).__typename).toBe('ForbiddenError')
  })

  it('refuses editors who did not make the assignment', async ({ users: { editor, otherEditor: other }, history }) => {
    expect(await undo(other, history.current.id)).toMatchObject({ __typename: 'ForbiddenError' })
    expect(await undo(editor, history.previous.id)).toMatchObject({ __typename: 'ForbiddenError' })
  })

  it('restores the previous assignment as the same row', async ({ users: { editor }, history }) => {
    const { userId, previous, current } = history
    expect(await undo(editor, current.id)).toMatchObject({
      id: current.id,
      status: 'UNDONE',
      previous: { status: 'CURRENT' },
    })
    const user = await readUser(editor, userId)
    expect(user.currentAssignment).toMatchObject({ id: previous.id, assignedAt: previous.assignedAt })
    expect(user.assignments.nodes.map(({ id, status }) => [id, status])).toEqual([
      [current.id, 'UNDONE'],
      [previous.id, 'CURRENT'],
    ])
  })

  it('leaves no assignment if there was no previous one', async ({ users: { editor }, createMedia, createUser }) => {
    const userId = await createUser()
    const assignment = await createAssignment(editor, await createMedia(), userId)
    expect(await undo(editor, assignment.id)).toMatchObject({ status: 'UNDONE' })
    expect((await readUser(editor, userId)).currentAssignment).toBeNull()
  })

  it("lets admins undo another user's assignment", async ({ users: { editor, admin }, createMedia, createUser }) => {
    const assignment = await createAssignment(editor, await createMedia(), await createUser())
    expect(await undo(admin, assignment.id)).toMatchObject({ status: 'UNDONE' })
  })

  it('refuses an assignment that was replaced', async ({ users: { admin }, history }) => {
    expect(await undo(admin, history.previous.id)).toMatchObject({
      __typename: 'StateConflictError',
      message: expect.stringContaining('was replaced'),
    })
  })

  it('refuses an assignment that is already undone', async ({ users: { editor }, history }) => {
    await undo(editor, history.current.id)
    expect(await undo(editor, history.current.id)).toMatchObject({
      __typename: 'StateConflictError',
      message: expect.stringContaining('already'),
    })
  })

  it.for([
    ['an unknown id', unknownId('Assignment'), 'NotFoundError'],
    ['a malformed id', 'Assignment:1', 'InvalidInputError'],
  ] as const)('refuses %s', async ([, id, typename], { users: { editor } }) => {
    expect((await undo(editor, id)).__typename).toBe(typename)
  })

  it('is logged, with the assignment that it restores', async ({ world, users: { editor, admin }, history }) => {
    await undo(editor, history.current.id)
    await undo(admin, history.previous.id)
    expect(await readActions(world, history.first)).toEqual([
      'media.uploaded',
      'assignment.created',
      'assignment.replaced',
      'assignment.restored',
      'assignment.undone',
    ])
  })

  describe('at a stopped clock', () => {
    it('succeeds until 30 seconds after the assignment', async ({ undoAfter }) => {
      expect(await undoAfter(30_000)).toMatchObject({ __typename: 'Assignment', status: 'UNDONE' })
    })

    // Not just after it: the time that the request takes is subtracted, although the clock has stopped.
    it('is refused after the window', async ({ undoAfter }) => {
      expect(await undoAfter(60_000)).toMatchObject({
        __typename: 'UndoExpiredError',
        code: 'UNDO_EXPIRED',
        expiredAt: later(30_000).toISOString(),
      })
    })
  })

  it('uses the running clock of the database', async ({ world, users: { editor }, createMedia, createUser }) => {
    const [mediaId, userId] = [await createMedia(), await createUser()]
    const assignment = await createAssignment(editor, mediaId, userId)
    // Makes the assignment appear to be this old.
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

  it('refuses if the previous media is in the trash', async ({ users: { editor, admin }, history }) => {
    const { first, userId, current } = history
    await admin.send(MediaDeleteDocument, { input: { id: first } })
    expect(await undo(editor, current.id)).toMatchObject({
      __typename: 'StateConflictError',
      message: expect.stringContaining('in the trash'),
    })
    expect((await readUser(editor, userId)).currentAssignment?.id).toBe(current.id)
  })

  it('refuses if the previous media was purged', async ({ users: { editor, admin }, history }) => {
    const { first, userId, current } = history
    await admin.send(MediaDeleteDocument, { input: { id: first } })
    await admin.send(MediaPurgeDocument, { id: first })
    expect(await undo(editor, current.id)).toMatchObject({
      __typename: 'StateConflictError',
      message: expect.stringContaining('purged'),
    })
    expect((await readUser(editor, userId)).currentAssignment?.id).toBe(current.id)
    const [, purged] = (await readUser(editor, userId)).assignments.nodes
    expect(purged).toMatchObject({ mediaId: first, mediaTitle: 'seed-0', media: null, status: 'REPLACED' })
  })
})

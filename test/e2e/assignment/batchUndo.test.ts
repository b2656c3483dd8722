import { describe, expect } from 'vitest'
import { MediaDeleteDocument, UserAssignmentsOfDocument } from '../../../client/generated/documents.ts'
import { createAssignment, undo } from '../../harness/assignments.ts'
import { unknownId } from '../../harness/ids.ts'
import { startUndoClock, stopUndoClock } from '../../harness/undoClock.ts'
import { it as base } from './assignmentIt.ts'
import { countsOf, createBatch, loggedSince, logLength, mediaOf, subscribeToUsers, undoBatch } from './batches.ts'

const createdAt = new Date('2026-11-25T12:00:00.123Z')
const later = (ms: number) => new Date(createdAt.getTime() + ms)

const it = base
  /** A batch for three users, the first of whom had another media. */
  .extend('batch', async ({ users: { editor }, createMedia, createUsers }) => {
    const [first, second, userIds] = [await createMedia(), await createMedia(), await createUsers(3)]
    const previous = await createAssignment(editor, first, userIds[0] ?? '')
    return { first, second, userIds, previous, id: (await createBatch(editor, second, userIds)).id }
  })
  /** Creates a batch at a stopped clock, and undoes it after some time. */
  .extend('undoAfter', async ({ world, users: { editor }, createMedia, createUsers }, { onCleanup }) => {
    onCleanup(() => startUndoClock(world))
    return async (ms: number) => {
      await stopUndoClock(world, createdAt)
      const batch = await createBatch(editor, await createMedia(), await createUsers(2))
      await stopUndoClock(world, later(ms))
      return undoBatch(editor, batch.id)
    }
  })

describe('assignmentBatchUndo', () => {
  it('refuses viewers', async ({ users: { viewer }, batch }) => {
    expect((await undoBatch(viewer, batch.id)).__typename).toBe('ForbiddenError')
  })

  it('refuses editors who did not create the batch', async ({ users: { otherEditor: other }, batch }) => {
    expect((await undoBatch(other, batch.id)).__typename).toBe('ForbiddenError')
  })

  it("lets admins undo another user's batch", async ({ users: { admin }, batch }) => {
    expect((await undoBatch(admin, batch.id)).__typename).toBe('AssignmentBatch')
  })

  it('restores the assignments that the batch replaced', async ({ world, users: { editor }, batch }) => {
    const { first, second, userIds, previous, id } = batch
    const undoResult = await undoBatch(editor, id)
    if (undoResult.__typename !== 'AssignmentBatch') throw new Error(undoResult.message)
    expect(undoResult.assignments.nodes.map(({ status }) => status)).toEqual(['ENDED', 'ENDED', 'ENDED'])
    expect(await mediaOf(world, userIds)).toEqual([first, null, null])
    expect(await countsOf(world, first, second)).toEqual([1, 0])
    const { nodes } = await editor.send(UserAssignmentsOfDocument, { ids: userIds.slice(0, 1) })
    expect(nodes[0]).toMatchObject({ currentAssignment: { id: previous.id } })
  })

  it('logs the undo, the ended and the restored assignments', async ({ world, users: { editor }, batch }) => {
    const from = await logLength(world)
    await undoBatch(editor, batch.id)
    expect((await loggedSince(world, from)).toSorted()).toEqual([
      'assignment.ended',
      'assignment.ended',
      'assignment.ended',
      'assignment.restored',
      'assignmentBatch.undone',
    ])
  })

  it('notifies the subscribers of all its users', async ({ world, users: { editor }, createMedia, createUsers }) => {
    const [mediaId, users] = [await createMedia(), await createUsers(450)]
    const { notifiedUsers, waitForAll } = await subscribeToUsers(world, users)
    const batch = await createBatch(editor, mediaId, users)
    await waitForAll()
    notifiedUsers.clear()
    await undoBatch(editor, batch.id)
    await waitForAll()
  })

  it('refuses a batch that is already undone', async ({ users: { editor }, batch }) => {
    await undoBatch(editor, batch.id)
    expect(await undoBatch(editor, batch.id)).toMatchObject({ message: expect.stringContaining('already') })
  })

  it.for([
    ['an unknown id', unknownId('AssignmentBatch'), 'NotFoundError'],
    ['a malformed id', 'AssignmentBatch:1', 'InvalidInputError'],
  ] as const)('refuses %s', async ([, id, typename], { users: { editor } }) => {
    expect((await undoBatch(editor, id)).__typename).toBe(typename)
  })

  it('lists the replaced assignments in its refusal, but not those that were undone individually', async ({
    world,
    users: { editor },
    createMedia,
    createUsers,
  }) => {
    const [first, second, third, users] = [
      await createMedia(),
      await createMedia(),
      await createMedia(),
      await createUsers(4),
    ]
    await createAssignment(editor, first, users[2] ?? '')
    const { id } = await createBatch(editor, second, users)
    const { assignments } = await createBatch(editor, second, users)
    const batch = assignments.nodes[0]?.batch?.id ?? ''
    const rowOf = (index: number) => assignments.nodes.find(({ user }) => user.id === users[index])?.id ?? ''
    await undo(editor, rowOf(0))
    await createAssignment(editor, third, users[1] ?? '')
    const result = await undoBatch(editor, batch)
    expect(result).toMatchObject({
      __typename: 'BatchRefusedError',
      failures: [{ nodeId: rowOf(1), code: 'STATE_CONFLICT', message: expect.stringContaining('was replaced') }],
    })
    expect(await mediaOf(world, users)).toEqual([second, third, second, second])
    // All assignments of the first batch are replaced, except the one that the undo has restored.
    const firstResult = await undoBatch(editor, id)
    if (firstResult.__typename !== 'BatchRefusedError') throw new Error(firstResult.__typename)
    expect(firstResult.failures).toHaveLength(3)
  })

  it('refuses if a replaced media is in the trash', async ({
    world,
    users: { editor, admin },
    createMedia,
    createUsers,
  }) => {
    const [first, second, users] = [await createMedia(), await createMedia(), await createUsers(2)]
    await createAssignment(editor, first, users[0] ?? '')
    const batch = await createBatch(editor, second, users)
    await admin.send(MediaDeleteDocument, { input: { id: first } })
    const result = await undoBatch(editor, batch.id)
    expect(result).toMatchObject({ failures: [{ code: 'STATE_CONFLICT', message: expect.stringContaining('trash') }] })
    expect(await mediaOf(world, users)).toEqual([second, second])
  })

  describe('at a stopped clock', () => {
    it('succeeds until 30 seconds after the batch', async ({ undoAfter }) => {
      expect((await undoAfter(30_000)).__typename).toBe('AssignmentBatch')
    })

    // Not just after it: the time that the request takes is subtracted, although the clock has stopped.
    it('is refused after the window', async ({ undoAfter }) => {
      expect(await undoAfter(60_000)).toMatchObject({
        __typename: 'UndoExpiredError',
        expiredAt: later(30_000).toISOString(),
      })
    })
  })
})

import { describe, expect } from 'vitest'
import type { Client } from '../../../client/client.ts'
import {
  AssignmentRevertDocument,
  MediaDeleteDocument,
  MediaPurgeDocument,
} from '../../../client/generated/documents.ts'
import { createAssignment, undo } from '../../harness/assignments.ts'
import { unknownId, uuidOf } from '../../harness/ids.ts'
import { it as base } from './assignmentIt.ts'

/** Two assignments of one user. */
const it = base.extend('history', async ({ users: { editor }, createMedia, createUser }) => {
  const [first, second, userId] = [await createMedia(), await createMedia(), await createUser()]
  const earlier = await createAssignment(editor, first, userId)
  return { first, userId, earlier, current: await createAssignment(editor, second, userId) }
})

const revert = async (client: Client, userId: string, toAssignmentId: string) =>
  (await client.send(AssignmentRevertDocument, { input: { userId, toAssignmentId } })).assignmentRevert

describe('assignmentRevert', () => {
  it('refuses viewers', async ({ users: { viewer }, history }) => {
    expect((await revert(viewer, history.userId, history.earlier.id)).__typename).toBe('ForbiddenError')
  })

  it('creates a new assignment with the media of an earlier one', async ({
    users: { otherEditor: other },
    history,
  }) => {
    expect(await revert(other, history.userId, history.earlier.id)).toMatchObject({
      status: 'CURRENT',
      mediaId: history.first,
      previous: { id: history.current.id, status: 'REPLACED' },
      revertOf: { id: history.earlier.id },
      assignedBy: { name: 'Bob' },
    })
  })

  it('can be undone', async ({ users: { otherEditor: other }, history }) => {
    const assignment = await revert(other, history.userId, history.earlier.id)
    if (assignment.__typename !== 'Assignment') throw new Error('refused')
    expect(await undo(other, assignment.id)).toMatchObject({
      status: 'UNDONE',
      previous: { id: history.current.id, status: 'CURRENT' },
    })
  })

  it('refuses the current assignment', async ({ users: { otherEditor: other }, history }) => {
    const assignment = await revert(other, history.userId, history.earlier.id)
    if (assignment.__typename !== 'Assignment') throw new Error('refused')
    expect((await revert(other, history.userId, assignment.id)).__typename).toBe('StateConflictError')
  })

  it('refuses an assignment of another user', async ({ users: { editor }, createUser, history }) => {
    const foreign = await createAssignment(editor, history.first, await createUser())
    expect(await revert(editor, history.userId, foreign.id)).toMatchObject({ fields: [{ path: 'toAssignmentId' }] })
  })

  it('refuses an unknown assignment', async ({ users: { editor }, createUser }) => {
    expect((await revert(editor, await createUser(), unknownId('Assignment'))).__typename).toBe('NotFoundError')
  })

  it('refuses an unknown user', async ({ users: { editor }, history }) => {
    expect((await revert(editor, unknownId('User'), history.earlier.id)).__typename).toBe('NotFoundError')
  })

  it('refuses a malformed id', async ({ users: { editor }, createUser }) => {
    expect(await revert(editor, await createUser(), 'Media:1')).toMatchObject({ fields: [{ path: 'toAssignmentId' }] })
  })

  it('refuses a media in the trash', async ({ users: { editor, admin }, history }) => {
    await admin.send(MediaDeleteDocument, { input: { id: history.first } })
    expect(await revert(editor, history.userId, history.earlier.id)).toMatchObject({
      message: expect.stringContaining('in the trash'),
    })
  })

  it('refuses a media that was purged', async ({ users: { editor, admin }, history }) => {
    await admin.send(MediaDeleteDocument, { input: { id: history.first } })
    await admin.send(MediaPurgeDocument, { id: history.first })
    expect(await revert(editor, history.userId, history.earlier.id)).toMatchObject({
      __typename: 'StateConflictError',
      message: expect.stringContaining('purged'),
    })
  })

  it('refuses a media that is not READY', async ({ world, users: { editor }, history }) => {
    await world.runtime.ports.database.media.update({
      where: { id: uuidOf(history.first) },
      data: { status: 'FAILED' },
    })
    expect(await revert(editor, history.userId, history.earlier.id)).toMatchObject({
      message: expect.stringContaining('not READY'),
    })
  })
})

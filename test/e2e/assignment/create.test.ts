import { describe, expect } from 'vitest'
import { MediaDeleteDocument } from '../../../client/generated/documents.ts'
import { readActions } from '../../harness/actions.ts'
import { assign, createAssignment, readUser } from '../../harness/assignments.ts'
import { unknownId } from '../../harness/ids.ts'
import { it } from './assignmentIt.ts'

describe('assignmentCreate', () => {
  it('refuses viewers', async ({ users: { viewer }, createMedia, createUser }) => {
    expect((await assign(viewer, await createMedia(), await createUser())).__typename).toBe('ForbiddenError')
  })

  it('assigns a media to a user', async ({ users: { editor }, createMedia, createUser }) => {
    const [mediaId, userId] = [await createMedia(), await createUser()]
    expect(await assign(editor, mediaId, userId)).toMatchObject({
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
  })

  it('can be undone for 30 seconds', async ({ users: { editor }, createMedia, createUser }) => {
    const { assignedAt, undoableUntil } = await createAssignment(editor, await createMedia(), await createUser())
    expect(Date.parse(undoableUntil) - Date.parse(assignedAt)).toBe(30_000)
  })

  it('replaces the current assignment, also one of the same media', async ({
    world,
    users: { editor, admin },
    createMedia,
    createUser,
  }) => {
    const [mediaId, userId] = [await createMedia(), await createUser()]
    const assignment = await createAssignment(editor, mediaId, userId)
    const next = await createAssignment(admin, mediaId, userId)
    expect(next).toMatchObject({ status: 'CURRENT', previous: { id: assignment.id, status: 'REPLACED' } })
    expect((await readUser(editor, userId)).currentAssignment?.id).toBe(next.id)
    expect(await readActions(world, mediaId)).toEqual([
      'media.uploaded',
      'assignment.created',
      'assignment.replaced',
      'assignment.created',
    ])
  })

  it('refuses a media that is not READY', async ({ users: { editor }, createMedia, createUser }) => {
    const [failed, userId] = [await createMedia({ status: 'FAILED' }), await createUser()]
    expect(await assign(editor, failed, userId)).toMatchObject({
      __typename: 'StateConflictError',
      message: expect.stringContaining('is FAILED, not READY'),
    })
    expect((await readUser(editor, userId)).assignments.totalCount).toBe(0)
  })

  it('refuses a media in the trash', async ({ users: { editor, admin }, createMedia, createUser }) => {
    const [trashed, userId] = [await createMedia(), await createUser()]
    await admin.send(MediaDeleteDocument, { input: { id: trashed } })
    expect(await assign(editor, trashed, userId)).toMatchObject({ __typename: 'NotFoundError', nodeId: trashed })
    expect((await readUser(editor, userId)).assignments.totalCount).toBe(0)
  })

  it('refuses an unknown media', async ({ users: { editor }, createUser }) => {
    expect((await assign(editor, unknownId('Media'), await createUser())).__typename).toBe('NotFoundError')
  })

  it('refuses an unknown user', async ({ users: { editor }, createMedia }) => {
    expect(await assign(editor, await createMedia(), unknownId('User'))).toMatchObject({
      __typename: 'NotFoundError',
      nodeId: unknownId('User'),
    })
  })

  it('refuses ids of the wrong type', async ({ users: { editor } }) => {
    expect(await assign(editor, unknownId('User'), unknownId('Media'))).toMatchObject({ fields: [{ path: 'mediaId' }] })
  })

  it('refuses a malformed id', async ({ users: { editor }, createMedia }) => {
    expect(await assign(editor, await createMedia(), 'User:1')).toMatchObject({ fields: [{ path: 'userId' }] })
  })
})

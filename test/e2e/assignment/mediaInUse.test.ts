import { describe, expect } from 'vitest'
import type { Client } from '../../../client/client.ts'
import {
  MediaBulkDeleteDocument,
  MediaBulkRestoreDocument,
  MediaDeleteAssignedDocument,
  MediaPurgeDocument,
  OperationDocument,
  type OperationResultFragment,
  StorageAnalyticsDocument,
  UserAssignmentsOfDocument,
} from '../../../client/generated/documents.ts'
import { createAssignment, readUser, undo } from '../../harness/assignments.ts'
import { uuidOf } from '../../harness/ids.ts'
import { createLease } from '../../harness/lease.ts'
import type { World } from '../../harness/world.ts'
import { it } from './assignmentIt.ts'
import { findMedia, mediaOf, restore, rowOf } from './calls.ts'

const remove = async (client: Client, id: string, more = {}, page = {}) =>
  (await client.send(MediaDeleteAssignedDocument, { input: { id, ...more }, ...page })).mediaDelete

/** Runs an operation to its end in this process, since there is no worker. */
const run = async (world: World, bulkResult: OperationResultFragment): Promise<string> => {
  if (bulkResult.__typename !== 'Operation') throw new Error(bulkResult.message)
  await world.runtime.services.bulkRunner.run(uuidOf(bulkResult.id), AbortSignal.timeout(60_000), createLease())
  return bulkResult.id
}

describe('an assigned media', () => {
  it('counts its assignments, which block deletion', async ({ users: { editor }, createMedia, createUser }) => {
    const mediaId = await createMedia()
    const assignment = await createAssignment(editor, mediaId, await createUser())
    expect(await mediaOf(editor, mediaId)).toMatchObject({
      assignmentCount: 1,
      usageCount: 0,
      unusedSince: null,
      viewerCanDelete: { allowed: false, reason: 'This media is assigned to one user. Remove these uses first.' },
      assignments: { totalCount: 1, nodes: [{ id: assignment.id }] },
    })
  })

  it('is in use for filters', async ({ users: { editor }, createMedia, createUser }) => {
    const mediaId = await createMedia()
    const unused = (await findMedia(editor, { used: false })).totalCount
    await createAssignment(editor, mediaId, await createUser())
    expect((await findMedia(editor, { used: false })).totalCount).toBe(unused - 1)
    expect((await findMedia(editor, { used: true })).nodes.map(({ id }) => id)).toContain(mediaId)
    expect((await findMedia(editor, { unusedForDays: 0 })).nodes.map(({ id }) => id)).not.toContain(mediaId)
  })

  it('is in use for the sums of the storage analytics', async ({ users: { editor }, createMedia, createUser }) => {
    const mediaId = await createMedia()
    const analytics = { interval: 'DAY', last: 1, unusedForDays: 0 } as const
    const [unused, used] = [
      (await findMedia(editor, { used: false })).totalCount,
      (await findMedia(editor, { used: true })).totalCount,
    ]
    await createAssignment(editor, mediaId, await createUser())
    const { analytics: sums } = await editor.send(StorageAnalyticsDocument, analytics)
    expect(sums.storage).toMatchObject({ usedFiles: used + 1, unusedFiles: unused - 1, orphans: { files: unused - 1 } })
  })

  it('is unused again after the undo', async ({ users: { editor }, createMedia, createUser }) => {
    const mediaId = await createMedia()
    const assignment = await createAssignment(editor, mediaId, await createUser())
    await undo(editor, assignment.id)
    const media = await mediaOf(editor, mediaId)
    expect(media).toMatchObject({ assignmentCount: 0, viewerCanDelete: { allowed: true }, assignments: { nodes: [] } })
    expect(Date.parse(media?.unusedSince ?? '')).toBeGreaterThanOrEqual(Date.parse(assignment.assignedAt))
  })

  it('blocks its deletion with a refusal that lists its assignees page by page', async ({
    users: { editor },
    createMedia,
    createUser,
  }) => {
    const [mediaId, users] = [await createMedia(), [await createUser(), await createUser(), await createUser()]]
    for (const userId of users) await createAssignment(editor, mediaId, userId)
    const result = await remove(editor, mediaId, {}, { first: 2 })
    if (result.__typename !== 'MediaInUseError') throw new Error(result.__typename)
    expect(result).toMatchObject({ code: 'IN_USE', usageCount: 0, assignmentCount: 3, assignments: { totalCount: 3 } })
    expect(result.message).toContain('assigned to 3 users')
    const nextPage = await remove(editor, mediaId, {}, { first: 2, after: result.assignments.pageInfo.endCursor })
    if (nextPage.__typename !== 'MediaInUseError') throw new Error(nextPage.__typename)
    const listedUsers = [...result.assignments.nodes, ...nextPage.assignments.nodes].map(({ user }) => user.id)
    expect(listedUsers).toEqual(users)
  })

  it('is not deleted by force for editors', async ({ users: { editor }, createMedia, createUser }) => {
    const mediaId = await createMedia()
    await createAssignment(editor, mediaId, await createUser())
    expect((await remove(editor, mediaId, { force: true })).__typename).toBe('ForbiddenError')
  })

  it('is not deleted in bulk', async ({ world, users: { editor }, createMedia, createUser }) => {
    const [used, unused] = [await createMedia(), await createMedia()]
    await createAssignment(editor, used, await createUser())
    const { mediaBulkDelete: bulkResult } = await editor.send(MediaBulkDeleteDocument, {
      input: { ids: [used, unused] },
    })
    const id = await run(world, bulkResult)
    const { operation } = await editor.send(OperationDocument, { id })
    expect(operation).toMatchObject({
      status: 'PARTIALLY_COMPLETED',
      failures: { nodes: [{ nodeId: used, code: 'IN_USE', message: expect.stringContaining('assigned to one user') }] },
    })
  })
})

describe('a forced delete', () => {
  it('ends the assignments of the media', async ({ users: { editor, admin }, createMedia, createUser }) => {
    const [mediaId, userId] = [await createMedia(), await createUser()]
    const assignment = await createAssignment(editor, mediaId, userId)
    const deleted = await remove(admin, mediaId, { force: true })
    expect(deleted).toMatchObject({ __typename: 'Media', assignmentCount: 0 })
    expect(await readUser(editor, userId)).toMatchObject({
      currentAssignment: null,
      assignments: { nodes: [{ id: assignment.id, status: 'ENDED', media: null, mediaTitle: 'seed-0' }] },
    })
    expect(await undo(editor, assignment.id)).toMatchObject({ message: expect.stringContaining('already') })
  })

  it('is reverted by a restore, which makes the same rows current again', async ({
    world,
    users: { editor, admin },
    createMedia,
    createUser,
  }) => {
    const mediaId = await createMedia()
    const assignment = await createAssignment(editor, mediaId, await createUser())
    const initial = await rowOf(world, assignment.id)
    await remove(admin, mediaId, { force: true })
    expect(await restore(admin, mediaId)).toMatchObject({
      media: {
        assignmentCount: 1,
        unusedSince: null,
        assignments: { nodes: [{ id: assignment.id, status: 'CURRENT' }] },
      },
      lost: [],
    })
    expect({ ...(await rowOf(world, assignment.id)), change: 0n }).toEqual({ ...initial, change: 0n })
  })

  it('loses the assignments of users who have a newer one, which the restore names', async ({
    world,
    users: { editor, admin },
    createMedia,
    createUser,
  }) => {
    const [mediaId, next, returningUser, lost] = [
      await createMedia(),
      await createMedia(),
      await createUser(),
      await createUser(),
    ]
    const [restorable, lostAssignment] = [
      await createAssignment(editor, mediaId, returningUser),
      await createAssignment(editor, mediaId, lost),
    ]
    await remove(admin, mediaId, { force: true })
    const newer = await createAssignment(editor, next, lost)
    expect(newer.previous).toBeNull()
    expect((await restore(admin, mediaId)).lost).toEqual([
      { resource: null, user: { id: lost }, reason: expect.stringContaining('now has another assignment') },
    ])
    expect((await readUser(editor, returningUser)).currentAssignment?.id).toBe(restorable.id)
    expect((await readUser(editor, lost)).currentAssignment?.id).toBe(newer.id)
    // A lost assignment stays lost, even if the newer one is undone and the media is deleted and restored again.
    await undo(editor, newer.id)
    await remove(admin, mediaId, { force: true })
    expect((await restore(admin, mediaId)).lost).toEqual([])
    expect((await rowOf(world, lostAssignment.id)).status).toBe('ENDED')
    const [event] = await world.runtime.ports.database.event.findMany({
      where: { mediaId: uuidOf(mediaId), action: 'media.restored' },
      orderBy: { id: 'asc' },
    })
    expect(event?.data).toMatchObject({ lostUserIds: [uuidOf(lost)] })
  })

  it('lets a bulk restore bring back the newest of several assignments of a user', async ({
    world,
    users: { editor, admin },
    createMedia,
    createUser,
  }) => {
    const [first, second, userId] = [await createMedia(), await createMedia(), await createUser()]
    await createAssignment(editor, first, userId)
    await remove(admin, first, { force: true })
    const newer = await createAssignment(editor, second, userId)
    await remove(admin, second, { force: true })
    const { mediaBulkRestore: bulkResult } = await admin.send(MediaBulkRestoreDocument, {
      input: { ids: [first, second] },
    })
    await run(world, bulkResult)
    expect((await readUser(editor, userId)).currentAssignment?.id).toBe(newer.id)
    const events = await world.runtime.ports.database.event.findMany({
      where: { action: 'media.restored', mediaId: { in: [uuidOf(first), uuidOf(second)] } },
    })
    const dataByMedia = new Map(events.map(({ mediaId, data }) => [`Media:${mediaId}`, data]))
    expect(dataByMedia.get(first)).toMatchObject({ lostUserIds: [uuidOf(userId)] })
    expect(dataByMedia.get(second)).toMatchObject({ lostUserIds: [] })
  })

  it('followed by a purge keeps the assignments with their titles', async ({
    users: { editor, admin },
    createMedia,
    createUser,
  }) => {
    const [mediaId, userId] = [await createMedia(), await createUser()]
    const assignment = await createAssignment(editor, mediaId, userId)
    await remove(admin, mediaId, { force: true })
    await admin.send(MediaPurgeDocument, { id: mediaId })
    const [node] = (await editor.send(UserAssignmentsOfDocument, { ids: [assignment.id] })).nodes
    expect(node).toMatchObject({ mediaId, mediaTitle: 'seed-0', media: null, status: 'ENDED' })
  })
})

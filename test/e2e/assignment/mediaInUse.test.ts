import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Client } from '../../../client/client.ts'
import {
  MediaAssignmentsDocument,
  MediaBulkDeleteDocument,
  MediaBulkRestoreDocument,
  MediaDeleteAssignedDocument,
  type MediaFilter,
  MediaMergeDocument,
  MediaPurgeDocument,
  MediaRestoreAssignedDocument,
  OperationDocument,
  type OperationResultFragment,
  StorageAnalyticsDocument,
  UserAssignmentsOfDocument,
} from '../../../client/generated/documents.ts'
import { createAssignment, readUser, undo } from '../../harness/assignments.ts'
import { uuidOf } from '../../harness/ids.ts'
import { seedMediaId, seedUserId } from '../../harness/seed.ts'
import { openWorld, type World } from '../../harness/world.ts'

let world: World
let editor: Client
let admin: Client

beforeAll(async () => {
  world = await openWorld()
  ;({ editor, admin } = await world.users())
})
afterAll(() => world?.close())

const createMedia = () => seedMediaId(world, { uploader: 'Ada', status: 'READY' })
const createUser = () => seedUserId(world)
const remove = async (client: Client, id: string, more = {}, page = {}) =>
  (await client.send(MediaDeleteAssignedDocument, { input: { id, ...more }, ...page })).mediaDelete
const restore = async (id: string) => {
  const { mediaRestore } = await admin.send(MediaRestoreAssignedDocument, { id })
  if (mediaRestore.__typename !== 'MediaRestoration') throw new Error(mediaRestore.message)
  return mediaRestore
}
/** Does the work of an operation here, to its end; there is no worker. */
const run = async (bulkResult: OperationResultFragment): Promise<string> => {
  if (bulkResult.__typename !== 'Operation') throw new Error(bulkResult.message)
  await world.runtime.services.bulkRunner.run(uuidOf(bulkResult.id), AbortSignal.timeout(60_000))
  return bulkResult.id
}
const find = async (filter: MediaFilter) =>
  (await editor.send(MediaAssignmentsDocument, { filter, first: 3 })).mediaList
const mediaOf = async (id: string) => (await find({})).nodes.find((media) => media.id === id)
const rowOf = (id: string) => world.runtime.ports.database.assignment.findUniqueOrThrow({ where: { id: uuidOf(id) } })

describe('a media that is assigned', () => {
  it('is in use: for filters, verdicts and sums, until it is taken back', async () => {
    const [mediaId, userId] = [await createMedia(), await createUser()]
    const analytics = { interval: 'DAY', last: 1, unusedForDays: 0 } as const
    const [unused, used] = [(await find({ used: false })).totalCount, (await find({ used: true })).totalCount]
    const assignment = await createAssignment(editor, mediaId, userId)
    expect(await mediaOf(mediaId)).toMatchObject({
      assignmentCount: 1,
      usageCount: 0,
      unusedSince: null,
      viewerCanDelete: { allowed: false, reason: 'It is assigned to one user.' },
      assignments: { totalCount: 1, nodes: [{ id: assignment.id }] },
    })
    expect((await find({ used: false })).totalCount).toBe(unused - 1)
    expect((await find({ used: true })).nodes.map(({ id }) => id)).toContain(mediaId)
    expect((await find({ unusedForDays: 0 })).nodes.map(({ id }) => id)).not.toContain(mediaId)
    const { analytics: sums } = await editor.send(StorageAnalyticsDocument, analytics)
    expect(sums.storage).toMatchObject({ usedFiles: used + 1, unusedFiles: unused - 1, orphans: { files: unused - 1 } })
    await undo(editor, assignment.id)
    const after = await mediaOf(mediaId)
    expect(after).toMatchObject({ assignmentCount: 0, viewerCanDelete: { allowed: true }, assignments: { nodes: [] } })
    expect(Date.parse(after?.unusedSince ?? '')).toBeGreaterThanOrEqual(Date.parse(assignment.assignedAt))
  })

  it('is not deleted: the refusal lists to whom it is assigned, page by page', async () => {
    const [mediaId, users] = [await createMedia(), [await createUser(), await createUser(), await createUser()]]
    for (const userId of users) await createAssignment(editor, mediaId, userId)
    const result = await remove(editor, mediaId, {}, { first: 2 })
    if (result.__typename !== 'MediaInUseError') throw new Error(result.__typename)
    expect(result).toMatchObject({ code: 'IN_USE', usageCount: 0, assignmentCount: 3, assignments: { totalCount: 3 } })
    expect(result.message).toContain('assigned to 3 users')
    const nextPage = await remove(editor, mediaId, {}, { first: 2, after: result.assignments.pageInfo.endCursor })
    if (nextPage.__typename !== 'MediaInUseError') throw new Error(nextPage.__typename)
    const named = [...result.assignments.nodes, ...nextPage.assignments.nodes].map(({ user }) => user.id)
    expect(named).toEqual(users)
    expect((await remove(editor, mediaId, { force: true })).__typename).toBe('ForbiddenError')
  })

  it('is not deleted in bulk', async () => {
    const [used, unused] = [await createMedia(), await createMedia()]
    await createAssignment(editor, used, await createUser())
    const { mediaBulkDelete: bulkResult } = await editor.send(MediaBulkDeleteDocument, {
      input: { ids: [used, unused] },
    })
    const id = await run(bulkResult)
    const { operation } = await editor.send(OperationDocument, { id })
    expect(operation).toMatchObject({
      status: 'PARTIALLY_COMPLETED',
      failures: { nodes: [{ nodeId: used, code: 'IN_USE', message: expect.stringContaining('assigned to one user') }] },
    })
  })
})

describe('a forced delete', () => {
  it('ends what is assigned, and the restore brings back the same row', async () => {
    const [mediaId, userId] = [await createMedia(), await createUser()]
    const assignment = await createAssignment(editor, mediaId, userId)
    const initial = await rowOf(assignment.id)
    const deleted = await remove(admin, mediaId, { force: true })
    expect(deleted).toMatchObject({ __typename: 'Media', assignmentCount: 0 })
    expect(await readUser(editor, userId)).toMatchObject({
      currentAssignment: null,
      assignments: { nodes: [{ id: assignment.id, status: 'ENDED', media: null, mediaTitle: 'seed-0' }] },
    })
    expect(await undo(editor, assignment.id)).toMatchObject({ message: expect.stringContaining('already') })
    expect(await restore(mediaId)).toMatchObject({
      media: {
        assignmentCount: 1,
        unusedSince: null,
        assignments: { nodes: [{ id: assignment.id, status: 'CURRENT' }] },
      },
      lost: [],
    })
    expect({ ...(await rowOf(assignment.id)), change: 0n }).toEqual({ ...initial, change: 0n })
  })

  it('cannot take back what the user has something else for since, which the restore names', async () => {
    const [mediaId, next, returningUser, lost] = [
      await createMedia(),
      await createMedia(),
      await createUser(),
      await createUser(),
    ]
    const [stays, goes] = [
      await createAssignment(editor, mediaId, returningUser),
      await createAssignment(editor, mediaId, lost),
    ]
    await remove(admin, mediaId, { force: true })
    const newer = await createAssignment(editor, next, lost)
    expect(newer.previous).toBeNull()
    expect((await restore(mediaId)).lost).toEqual([
      { resource: null, user: { id: lost }, reason: expect.stringContaining('has another assignment by now') },
    ])
    expect((await readUser(editor, returningUser)).currentAssignment?.id).toBe(stays.id)
    expect((await readUser(editor, lost)).currentAssignment?.id).toBe(newer.id)
    // What is lost stays so, also when the other one is taken back and the media goes and comes again.
    await undo(editor, newer.id)
    await remove(admin, mediaId, { force: true })
    expect((await restore(mediaId)).lost).toEqual([])
    expect((await rowOf(goes.id)).status).toBe('ENDED')
    const [event] = await world.runtime.ports.database.event.findMany({
      where: { mediaId: uuidOf(mediaId), action: 'media.restored' },
      orderBy: { id: 'asc' },
    })
    expect(event?.data).toMatchObject({ lostUserIds: [uuidOf(lost)] })
  })

  it('and a bulk restore bring back the newest of several', async () => {
    const [first, second, userId] = [await createMedia(), await createMedia(), await createUser()]
    await createAssignment(editor, first, userId)
    await remove(admin, first, { force: true })
    const newer = await createAssignment(editor, second, userId)
    await remove(admin, second, { force: true })
    const { mediaBulkRestore: bulkResult } = await admin.send(MediaBulkRestoreDocument, {
      input: { ids: [first, second] },
    })
    await run(bulkResult)
    expect((await readUser(editor, userId)).currentAssignment?.id).toBe(newer.id)
    const events = await world.runtime.ports.database.event.findMany({
      where: { action: 'media.restored', mediaId: { in: [uuidOf(first), uuidOf(second)] } },
    })
    const lostOf = new Map(events.map(({ mediaId, data }) => [`Media:${mediaId}`, data]))
    expect(lostOf.get(first)).toMatchObject({ lostUserIds: [uuidOf(userId)] })
    expect(lostOf.get(second)).toMatchObject({ lostUserIds: [] })
  })

  it('with the purge leaves every assignment with its title', async () => {
    const [mediaId, userId] = [await createMedia(), await createUser()]
    const assignment = await createAssignment(editor, mediaId, userId)
    await remove(admin, mediaId, { force: true })
    await admin.send(MediaPurgeDocument, { id: mediaId })
    const [node] = (await editor.send(UserAssignmentsOfDocument, { ids: [assignment.id] })).nodes
    expect(node).toMatchObject({ mediaId, mediaTitle: 'seed-0', media: null, status: 'ENDED' })
  })
})

describe('mediaMerge', () => {
  const twins = async () => {
    const [original, duplicate] = [await createMedia(), await createMedia()]
    const { sha256 } = await world.runtime.ports.database.media.findUniqueOrThrow({ where: { id: uuidOf(original) } })
    await world.runtime.ports.database.media.update({
      where: { id: uuidOf(duplicate) },
      data: { sha256, title: 'Twin' },
    })
    return [original, duplicate] as const
  }
  const merge = async (keepId: string, removeIds: string[]) =>
    (await admin.send(MediaMergeDocument, { input: { keepId, removeIds } })).mediaMerge

  it('goes on with the kept media for those who have the other one', async () => {
    const [[original, duplicate], initial, userId] = [await twins(), await createMedia(), await createUser()]
    const previous = await createAssignment(editor, initial, userId)
    const assignment = await createAssignment(editor, duplicate, userId)
    expect((await merge(original, [duplicate])).__typename).toBe('Media')
    expect((await readUser(editor, userId)).currentAssignment).toMatchObject({
      id: assignment.id,
      mediaId: original,
      mediaTitle: 'Twin',
      media: { id: original },
    })
    expect(await mediaOf(original)).toMatchObject({ assignmentCount: 1, unusedSince: null })
    expect((await restore(duplicate)).media).toMatchObject({ assignmentCount: 0 })
    // It is the same assignment, which can still be taken back.
    expect(await undo(editor, assignment.id)).toMatchObject({
      status: 'UNDONE',
      previous: { id: previous.id, status: 'CURRENT' },
    })
  })

  it('leaves what was replaced a moment ago to be taken back', async () => {
    const [[original, duplicate], after, userId] = [await twins(), await createMedia(), await createUser()]
    const previous = await createAssignment(editor, duplicate, userId)
    const assignment = await createAssignment(editor, after, userId)
    const { change } = await rowOf(previous.id)
    expect((await merge(original, [duplicate])).__typename).toBe('Media')
    expect(await mediaOf(original)).toMatchObject({ assignmentCount: 0 })
    // Whoever follows the user sees nothing of it.
    expect((await rowOf(previous.id)).change).toBe(change)
    expect(await undo(editor, assignment.id)).toMatchObject({
      status: 'UNDONE',
      previous: { id: previous.id, status: 'CURRENT' },
    })
    expect((await readUser(editor, userId)).currentAssignment).toMatchObject({ id: previous.id, mediaId: original })
    expect(await mediaOf(original)).toMatchObject({ assignmentCount: 1, unusedSince: null })
  })

  it('leaves what was replaced twice in a moment to be taken back step by step', async () => {
    const [[original, duplicate], second, third, userId] = [
      await twins(),
      await createMedia(),
      await createMedia(),
      await createUser(),
    ]
    const steps = [
      await createAssignment(editor, duplicate, userId),
      await createAssignment(editor, second, userId),
      await createAssignment(editor, third, userId),
    ]
    expect((await merge(original, [duplicate])).__typename).toBe('Media')
    for (const [index, expectedMedia] of [
      [2, second],
      [1, original],
    ] as const) {
      expect(await undo(editor, steps[index]?.id ?? '')).toMatchObject({ status: 'UNDONE' })
      expect((await readUser(editor, userId)).currentAssignment).toMatchObject({
        id: steps[index - 1]?.id,
        mediaId: expectedMedia,
      })
    }
  })

  it('gives nobody a media that is not READY by way of an undo', async () => {
    const [[original, duplicate], after, userId] = [await twins(), await createMedia(), await createUser()]
    await createAssignment(editor, duplicate, userId)
    const assignment = await createAssignment(editor, after, userId)
    await world.runtime.ports.database.media.update({ where: { id: uuidOf(original) }, data: { status: 'FAILED' } })
    expect((await merge(original, [duplicate])).__typename).toBe('Media')
    expect(await undo(editor, assignment.id)).toMatchObject({ __typename: 'StateConflictError' })
    expect((await readUser(editor, userId)).currentAssignment).toMatchObject({ id: assignment.id, mediaId: after })
  })

  it('refuses to give anybody a media that is not READY', async () => {
    const [original, duplicate] = await twins()
    await createAssignment(editor, duplicate, await createUser())
    await world.runtime.ports.database.media.update({ where: { id: uuidOf(original) }, data: { status: 'PROCESSING' } })
    expect(await merge(original, [duplicate])).toMatchObject({ __typename: 'StateConflictError' })
    expect(await mediaOf(duplicate)).toMatchObject({ assignmentCount: 1 })
  })
})

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
import { given, undo, userOf } from '../../harness/assigning.ts'
import { uuidOf } from '../../harness/ids.ts'
import { seedMediaId, seedUserId } from '../../harness/seed.ts'
import { openWorld, type World } from '../../harness/world.ts'

let world: World
let editor: Client
let admin: Client

beforeAll(async () => {
  world = await openWorld()
  ;({ editor, admin } = await world.cast())
})
afterAll(() => world?.close())

const one = () => seedMediaId(world, { uploader: 'Ada', status: 'READY' })
const person = () => seedUserId(world)
const remove = async (client: Client, id: string, more = {}, page = {}) =>
  (await client.send(MediaDeleteAssignedDocument, { input: { id, ...more }, ...page })).mediaDelete
const restore = async (id: string) => {
  const { mediaRestore } = await admin.send(MediaRestoreAssignedDocument, { id })
  if (mediaRestore.__typename !== 'MediaRestoration') throw new Error(mediaRestore.message)
  return mediaRestore
}
/** Does the work of an operation here, to its end; there is no worker. */
const run = async (asked: OperationResultFragment): Promise<string> => {
  if (asked.__typename !== 'Operation') throw new Error(asked.message)
  await world.runtime.services.bulk.run(uuidOf(asked.id), AbortSignal.timeout(60_000))
  return asked.id
}
const find = async (filter: MediaFilter) =>
  (await editor.send(MediaAssignmentsDocument, { filter, first: 3 })).mediaList
const mediaOf = async (id: string) => (await find({})).nodes.find((media) => media.id === id)
const rowOf = (id: string) => world.runtime.ports.database.assignment.findUniqueOrThrow({ where: { id: uuidOf(id) } })

describe('a media that is assigned', () => {
  it('is in use: for filters, verdicts and sums, until it is taken back', async () => {
    const [mediaId, userId] = [await one(), await person()]
    const analytics = { interval: 'DAY', last: 1, unusedForDays: 0 } as const
    const [unused, used] = [(await find({ used: false })).totalCount, (await find({ used: true })).totalCount]
    const made = await given(editor, mediaId, userId)
    expect(await mediaOf(mediaId)).toMatchObject({
      assignmentCount: 1,
      usageCount: 0,
      unusedSince: null,
      viewerCanDelete: { allowed: false, reason: 'It is assigned to one user.' },
      assignments: { totalCount: 1, nodes: [{ id: made.id }] },
    })
    expect((await find({ used: false })).totalCount).toBe(unused - 1)
    expect((await find({ used: true })).nodes.map(({ id }) => id)).toContain(mediaId)
    expect((await find({ unusedForDays: 0 })).nodes.map(({ id }) => id)).not.toContain(mediaId)
    const { analytics: sums } = await editor.send(StorageAnalyticsDocument, analytics)
    expect(sums.storage).toMatchObject({ usedFiles: used + 1, unusedFiles: unused - 1, orphans: { files: unused - 1 } })
    await undo(editor, made.id)
    const after = await mediaOf(mediaId)
    expect(after).toMatchObject({ assignmentCount: 0, viewerCanDelete: { allowed: true }, assignments: { nodes: [] } })
    expect(Date.parse(after?.unusedSince ?? '')).toBeGreaterThanOrEqual(Date.parse(made.assignedAt))
  })

  it('is not deleted: the refusal lists to whom it is assigned, page by page', async () => {
    const [mediaId, users] = [await one(), [await person(), await person(), await person()]]
    for (const userId of users) await given(editor, mediaId, userId)
    const refused = await remove(editor, mediaId, {}, { first: 2 })
    if (refused.__typename !== 'MediaInUseError') throw new Error(refused.__typename)
    expect(refused).toMatchObject({ code: 'IN_USE', usageCount: 0, assignmentCount: 3, assignments: { totalCount: 3 } })
    expect(refused.message).toContain('assigned to 3 users')
    const rest = await remove(editor, mediaId, {}, { first: 2, after: refused.assignments.pageInfo.endCursor })
    if (rest.__typename !== 'MediaInUseError') throw new Error(rest.__typename)
    const named = [...refused.assignments.nodes, ...rest.assignments.nodes].map(({ user }) => user.id)
    expect(named).toEqual(users)
    expect((await remove(editor, mediaId, { force: true })).__typename).toBe('ForbiddenError')
  })

  it('is not deleted in bulk', async () => {
    const [used, unused] = [await one(), await one()]
    await given(editor, used, await person())
    const { mediaBulkDelete: asked } = await editor.send(MediaBulkDeleteDocument, { input: { ids: [used, unused] } })
    const id = await run(asked)
    const { operation } = await editor.send(OperationDocument, { id })
    expect(operation).toMatchObject({
      status: 'PARTIALLY_COMPLETED',
      failures: { nodes: [{ nodeId: used, code: 'IN_USE', message: expect.stringContaining('assigned to one user') }] },
    })
  })
})

describe('a forced delete', () => {
  it('ends what is assigned, and the restore brings back the same row', async () => {
    const [mediaId, userId] = [await one(), await person()]
    const made = await given(editor, mediaId, userId)
    const before = await rowOf(made.id)
    const deleted = await remove(admin, mediaId, { force: true })
    expect(deleted).toMatchObject({ __typename: 'Media', assignmentCount: 0 })
    expect(await userOf(editor, userId)).toMatchObject({
      currentAssignment: null,
      assignments: { nodes: [{ id: made.id, status: 'ENDED', media: null, mediaTitle: 'seed-0' }] },
    })
    expect(await undo(editor, made.id)).toMatchObject({ message: expect.stringContaining('already') })
    expect(await restore(mediaId)).toMatchObject({
      media: { assignmentCount: 1, unusedSince: null, assignments: { nodes: [{ id: made.id, status: 'CURRENT' }] } },
      lost: [],
    })
    expect({ ...(await rowOf(made.id)), change: 0n }).toEqual({ ...before, change: 0n })
  })

  it('cannot take back what the user has something else for since, which the restore names', async () => {
    const [mediaId, next, kept, lost] = [await one(), await one(), await person(), await person()]
    const [stays, goes] = [await given(editor, mediaId, kept), await given(editor, mediaId, lost)]
    await remove(admin, mediaId, { force: true })
    const newer = await given(editor, next, lost)
    expect(newer.previous).toBeNull()
    expect((await restore(mediaId)).lost).toEqual([
      { resource: null, user: { id: lost }, reason: expect.stringContaining('has another assignment by now') },
    ])
    expect((await userOf(editor, kept)).currentAssignment?.id).toBe(stays.id)
    expect((await userOf(editor, lost)).currentAssignment?.id).toBe(newer.id)
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
    const [first, second, userId] = [await one(), await one(), await person()]
    await given(editor, first, userId)
    await remove(admin, first, { force: true })
    const newer = await given(editor, second, userId)
    await remove(admin, second, { force: true })
    const { mediaBulkRestore: asked } = await admin.send(MediaBulkRestoreDocument, { input: { ids: [first, second] } })
    await run(asked)
    expect((await userOf(editor, userId)).currentAssignment?.id).toBe(newer.id)
    const events = await world.runtime.ports.database.event.findMany({
      where: { action: 'media.restored', mediaId: { in: [uuidOf(first), uuidOf(second)] } },
    })
    const lostOf = new Map(events.map(({ mediaId, data }) => [`Media:${mediaId}`, data]))
    expect(lostOf.get(first)).toMatchObject({ lostUserIds: [uuidOf(userId)] })
    expect(lostOf.get(second)).toMatchObject({ lostUserIds: [] })
  })

  it('with the purge leaves every assignment with its title', async () => {
    const [mediaId, userId] = [await one(), await person()]
    const made = await given(editor, mediaId, userId)
    await remove(admin, mediaId, { force: true })
    await admin.send(MediaPurgeDocument, { id: mediaId })
    const [node] = (await editor.send(UserAssignmentsOfDocument, { ids: [made.id] })).nodes
    expect(node).toMatchObject({ mediaId, mediaTitle: 'seed-0', media: null, status: 'ENDED' })
  })
})

describe('mediaMerge', () => {
  const twins = async () => {
    const [keep, gone] = [await one(), await one()]
    const { sha256 } = await world.runtime.ports.database.media.findUniqueOrThrow({ where: { id: uuidOf(keep) } })
    await world.runtime.ports.database.media.update({ where: { id: uuidOf(gone) }, data: { sha256, title: 'Twin' } })
    return [keep, gone] as const
  }
  const merge = async (keepId: string, removeIds: string[]) =>
    (await admin.send(MediaMergeDocument, { input: { keepId, removeIds } })).mediaMerge

  it('goes on with the kept media for those who have the other one', async () => {
    const [[keep, gone], before, userId] = [await twins(), await one(), await person()]
    const previous = await given(editor, before, userId)
    const made = await given(editor, gone, userId)
    expect((await merge(keep, [gone])).__typename).toBe('Media')
    expect((await userOf(editor, userId)).currentAssignment).toMatchObject({
      id: made.id,
      mediaId: keep,
      mediaTitle: 'Twin',
      media: { id: keep },
    })
    expect(await mediaOf(keep)).toMatchObject({ assignmentCount: 1, unusedSince: null })
    expect((await restore(gone)).media).toMatchObject({ assignmentCount: 0 })
    // It is the same assignment, which can still be taken back.
    expect(await undo(editor, made.id)).toMatchObject({
      status: 'UNDONE',
      previous: { id: previous.id, status: 'CURRENT' },
    })
  })

  it('leaves what was replaced a moment ago to be taken back', async () => {
    const [[keep, gone], after, userId] = [await twins(), await one(), await person()]
    const previous = await given(editor, gone, userId)
    const made = await given(editor, after, userId)
    const { change } = await rowOf(previous.id)
    expect((await merge(keep, [gone])).__typename).toBe('Media')
    expect(await mediaOf(keep)).toMatchObject({ assignmentCount: 0 })
    // Whoever follows the user sees nothing of it.
    expect((await rowOf(previous.id)).change).toBe(change)
    expect(await undo(editor, made.id)).toMatchObject({
      status: 'UNDONE',
      previous: { id: previous.id, status: 'CURRENT' },
    })
    expect((await userOf(editor, userId)).currentAssignment).toMatchObject({ id: previous.id, mediaId: keep })
    expect(await mediaOf(keep)).toMatchObject({ assignmentCount: 1, unusedSince: null })
  })

  it('leaves what was replaced twice in a moment to be taken back step by step', async () => {
    const [[keep, gone], second, third, userId] = [await twins(), await one(), await one(), await person()]
    const steps = [
      await given(editor, gone, userId),
      await given(editor, second, userId),
      await given(editor, third, userId),
    ]
    expect((await merge(keep, [gone])).__typename).toBe('Media')
    for (const [index, shown] of [
      [2, second],
      [1, keep],
    ] as const) {
      expect(await undo(editor, steps[index]?.id ?? '')).toMatchObject({ status: 'UNDONE' })
      expect((await userOf(editor, userId)).currentAssignment).toMatchObject({
        id: steps[index - 1]?.id,
        mediaId: shown,
      })
    }
  })

  it('gives nobody a media that is not READY by way of an undo', async () => {
    const [[keep, gone], after, userId] = [await twins(), await one(), await person()]
    await given(editor, gone, userId)
    const made = await given(editor, after, userId)
    await world.runtime.ports.database.media.update({ where: { id: uuidOf(keep) }, data: { status: 'FAILED' } })
    expect((await merge(keep, [gone])).__typename).toBe('Media')
    expect(await undo(editor, made.id)).toMatchObject({ __typename: 'StateConflictError' })
    expect((await userOf(editor, userId)).currentAssignment).toMatchObject({ id: made.id, mediaId: after })
  })

  it('refuses to give anybody a media that is not READY', async () => {
    const [keep, gone] = await twins()
    await given(editor, gone, await person())
    await world.runtime.ports.database.media.update({ where: { id: uuidOf(keep) }, data: { status: 'PROCESSING' } })
    expect(await merge(keep, [gone])).toMatchObject({ __typename: 'StateConflictError' })
    expect(await mediaOf(gone)).toMatchObject({ assignmentCount: 1 })
  })
})

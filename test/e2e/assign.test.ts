import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Client } from '../../client/client.ts'
import {
  AssignmentBatchCreateDocument,
  AssignmentCreateDocument,
  AssignmentRevertDocument,
  AssignmentUndoDocument,
  MediaDeleteDocument,
  MediaPurgeDocument,
  UserAssignmentsDocument,
  UserAssignmentsOfDocument,
  type UserAssignmentsSubscription,
  ViewerDocument,
} from '../../client/generated/documents.ts'
import { seedMedia } from '../harness/seed.ts'
import { asOwner, startUndoClock, stopUndoClock } from '../harness/undoClock.ts'
import { openWorld, type World } from '../harness/world.ts'

let world: World
let viewer: Client
let editor: Client
let other: Client
let admin: Client

beforeAll(async () => {
  world = await openWorld()
  ;[viewer, editor, other, admin] = await Promise.all([
    world.client('viewer', 'Vera'),
    world.client('editor', 'Ada'),
    world.client('editor', 'Bob'),
    world.client('admin', 'Root'),
  ])
})
afterAll(() => world?.close())

const unknown = (type: string) => `${type}:019a5b3c-0000-7000-8000-000000000000`
const keyOf = (id: string) => id.slice(id.indexOf(':') + 1)
const seeded = async (count: number, status: 'READY' | 'FAILED' = 'READY') =>
  (await seedMedia(world, count, { uploader: 'Ada', status })).map((id) => `Media:${id}`)
const one = async (status: 'READY' | 'FAILED' = 'READY') => (await seeded(1, status))[0] ?? ''

let people = 0
const person = async (): Promise<string> => {
  const externalId = `learner-${++people}`
  const { id } = await world.runtime.ports.database.user.create({ data: { externalId, name: externalId } })
  return `User:${id}`
}

const assign = async (client: Client, mediaId: string, userId: string) =>
  (await client.send(AssignmentCreateDocument, { input: { mediaId, userId } })).assignmentCreate
const undo = async (client: Client, id: string) => (await client.send(AssignmentUndoDocument, { id })).assignmentUndo
const revert = async (client: Client, userId: string, toAssignmentId: string) =>
  (await client.send(AssignmentRevertDocument, { input: { userId, toAssignmentId } })).assignmentRevert

/** Assigns, and insists on it. */
const given = async (mediaId: string, userId: string, client = editor) => {
  const made = await assign(client, mediaId, userId)
  if (made.__typename !== 'Assignment') throw new Error(made.message)
  return made
}
const userOf = async (client: Client, id: string, page = {}) => {
  const [node] = (await client.send(UserAssignmentsOfDocument, { ids: [id], ...page })).nodes
  if (node?.__typename !== 'User') throw new Error(`${id} is not there`)
  return node
}
const remove = (id: string, force = false) => admin.send(MediaDeleteDocument, { input: { id, force } })
/** As the viewer or an editor, in words of one's own. */
const ask = async (role: 'viewer' | 'editor', query: string) => {
  const headers = {
    authorization: `Bearer ${await world.token(role, role === 'viewer' ? 'Vera' : 'Ada')}`,
    'content-type': 'application/json',
    accept: 'application/json',
  }
  const response = await fetch(world.graphqlUrl, { method: 'POST', headers, body: JSON.stringify({ query }) })
  return (await response.json()) as { data?: Record<string, unknown> }
}
const historyOf = async (id: string) => {
  const rows = await world.runtime.ports.database.event.findMany({
    where: { mediaId: keyOf(id) },
    orderBy: [{ at: 'asc' }, { id: 'asc' }],
  })
  return rows.map(({ action }) => action)
}

describe('assignmentCreate', () => {
  it('climbs the ladder', async () => {
    const [mediaId, userId] = [await one(), await person()]
    expect((await assign(viewer, mediaId, userId)).__typename).toBe('ForbiddenError')
    const made = await assign(editor, mediaId, userId)
    expect(made).toMatchObject({
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
    if (made.__typename !== 'Assignment') throw new Error('refused')
    expect(Date.parse(made.undoableUntil) - Date.parse(made.assignedAt)).toBe(30_000)
    // Again: always a new one.
    const again = await given(mediaId, userId, admin)
    expect(again).toMatchObject({ status: 'CURRENT', previous: { id: made.id, status: 'REPLACED' } })
    expect((await userOf(editor, userId)).currentAssignment?.id).toBe(again.id)
    expect(await historyOf(mediaId)).toEqual([
      'media.uploaded',
      'assignment.created',
      'assignment.replaced',
      'assignment.created',
    ])
  })

  it('refuses what cannot be given, and whom it cannot be given to', async () => {
    const [mediaId, userId, failed, trashed] = [await one(), await person(), await one('FAILED'), await one()]
    await remove(trashed)
    expect(await assign(editor, failed, userId)).toMatchObject({
      __typename: 'StateConflictError',
      message: expect.stringContaining('is FAILED, not READY'),
    })
    expect(await assign(editor, trashed, userId)).toMatchObject({ __typename: 'NotFoundError', nodeId: trashed })
    expect((await assign(editor, unknown('Media'), userId)).__typename).toBe('NotFoundError')
    expect(await assign(editor, mediaId, unknown('User'))).toMatchObject({
      __typename: 'NotFoundError',
      nodeId: unknown('User'),
    })
    expect(await assign(editor, userId, mediaId)).toMatchObject({ fields: [{ path: 'mediaId' }] })
    expect(await assign(editor, mediaId, 'User:1')).toMatchObject({ fields: [{ path: 'userId' }] })
    expect((await userOf(editor, userId)).assignments.totalCount).toBe(0)
  })
})

describe('assignmentUndo', () => {
  it('climbs the ladder, and brings the previous one back, the same row', async () => {
    const [first, second, userId] = [await one(), await one(), await person()]
    const before = await given(first, userId, admin)
    const after = await given(second, userId)
    expect((await undo(viewer, after.id)).__typename).toBe('ForbiddenError')
    expect(await undo(other, after.id)).toMatchObject({ __typename: 'ForbiddenError' })
    expect(await undo(editor, before.id)).toMatchObject({ __typename: 'ForbiddenError' })
    expect(await undo(admin, before.id)).toMatchObject({
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
    const user = await userOf(editor, userId)
    expect(user.currentAssignment).toMatchObject({ id: before.id, assignedAt: before.assignedAt })
    expect(user.assignments.nodes.map(({ id, status }) => [id, status])).toEqual([
      [after.id, 'UNDONE'],
      [before.id, 'CURRENT'],
    ])
    // An admin takes back whatever anybody gave; then there is none.
    expect(await undo(admin, before.id)).toMatchObject({ status: 'UNDONE' })
    expect((await userOf(editor, userId)).currentAssignment).toBeNull()
    expect((await undo(editor, unknown('Assignment'))).__typename).toBe('NotFoundError')
    expect((await undo(editor, 'Assignment:1')).__typename).toBe('InvalidInputError')
    expect(await historyOf(first)).toEqual([
      'media.uploaded',
      'assignment.created',
      'assignment.replaced',
      'assignment.restored',
      'assignment.undone',
    ])
  })

  it('works to the very end of its thirty seconds, and never after', async () => {
    const [mediaId, userId] = [await one(), await person()]
    const began = new Date('2026-11-25T12:00:00.123Z')
    const later = (ms: number) => new Date(began.getTime() + ms)
    try {
      await stopUndoClock(world, began)
      const [inTime, late] = [await given(mediaId, userId), await given(mediaId, await person())]
      expect(inTime).toMatchObject({ assignedAt: began.toISOString(), undoableUntil: later(30_000).toISOString() })
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
    const [mediaId, userId] = [await one(), await person()]
    const made = await given(mediaId, userId)
    // As if it had been given so much earlier.
    const age = (seconds: number) =>
      asOwner(
        world,
        `UPDATE "Assignment" SET "undoableUntil" = clock_timestamp() + interval '${30 - seconds} seconds'
         WHERE id = '${keyOf(made.id)}'`,
      )
    await age(30.1)
    expect((await undo(editor, made.id)).__typename).toBe('UndoExpiredError')
    await age(10)
    expect((await undo(editor, made.id)).__typename).toBe('Assignment')
  })

  it('refuses where what it replaced is in the trash, or was purged', async () => {
    const [first, second, userId] = [await one(), await one(), await person()]
    await given(first, userId)
    const after = await given(second, userId)
    await remove(first)
    const refused = { __typename: 'StateConflictError', message: expect.stringContaining('in the trash') }
    expect(await undo(editor, after.id)).toMatchObject(refused)
    await admin.send(MediaPurgeDocument, { id: first })
    expect(await undo(editor, after.id)).toMatchObject({ ...refused, message: expect.stringContaining('purged') })
    expect((await userOf(editor, userId)).currentAssignment?.id).toBe(after.id)
    const [, purged] = (await userOf(editor, userId)).assignments.nodes
    expect(purged).toMatchObject({ mediaId: first, mediaTitle: 'seed-0', media: null, status: 'REPLACED' })
  })
})

describe('assignmentRevert', () => {
  it('climbs the ladder', async () => {
    const [first, second, userId, stranger] = [await one(), await one(), await person(), await person()]
    const earlier = await given(first, userId)
    const current = await given(second, userId)
    const foreign = await given(first, stranger)
    expect((await revert(viewer, userId, earlier.id)).__typename).toBe('ForbiddenError')
    const made = await revert(other, userId, earlier.id)
    expect(made).toMatchObject({
      status: 'CURRENT',
      mediaId: first,
      previous: { id: current.id, status: 'REPLACED' },
      revertOf: { id: earlier.id },
      assignedBy: { name: 'Bob' },
    })
    if (made.__typename !== 'Assignment') throw new Error('refused')
    expect((await revert(other, userId, made.id)).__typename).toBe('StateConflictError')
    expect(await revert(editor, userId, foreign.id)).toMatchObject({ fields: [{ path: 'toAssignmentId' }] })
    expect((await revert(editor, userId, unknown('Assignment'))).__typename).toBe('NotFoundError')
    expect((await revert(editor, unknown('User'), earlier.id)).__typename).toBe('NotFoundError')
    expect(await revert(editor, userId, 'Media:1')).toMatchObject({ fields: [{ path: 'toAssignmentId' }] })
    // It can be undone like any other.
    expect(await undo(other, made.id)).toMatchObject({
      status: 'UNDONE',
      previous: { id: current.id, status: 'CURRENT' },
    })
  })

  it('refuses where the media is in the trash, was purged, or cannot be shown', async () => {
    const [first, second, failing, userId] = [await one(), await one(), await one(), await person()]
    const [trashed, failed] = [await given(first, userId), await given(failing, userId)]
    await given(second, userId)
    await remove(first)
    expect(await revert(editor, userId, trashed.id)).toMatchObject({ message: expect.stringContaining('in the trash') })
    await admin.send(MediaPurgeDocument, { id: first })
    expect(await revert(editor, userId, trashed.id)).toMatchObject({
      __typename: 'StateConflictError',
      message: expect.stringContaining('purged'),
    })
    await world.runtime.ports.database.media.update({ where: { id: keyOf(failing) }, data: { status: 'FAILED' } })
    expect(await revert(editor, userId, failed.id)).toMatchObject({ message: expect.stringContaining('not READY') })
  })
})

describe("a viewer's own assignments", () => {
  it('are all that viewers see', async () => {
    const [mediaId, userId] = [await one(), await person()]
    const { viewer: self } = await viewer.send(ViewerDocument, {})
    const [hers, theirs] = [await given(mediaId, self.id), await given(mediaId, userId)]
    const { nodes } = await viewer.send(UserAssignmentsOfDocument, { ids: [hers.id, theirs.id, userId] })
    expect(nodes).toMatchObject([{ id: hers.id }, null, null])
    expect((await userOf(viewer, self.id)).currentAssignment?.id).toBe(hers.id)
    // Reached by another way than `node`, other users have nothing to show either.
    const query = `{ media(id: "${mediaId}") { assignmentCount assignments { totalCount nodes { id } }
      uploadedBy { currentAssignment { id } assignments { totalCount nodes { id } } } } }`
    const { viewer: ada } = await editor.send(ViewerDocument, {})
    await given(await one(), ada.id)
    expect((await ask('viewer', query)).data?.media).toEqual({
      assignmentCount: 2,
      assignments: { totalCount: 1, nodes: [{ id: hers.id }] },
      uploadedBy: { currentAssignment: null, assignments: { totalCount: 0, nodes: [] } },
    })
    expect((await ask('editor', query)).data?.media).toMatchObject({
      assignments: { totalCount: 2, nodes: [{ id: hers.id }, { id: theirs.id }] },
      uploadedBy: { assignments: { totalCount: 1 } },
    })
  })
})

describe('lists of assignments', () => {
  it('page newest first, each row once', async () => {
    const [mediaId, userId] = [await one(), await person()]
    const ids: string[] = []
    for (let index = 0; index < 7; index++) ids.unshift((await given(mediaId, userId)).id)
    const seen: string[] = []
    let after: string | null | undefined
    for (;;) {
      const { assignments } = await userOf(editor, userId, { first: 3, after })
      expect(assignments.totalCount).toBe(7)
      seen.push(...assignments.nodes.map(({ id }) => id))
      after = assignments.pageInfo.endCursor
      if (!assignments.pageInfo.hasNextPage) break
      // What comes meanwhile stands before all of them.
      ids.unshift((await given(mediaId, await person())).id)
      ids.shift()
    }
    expect(seen).toEqual(ids)
    const last = await userOf(editor, userId, { last: 2 })
    expect(last.assignments.nodes.map(({ id }) => id)).toEqual(ids.slice(-2))
    expect(last.assignments.pageInfo.hasPreviousPage).toBe(true)
    const before = await userOf(editor, userId, { last: 3, before: last.assignments.pageInfo.startCursor })
    expect(before.assignments.nodes.map(({ id }) => id)).toEqual(ids.slice(-5, -2))
  })

  it('come with the statement of what they belong to, however they are asked for', async () => {
    const [mediaId, userId] = [await one(), await person()]
    const input = { mediaId, userIds: [userId, await person()] }
    const { assignmentBatchCreate: batch } = await editor.send(AssignmentBatchCreateDocument, { input })
    if (batch.__typename !== 'AssignmentBatch') throw new Error(batch.message)
    const shapes = [
      'nodes { media { title } previous { id } }',
      'edges { node { media { title } user { name } } }',
      'nodes { id } edges { node { mediaTitle } }',
      'edges { cursor }',
      'pageInfo { hasNextPage endCursor }',
      'totalCount',
    ]
    for (const [id, type] of [
      [mediaId, 'Media'],
      [userId, 'User'],
      [batch.id, 'AssignmentBatch'],
    ])
      for (const shape of shapes) {
        world.statements.length = 0
        const answer = await ask(
          'editor',
          `{ node(id: "${id}") { ... on ${type} { assignments(first: 1) { ${shape} } } } }`,
        )
        expect(JSON.stringify(answer), shape).not.toMatch(/errors|:\[\]|:0[,}]|"node":null/)
        // One to see whether the caller may know of it, one to load it; a count is a statement of its own.
        expect(world.statements.length, shape).toBe(shape === 'totalCount' ? 3 : 2)
      }
  })

  it('take as many statements for many as for few', async () => {
    const [media, users] = [await seeded(8), await Promise.all(Array.from({ length: 8 }, person))]
    for (const [index, userId] of users.entries()) {
      await given(media[index] ?? '', userId)
      await given(media[(index + 1) % 8] ?? '', userId)
    }
    const statementsFor = async (count: number) => {
      world.statements.length = 0
      await editor.send(UserAssignmentsOfDocument, { ids: users.slice(0, count), first: count })
      return world.statements.length
    }
    await statementsFor(2)
    const few = await statementsFor(2)
    expect(await statementsFor(8)).toBe(few)
    expect(few).toBeLessThanOrEqual(5)
  })
})

describe('userAssignments', () => {
  type Seen = UserAssignmentsSubscription['userAssignments']
  const watch = (client: Client, userId: string) => {
    const events: Seen[] = []
    const follow = async () => {
      for await (const { userAssignments } of client.follow(UserAssignmentsDocument, { userId }))
        events.push(userAssignments)
    }
    const ended = follow()
    ended.catch(() => undefined)
    const count = (wanted: number) => vi.waitUntil(() => events.length >= wanted, { timeout: 20_000, interval: 5 })
    return { events, ended, count }
  }

  it('shows the present state, then each change, and does not end', async () => {
    const [first, second, userId] = [await one(), await one(), await person()]
    const before = await given(first, userId)
    const seen = watch(admin, userId)
    await seen.count(1)
    expect(seen.events[0]).toMatchObject({ id: userId, currentAssignment: { id: before.id, media: { id: first } } })
    const after = await given(second, userId)
    await seen.count(2)
    expect(seen.events[1]?.currentAssignment?.id).toBe(after.id)
    await undo(editor, after.id)
    await seen.count(3)
    expect(seen.events[2]?.currentAssignment?.id).toBe(before.id)
    await remove(first, true)
    await seen.count(4)
    expect(seen.events[3]).toMatchObject({
      currentAssignment: null,
      assignments: {
        nodes: [
          { id: after.id, status: 'UNDONE' },
          { id: before.id, status: 'ENDED' },
        ],
      },
    })
    expect(seen.events).toHaveLength(4)
  })

  it('is for oneself, and for those who assign', async () => {
    const userId = await person()
    const { viewer: self } = await viewer.send(ViewerDocument, {})
    const hers = watch(viewer, self.id)
    await hers.count(1)
    const codeOf = (seen: ReturnType<typeof watch>) =>
      seen.ended.then(
        () => 'ended',
        (error) => error.errors?.[0]?.extensions?.code ?? error[0]?.extensions?.code ?? String(error),
      )
    expect(await codeOf(watch(viewer, userId))).toBe('FORBIDDEN')
    expect(await codeOf(watch(editor, unknown('User')))).toBe('NOT_FOUND')
    expect(await codeOf(watch(editor, 'User:1'))).toBe('INVALID_INPUT')
  })
})

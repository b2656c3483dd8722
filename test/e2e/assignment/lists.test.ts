import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import type { Client } from '../../../client/client.ts'
import {
  AssignmentBatchCreateDocument,
  MediaDeleteDocument,
  UserAssignmentsDocument,
  UserAssignmentsOfDocument,
  type UserAssignmentsSubscription,
  ViewerDocument,
} from '../../../client/generated/documents.ts'
import { createAssignment, readUser, undo } from '../../harness/assignments.ts'
import { unknownId } from '../../harness/ids.ts'
import { codeOf } from '../../harness/refusals.ts'
import { seedMediaId, seedMediaIds, seedUserId, seedUserIds } from '../../harness/seed.ts'
import { openWorld, type World } from '../../harness/world.ts'

let world: World
let viewer: Client
let editor: Client
let admin: Client

beforeAll(async () => {
  world = await openWorld()
  ;({ viewer, editor, admin } = await world.users())
})
afterAll(() => world?.close())

const createMedia = () => seedMediaId(world, { uploader: 'Ada', status: 'READY' })
const createUser = () => seedUserId(world)

describe("a viewer's own assignments", () => {
  it('are all that viewers see', async () => {
    const [mediaId, userId] = [await createMedia(), await createUser()]
    const { viewer: self } = await viewer.send(ViewerDocument, {})
    const [hers, theirs] = [
      await createAssignment(editor, mediaId, self.id),
      await createAssignment(editor, mediaId, userId),
    ]
    const { nodes } = await viewer.send(UserAssignmentsOfDocument, { ids: [hers.id, theirs.id, userId] })
    expect(nodes).toMatchObject([{ id: hers.id }, null, null])
    expect((await readUser(viewer, self.id)).currentAssignment?.id).toBe(hers.id)
    // Reached by another way than `node`, other users have nothing to show either.
    const query = `{ media(id: "${mediaId}") { assignmentCount assignments { totalCount nodes { id } }
      uploadedBy { currentAssignment { id } assignments { totalCount nodes { id } } } } }`
    const { viewer: ada } = await editor.send(ViewerDocument, {})
    await createAssignment(editor, await createMedia(), ada.id)
    expect((await world.post(await world.token('viewer', 'Vera'), query)).data?.media).toEqual({
      assignmentCount: 2,
      assignments: { totalCount: 1, nodes: [{ id: hers.id }] },
      uploadedBy: { currentAssignment: null, assignments: { totalCount: 0, nodes: [] } },
    })
    expect((await world.post(await world.token('editor', 'Ada'), query)).data?.media).toMatchObject({
      assignments: { totalCount: 2, nodes: [{ id: hers.id }, { id: theirs.id }] },
      uploadedBy: { assignments: { totalCount: 1 } },
    })
  })
})

describe('lists of assignments', () => {
  it('page newest first, each row once', async () => {
    const [mediaId, userId] = [await createMedia(), await createUser()]
    const ids: string[] = []
    for (let index = 0; index < 7; index++) ids.unshift((await createAssignment(editor, mediaId, userId)).id)
    const seen: string[] = []
    let after: string | null | undefined
    for (;;) {
      const { assignments } = await readUser(editor, userId, { first: 3, after })
      expect(assignments.totalCount).toBe(7)
      seen.push(...assignments.nodes.map(({ id }) => id))
      after = assignments.pageInfo.endCursor
      if (!assignments.pageInfo.hasNextPage) break
      // What comes meanwhile stands before all of them.
      ids.unshift((await createAssignment(editor, mediaId, await createUser())).id)
      ids.shift()
    }
    expect(seen).toEqual(ids)
    const last = await readUser(editor, userId, { last: 2 })
    expect(last.assignments.nodes.map(({ id }) => id)).toEqual(ids.slice(-2))
    expect(last.assignments.pageInfo.hasPreviousPage).toBe(true)
    const before = await readUser(editor, userId, { last: 3, before: last.assignments.pageInfo.startCursor })
    expect(before.assignments.nodes.map(({ id }) => id)).toEqual(ids.slice(-5, -2))
  })

  it('come with the statement of what they belong to, however they are asked for', async () => {
    const [mediaId, userId] = [await createMedia(), await createUser()]
    const input = { mediaId, userIds: [userId, await createUser()] }
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
    const token = await world.token('editor', 'Ada')
    for (const [id, type] of [
      [mediaId, 'Media'],
      [userId, 'User'],
      [batch.id, 'AssignmentBatch'],
    ])
      for (const shape of shapes) {
        const query = `{ node(id: "${id}") { ... on ${type} { assignments(first: 1) { ${shape} } } } }`
        const statements = await world.captureStatements(async () => {
          const answer = await world.post(token, query)
          expect(JSON.stringify(answer), shape).not.toMatch(/errors|:\[\]|:0[,}]|"node":null/)
        })
        // One to see whether the caller may know of it, one to load it; a count is a statement of its own.
        expect(statements.length, shape).toBe(shape === 'totalCount' ? 3 : 2)
      }
  })

  it('take as many statements for many as for few', async () => {
    const [media, users] = [
      await seedMediaIds(world, 8, { uploader: 'Ada', status: 'READY' }),
      await seedUserIds(world, 8),
    ]
    for (const [index, userId] of users.entries()) {
      await createAssignment(editor, media[index] ?? '', userId)
      await createAssignment(editor, media[(index + 1) % 8] ?? '', userId)
    }
    const statementsFor = async (count: number) => {
      const ids = users.slice(0, count)
      return (await world.captureStatements(() => editor.send(UserAssignmentsOfDocument, { ids, first: count }))).length
    }
    await statementsFor(2)
    const fewStatements = await statementsFor(2)
    expect(await statementsFor(8)).toBe(fewStatements)
    expect(fewStatements).toBeLessThanOrEqual(5)
  })
})

describe('userAssignments', () => {
  type AssignmentsEvent = UserAssignmentsSubscription['userAssignments']
  const watch = (client: Client, userId: string) => {
    const events: AssignmentsEvent[] = []
    const follow = async () => {
      for await (const { userAssignments } of client.follow(UserAssignmentsDocument, { userId }))
        events.push(userAssignments)
    }
    const completion = follow()
    completion.catch(() => undefined)
    const count = (minCount: number) => vi.waitUntil(() => events.length >= minCount, { timeout: 20_000, interval: 5 })
    return { events, ended: completion, count }
  }

  it('shows the present state, then each change, and does not end', async () => {
    const [first, second, userId] = [await createMedia(), await createMedia(), await createUser()]
    const before = await createAssignment(editor, first, userId)
    const seen = watch(admin, userId)
    await seen.count(1)
    expect(seen.events[0]).toMatchObject({ id: userId, currentAssignment: { id: before.id, media: { id: first } } })
    const after = await createAssignment(editor, second, userId)
    await seen.count(2)
    expect(seen.events[1]?.currentAssignment?.id).toBe(after.id)
    await undo(editor, after.id)
    await seen.count(3)
    expect(seen.events[2]?.currentAssignment?.id).toBe(before.id)
    await admin.send(MediaDeleteDocument, { input: { id: first, force: true } })
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
    const userId = await createUser()
    const { viewer: self } = await viewer.send(ViewerDocument, {})
    const hers = watch(viewer, self.id)
    await hers.count(1)
    expect(await codeOf(watch(viewer, userId).ended)).toBe('FORBIDDEN')
    expect(await codeOf(watch(editor, unknownId('User')).ended)).toBe('NOT_FOUND')
    expect(await codeOf(watch(editor, 'User:1').ended)).toBe('INVALID_INPUT')
  })
})

import { randomUUID } from 'node:crypto'
import { describe, expect, vi } from 'vitest'
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
import { unknownId, uuidOf } from '../../harness/ids.ts'
import { codeOf } from '../../harness/refusals.ts'
import { seedMediaId, seedMediaIds } from '../../harness/seed.ts'
import type { World } from '../../harness/world.ts'
import { it as base } from './assignmentIt.ts'

const it = base
  /** Two assignments of a media, one of them to the viewer; and an assignment of another media to its uploader. */
  .extend('visible', async ({ world, users: { viewer, editor }, createMedia, createUser }) => {
    const mediaId = await seedMediaId(world, { uploader: randomUUID(), status: 'READY' })
    const { uploadedById } = await world.runtime.ports.database.media.findUniqueOrThrow({
      where: { id: uuidOf(mediaId) },
    })
    const userId = await createUser()
    const { viewer: self } = await viewer.send(ViewerDocument, {})
    const [own, foreign] = [
      await createAssignment(editor, mediaId, self.id),
      await createAssignment(editor, mediaId, userId),
    ]
    const uploaderAssignment = await createAssignment(editor, await createMedia(), `User:${uploadedById}`)
    return { mediaId, userId, self, own, foreign, uploaderAssignment }
  })
  /** A media that is assigned seven times to one user: the assignments, newest first. */
  .extend('sevenAssignments', async ({ users: { editor }, createMedia, createUser }) => {
    const [mediaId, userId, ids] = [await createMedia(), await createUser(), [] as string[]]
    for (let index = 0; index < 7; index++) ids.unshift((await createAssignment(editor, mediaId, userId)).id)
    return { mediaId, userId, ids }
  })

describe('visibility of assignments', () => {
  const readMediaAs = async (world: World, token: string, mediaId: string) => {
    const query = `{ media(id: "${mediaId}") { assignmentCount assignments { totalCount nodes { id } }
      uploadedBy { currentAssignment { id } assignments { totalCount nodes { id } } } } }`
    return (await world.post(token, query)).data?.media
  }

  it('is limited to their own for viewers who read nodes', async ({ users: { viewer }, visible }) => {
    const { userId, self, own, foreign } = visible
    const { nodes } = await viewer.send(UserAssignmentsOfDocument, { ids: [own.id, foreign.id, userId] })
    expect(nodes).toMatchObject([{ id: own.id }, null, null])
    expect((await readUser(viewer, self.id)).currentAssignment?.id).toBe(own.id)
  })

  it('is limited to their own for viewers who read a media or its uploader', async ({ world, visible }) => {
    const { mediaId, own } = visible
    expect(await readMediaAs(world, await world.token('viewer', 'Vera'), mediaId)).toEqual({
      assignmentCount: 2,
      assignments: { totalCount: 1, nodes: [{ id: own.id }] },
      uploadedBy: { currentAssignment: null, assignments: { totalCount: 0, nodes: [] } },
    })
  })

  it('is complete for editors', async ({ world, visible }) => {
    const { mediaId, own, foreign, uploaderAssignment } = visible
    expect(await readMediaAs(world, await world.token('editor', 'Ada'), mediaId)).toMatchObject({
      assignments: { totalCount: 2, nodes: [{ id: own.id }, { id: foreign.id }] },
      uploadedBy: { currentAssignment: { id: uploaderAssignment.id }, assignments: { totalCount: 1 } },
    })
  })
})

describe('lists of assignments', () => {
  it('return each row once, newest first, while others are created', async ({
    users: { editor },
    createUser,
    sevenAssignments,
  }) => {
    const { mediaId, userId, ids } = sevenAssignments
    const pagedIds: string[] = []
    let after: string | null | undefined
    for (;;) {
      const { assignments } = await readUser(editor, userId, { first: 3, after })
      expect(assignments.totalCount).toBe(7)
      pagedIds.push(...assignments.nodes.map(({ id }) => id))
      after = assignments.pageInfo.endCursor
      if (!assignments.pageInfo.hasNextPage) break
      // An assignment of the same media to another user must not appear.
      await createAssignment(editor, mediaId, await createUser())
    }
    expect(pagedIds).toEqual(ids)
  })

  it('return pages from the end', async ({ users: { editor }, sevenAssignments }) => {
    const { userId, ids } = sevenAssignments
    const last = await readUser(editor, userId, { last: 2 })
    expect(last.assignments.nodes.map(({ id }) => id)).toEqual(ids.slice(-2))
    expect(last.assignments.pageInfo.hasPreviousPage).toBe(true)
    const previousPage = await readUser(editor, userId, { last: 3, before: last.assignments.pageInfo.startCursor })
    expect(previousPage.assignments.nodes.map(({ id }) => id)).toEqual(ids.slice(-5, -2))
  })

  it('are loaded with the statement of their parent, whatever is selected', async ({
    world,
    users: { editor },
    createMedia,
    createUser,
  }) => {
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
        // One statement checks that the caller may read the node, one loads it, and a count needs another one.
        expect(statements.length, shape).toBe(shape === 'totalCount' ? 3 : 2)
      }
  })

  it('take as many statements for many users as for few', async ({ world, users: { editor }, createUsers }) => {
    const [media, users] = [await seedMediaIds(world, 8, { uploader: 'Ada', status: 'READY' }), await createUsers(8)]
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
    const waitForEvents = (minCount: number) =>
      vi.waitUntil(() => events.length >= minCount, { timeout: 20_000, interval: 5 })
    return { events, completion, waitForEvents }
  }

  it('sends the present state, then each change', async ({ users: { editor, admin }, createMedia, createUser }) => {
    const [first, second, userId] = [await createMedia(), await createMedia(), await createUser()]
    const previous = await createAssignment(editor, first, userId)
    const subscription = watch(admin, userId)
    await subscription.waitForEvents(1)
    expect(subscription.events[0]).toMatchObject({
      id: userId,
      currentAssignment: { id: previous.id, media: { id: first } },
    })
    const next = await createAssignment(editor, second, userId)
    await subscription.waitForEvents(2)
    expect(subscription.events[1]?.currentAssignment?.id).toBe(next.id)
    await undo(editor, next.id)
    await subscription.waitForEvents(3)
    expect(subscription.events[2]?.currentAssignment?.id).toBe(previous.id)
    await admin.send(MediaDeleteDocument, { input: { id: first, force: true } })
    await subscription.waitForEvents(4)
    expect(subscription.events[3]).toMatchObject({
      currentAssignment: null,
      assignments: {
        nodes: [
          { id: next.id, status: 'UNDONE' },
          { id: previous.id, status: 'ENDED' },
        ],
      },
    })
    expect(subscription.events).toHaveLength(4)
  })

  it('accepts viewers for themselves', async ({ users: { viewer } }) => {
    const { viewer: self } = await viewer.send(ViewerDocument, {})
    await watch(viewer, self.id).waitForEvents(1)
  })

  it('refuses viewers for other users', async ({ users: { viewer }, createUser }) => {
    expect(await codeOf(watch(viewer, await createUser()).completion)).toBe('FORBIDDEN')
  })

  it.for([
    ['an unknown user', unknownId('User'), 'NOT_FOUND'],
    ['a malformed id', 'User:1', 'INVALID_INPUT'],
  ] as const)('refuses %s', async ([, id, code], { users: { editor } }) => {
    expect(await codeOf(watch(editor, id).completion)).toBe(code)
  })
})

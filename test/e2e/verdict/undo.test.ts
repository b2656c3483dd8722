import { parse } from 'graphql'
import { describe, expect } from 'vitest'
import { schema } from '../../../src/resolvers/index.ts'
import { createTimeDependence } from '../../../src/server/plugins/timeDependence.ts'
import { createAssignment, undo } from '../../harness/assignments.ts'
import { uuidOf } from '../../harness/ids.ts'
import { startUndoClock, stopUndoClock } from '../../harness/undoClock.ts'
import { readViewerId } from '../../harness/viewer.ts'
import { it as base } from '../assignment/assignmentIt.ts'

const createdAt = new Date('2026-11-25T12:00:00.123Z')
const later = (ms: number) => new Date(createdAt.getTime() + ms)

interface Verdict {
  allowed: boolean
  reason: string | null
}

const remove =
  'mutation ($id: ID!) { mediaDelete(input: { id: $id, force: true }) { ... on Media { id } ... on Error { message } } }'
const purge = 'mutation ($id: ID!) { mediaPurge(id: $id) { ... on Deleted { id } ... on Error { message } } }'

let userCount = 0

const it = base
  .extend('readUndo', { scope: 'file' }, ({ world }) => async (token: string, id: string) => {
    const query = `query ($id: ID!) { node(id: $id) { ... on Assignment { undoSecondsLeft viewerCanUndo { allowed reason } } } }`
    const { data } = await world.post(token, query, { id })
    return data?.['node'] as { undoSecondsLeft: number; viewerCanUndo: Verdict } // as: selected
  })
  /** Creates an assignment by Ada to a new viewer, in a state; returns its id and the token of that viewer. */
  .extend('createIn', { scope: 'file' }, ({ world, users: { editor, admin }, createMedia }) => {
    const { database } = world.runtime.ports
    return async (state: (typeof states)[number]) => {
      const token = await world.token('viewer', `Learner ${++userCount}`)
      const userId = await readViewerId(world, token)
      const previousMediaId = await createMedia()
      if (state !== 'the first of its user') await createAssignment(admin, previousMediaId, userId)
      const mediaId = await createMedia()
      const { id } = await createAssignment(editor, mediaId, userId)
      const adminToken = await world.token('admin', 'Root')
      const prepare: Record<(typeof states)[number], () => Promise<unknown>> = {
        'the first of its user': async () => undefined,
        current: async () => undefined,
        'past its undo window': () =>
          database.assignment.update({
            where: { id: uuidOf(id) },
            data: { undoableUntil: new Date(Date.now() - 1000) },
          }),
        replaced: () => createAssignment(editor, mediaId, userId),
        undone: () => undo(editor, id),
        'ended by a deletion': () => world.post(adminToken, remove, { id: mediaId }),
        'after one of a deleted media': () => world.post(adminToken, remove, { id: previousMediaId }),
        'after one of a purged media': async () => {
          await world.post(adminToken, remove, { id: previousMediaId })
          await world.post(adminToken, purge, { id: previousMediaId })
        },
      }
      await prepare[state]()
      return { id, token }
    }
  })

const states = [
  ...(['the first of its user', 'current', 'past its undo window', 'replaced', 'undone'] as const),
  ...(['ended by a deletion', 'after one of a deleted media', 'after one of a purged media'] as const),
]
const callers = [
  ['its assignee', null, ''],
  ['its maker', 'editor', 'Ada'],
  ['another editor', 'editor', 'Bob'],
  ['an admin', 'admin', 'Root'],
] as const
const cases = states.flatMap((state) => callers.map((caller) => [state, caller[0], caller] as const))

describe('viewerCanUndo', () => {
  it.for(cases)(
    'of an assignment that is %s tells %s what assignmentUndo answers',
    async ([state, , [, role, name]], { world, createIn, readUndo }) => {
      const { id, token: assigneeToken } = await createIn(state)
      const token = role === null ? assigneeToken : await world.token(role, name)
      const { viewerCanUndo } = await readUndo(token, id)
      const write = 'mutation ($id: ID!) { assignmentUndo(id: $id) { ... on Error { code message } } }'
      const { data, errors } = await world.post(token, write, { id })
      expect(errors).toBeUndefined()
      const { message = null } = (data?.['assignmentUndo'] ?? {}) as { message?: string } // as: selected
      expect(viewerCanUndo).toEqual({ allowed: message === null, reason: message })
    },
  )
})

describe('undoSecondsLeft', () => {
  it('is what remains of the window while the undo succeeds', async ({
    world,
    users: { editor },
    createMedia,
    createUser,
    readUndo,
    onTestFinished,
  }) => {
    onTestFinished(() => startUndoClock(world))
    await stopUndoClock(world, createdAt)
    const { id } = await createAssignment(editor, await createMedia(), await createUser())
    const token = await world.token('editor', 'Ada')
    for (const [ms, left] of [
      [0, 30],
      [12_345, 17.655],
      [29_000, 1],
    ] as const) {
      await stopUndoClock(world, later(ms))
      expect(await readUndo(token, id)).toEqual({
        undoSecondsLeft: left,
        viewerCanUndo: { allowed: true, reason: null },
      })
    }
    expect(await undo(editor, id)).toMatchObject({ __typename: 'Assignment', status: 'UNDONE' })
  })

  // By the running clock: at a stopped one, the time that the request takes is subtracted.
  it('is 0 after the window, where the undo is refused', async ({
    world,
    users: { editor },
    createMedia,
    createUser,
    readUndo,
  }) => {
    const { id } = await createAssignment(editor, await createMedia(), await createUser())
    const token = await world.token('editor', 'Ada')
    // 31 seconds after the assignment, as far as the window is concerned.
    const undoableUntil = new Date(Date.now() - 1000)
    await world.runtime.ports.database.assignment.update({ where: { id: uuidOf(id) }, data: { undoableUntil } })
    const { undoSecondsLeft, viewerCanUndo } = await readUndo(token, id)
    expect(undoSecondsLeft).toBe(0)
    expect(await undo(editor, id)).toMatchObject({
      __typename: 'UndoExpiredError',
      message: viewerCanUndo.reason,
    })
  })

  it.for(['undoSecondsLeft', 'viewerCanUndo { allowed }'])(
    '%s is no part of an answer that is repeated later',
    (field) => {
      const dependsOnTime = createTimeDependence(schema)
      expect(dependsOnTime(parse(`{ assignments { nodes { id } } }`), null, '{}')).toBe(false)
      expect(dependsOnTime(parse(`{ assignments { nodes { ${field} } } }`), null, '{}')).toBe(true)
    },
  )

  it('reads the clock once for many assignments', async ({ world, users: { editor }, createMedia, createUser }) => {
    for (let count = 0; count < 4; count++) await createAssignment(editor, await createMedia(), await createUser())
    const token = await world.token('editor', 'Ada')
    const read = (first: number) =>
      world.post(
        token,
        `{ assignments(first: ${first}) { nodes { undoSecondsLeft viewerCanUndo { allowed } previous { undoSecondsLeft } } } }`,
      )
    await read(1)
    for (const first of [1, 4]) expect(await world.captureStatements(() => read(first))).toHaveLength(2)
  })
})

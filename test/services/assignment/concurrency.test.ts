import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { UserActor } from '../../../src/services/kernel/actor.ts'
import { globalId } from '../../../src/services/kernel/ids.ts'
import { unknownUuid, uuidOf } from '../../harness/ids.ts'
import { outcomeOf } from '../../harness/refusals.ts'
import { seedAdmin, seedMedia, seedUserIds } from '../../harness/seed.ts'
import { openWorld, type World } from '../../harness/world.ts'
import { type Command, command, indexFromEnd, type Model, mediaCount, rebase, step, userCount } from './model.ts'

let world: World
let actor: UserActor

beforeAll(async () => {
  world = await openWorld()
  actor = await seedAdmin(world)
})
afterAll(() => world?.close())

// The real thing, driven by the same commands.

interface Fixture {
  mediaIds: string[]
  userIds: string[]
}

const createFixture = async (): Promise<Fixture> => {
  const mediaIds = await seedMedia(world, mediaCount, { status: 'READY' })
  return { mediaIds, userIds: (await seedUserIds(world, userCount)).map(uuidOf) }
}

/** Rows and batches as they stood before a pair of commands: both mean the same ones by the same number. */
const readRows = async ({ userIds }: Fixture) => {
  const { database } = world.runtime.ports
  const rows = await database.assignment.findMany({
    where: { userId: { in: userIds } },
    orderBy: { sequence: 'asc' },
  })
  const batchIds = [...new Set(rows.flatMap(({ batchId }) => batchId ?? []))]
  // In the order in which they were given.
  const batches = await database.assignmentBatch.findMany({ where: { id: { in: batchIds } } })
  const byId = new Map(batches.map((batch) => [batch.id, batch]))
  return {
    users: userIds.map((userId) => rows.filter((row) => row.userId === userId)),
    batches: batchIds.flatMap((id) => byId.get(id) ?? []),
  }
}

type Rows = Awaited<ReturnType<typeof readRows>>

const perform = async (fixture: Fixture, rows: Rows, command: Command): Promise<string> => {
  const { assignments, trash } = world.runtime.services
  const mediaId = (index: number) => globalId('Media', fixture.mediaIds[index] ?? '')
  const userId = (index: number) => globalId('User', fixture.userIds[index] ?? '')
  const rowId = (user: number, back: number) => {
    const userRows = rows.users[user] ?? []
    return globalId('Assignment', userRows[indexFromEnd(userRows, back)]?.id ?? unknownUuid)
  }
  const call = async (): Promise<unknown> => {
    switch (command.do) {
      case 'assign':
        return assignments.create(actor, { mediaId: mediaId(command.media), userId: userId(command.user) })
      case 'undo':
        return assignments.undo(actor, rowId(command.user, command.back))
      case 'revert':
        return assignments.revert(actor, {
          userId: userId(command.user),
          toAssignmentId: rowId(command.user, command.back),
        })
      case 'batch':
        return assignments.createBatch(actor, {
          mediaId: mediaId(command.media),
          userIds: command.users.map(userId),
        })
      case 'batchUndo': {
        const id = rows.batches[indexFromEnd(rows.batches, command.back)]?.id ?? unknownUuid
        return assignments.undoBatch(actor, globalId('AssignmentBatch', id))
      }
      case 'delete':
      case 'force':
        return trash.delete(actor, { id: mediaId(command.media), force: command.do === 'force' })
      case 'restore':
        return trash.restore(actor, mediaId(command.media))
      case 'purge':
        return trash.purge(actor, mediaId(command.media))
    }
  }
  return outcomeOf(call())
}

/** What the tables say, in the model's words. */
const observe = async (fixture: Fixture, rows: Rows): Promise<Model> => {
  const media = await world.runtime.ports.database.media.findMany({ where: { id: { in: fixture.mediaIds } } })
  const byId = new Map(media.map((row) => [row.id, row]))
  for (const { id, deletedAt, assignmentCount, unusedSince } of media) {
    const current = rows.users.flat().filter((row) => row.status === 'CURRENT' && row.mediaId === id)
    expect(assignmentCount).toBe(current.length)
    expect(unusedSince === null).toBe(current.length > 0)
    if (deletedAt !== null) expect(current).toEqual([])
  }
  const numberIn = (userRows: { id: string }[], id: string | null) =>
    id === null ? null : userRows.findIndex((row) => row.id === id)
  return {
    media: fixture.mediaIds.map((id) => {
      const row = byId.get(id)
      if (row === undefined) return 'gone'
      return row.deletedAt === null ? 'live' : 'trash'
    }),
    users: rows.users.map((userRows) =>
      userRows.map((row) => ({
        media: fixture.mediaIds.indexOf(row.mediaId),
        status: row.status,
        previous: numberIn(userRows, row.previousId),
        revertOf: numberIn(userRows, row.revertOfId),
        batch: numberIn(rows.batches, row.batchId),
        returns: row.returns && byId.has(row.mediaId),
      })),
    ),
    batches: rows.batches.map(({ id, undoneAt }) => ({
      users: rows.users.flatMap((userRows, user) => (userRows.some(({ batchId }) => batchId === id) ? [user] : [])),
      undone: undoneAt !== null,
    })),
  }
}

it('two callers at a time always leave what one after the other would have left', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(command, command), { minLength: 8, maxLength: 20 }), async (pairs) => {
      const fixture = await createFixture()
      let rows = await readRows(fixture)
      let model = await observe(fixture, rows)
      for (const [left, right] of pairs) {
        const outcomes = await Promise.all([perform(fixture, rows, left), perform(fixture, rows, right)])
        rows = await readRows(fixture)
        const actual = await observe(fixture, rows)
        // A later command of the pair means rows as they stood before both.
        const orders = [
          [left, right],
          [right, left],
        ] as const
        const expected = orders.map(([first, second]) => {
          const one = step(model, first)
          const two = step(one.model, rebase(second, model, one.model))
          return {
            model: two.model,
            outcomes: first === left ? [one.outcome, two.outcome] : [two.outcome, one.outcome],
          }
        })
        expect(expected).toContainEqual({ model: actual, outcomes })
        model = actual
      }
    }),
    { numRuns: 10 },
  )
})

/** What else takes the same locks, for whoever is about. */
const competingCalls = (fixture: Fixture): (() => Promise<unknown>)[] => {
  const { bulkRunner: bulk, duplicates, operations, usages } = world.runtime.services
  const ids = fixture.mediaIds.map((id) => globalId('Media', id))
  const [keepId = '', ...removeIds] = ids
  const resource = { type: 'lesson', externalId: 'hammered' }
  const runBulk = async (
    kind: 'media.restore' | 'media.delete',
    errorPolicy: 'REJECT_EVERYTHING' | 'REJECT_FAILED_ROWS',
  ) => {
    const operation = await operations.request(actor, { kind, target: { ids, errorPolicy }, path: '', input: {} })
    await bulk.run(operation.id, AbortSignal.timeout(60_000))
  }
  return [
    () => duplicates.merge(actor, { keepId, removeIds }),
    () => runBulk('media.restore', 'REJECT_FAILED_ROWS'),
    () => runBulk('media.delete', 'REJECT_FAILED_ROWS'),
    () => runBulk('media.restore', 'REJECT_EVERYTHING'),
    () => usages.link(actor, { mediaId: keepId, resource }),
    () => usages.unlink(actor, { mediaId: keepId, resource }),
  ]
}

it('all callers at once wait for each other, and never in a circle', async () => {
  const fixture = await createFixture()
  // Equal content, so that they can be merged.
  await world.runtime.ports.database.media.updateMany({
    where: { id: { in: fixture.mediaIds } },
    data: { sha256: randomUUID().replaceAll('-', '').repeat(2) },
  })
  const commands = fc.sample(command, { numRuns: 300, seed: 20_261_125 }).filter((one) => one.do !== 'purge')
  const work = commands.values()
  // Refusals are expected; a deadlock is an error of the database's, which is thrown.
  const caller = async (): Promise<void> => {
    for (const one of work) await perform(fixture, await readRows(fixture), one)
  }
  const competitor = async (calls: (() => Promise<unknown>)[]): Promise<void> => {
    for (let round = 0; round < 4; round++) for (const call of calls) await outcomeOf(call())
  }
  const calls = competingCalls(fixture)
  await Promise.all([...Array.from({ length: 6 }, caller), competitor(calls), competitor(calls.toReversed())])
  const rows = await readRows(fixture)
  await observe(fixture, rows)
  for (const userRows of rows.users) {
    expect(userRows.filter(({ status }) => status === 'CURRENT').length).toBeLessThanOrEqual(1)
    for (const row of userRows) {
      const previous = userRows.find(({ id }) => id === row.previousId)
      if (previous !== undefined) expect(previous.sequence).toBeLessThan(row.sequence)
      if (row.status === 'CURRENT' && previous !== undefined) expect(previous.status).toBe('REPLACED')
    }
  }
})

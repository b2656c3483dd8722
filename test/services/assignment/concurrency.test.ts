import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { UserActor } from '../../../src/services/kernel/actor.ts'
import { globalId } from '../../../src/services/kernel/ids.ts'
import { unknownUuid, uuidOf } from '../../harness/ids.ts'
import { outcomeOf } from '../../harness/refusals.ts'
import { seedAdmin, seedMedia, seedUserIds } from '../../harness/seed.ts'
import { openWorld, type World } from '../../harness/world.ts'
import { type Command, command, type Model, mediaCount, pick, shifted, step, userCount } from './model.ts'

let world: World
let actor: UserActor

beforeAll(async () => {
  world = await openWorld()
  actor = await seedAdmin(world)
})
afterAll(() => world?.close())

// The real thing, driven by the same commands.

interface Stage {
  mediaIds: string[]
  userIds: string[]
}

const openStage = async (): Promise<Stage> => {
  const mediaIds = await seedMedia(world, mediaCount, { status: 'READY' })
  return { mediaIds, userIds: (await seedUserIds(world, userCount)).map(uuidOf) }
}

/** Rows and batches as they stood before a pair of commands: both mean the same ones by the same number. */
const readRows = async ({ userIds }: Stage) => {
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

const perform = async (stage: Stage, rows: Rows, command: Command): Promise<string> => {
  const { assignments, trash } = world.runtime.services
  const mediaId = (index: number) => globalId('Media', stage.mediaIds[index] ?? '')
  const userId = (index: number) => globalId('User', stage.userIds[index] ?? '')
  const rowId = (user: number, back: number) => {
    const own = rows.users[user] ?? []
    return globalId('Assignment', own[pick(own, back)]?.id ?? unknownUuid)
  }
  const act = async (): Promise<unknown> => {
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
        const id = rows.batches[pick(rows.batches, command.back)]?.id ?? unknownUuid
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
  return outcomeOf(act())
}

/** What the tables say, in the model's words. */
const observe = async (stage: Stage, rows: Rows): Promise<Model> => {
  const media = await world.runtime.ports.database.media.findMany({ where: { id: { in: stage.mediaIds } } })
  const byId = new Map(media.map((row) => [row.id, row]))
  for (const { id, deletedAt, assignmentCount, unusedSince } of media) {
    const current = rows.users.flat().filter((row) => row.status === 'CURRENT' && row.mediaId === id)
    expect(assignmentCount).toBe(current.length)
    expect(unusedSince === null).toBe(current.length > 0)
    if (deletedAt !== null) expect(current).toEqual([])
  }
  const numberIn = (own: { id: string }[], id: string | null) =>
    id === null ? null : own.findIndex((row) => row.id === id)
  return {
    media: stage.mediaIds.map((id) => {
      const row = byId.get(id)
      if (row === undefined) return 'gone'
      return row.deletedAt === null ? 'live' : 'trash'
    }),
    users: rows.users.map((own) =>
      own.map((row) => ({
        media: stage.mediaIds.indexOf(row.mediaId),
        status: row.status,
        previous: numberIn(own, row.previousId),
        revertOf: numberIn(own, row.revertOfId),
        batch: numberIn(rows.batches, row.batchId),
        returns: row.returns && byId.has(row.mediaId),
      })),
    ),
    batches: rows.batches.map(({ id, undoneAt }) => ({
      users: rows.users.flatMap((own, user) => (own.some(({ batchId }) => batchId === id) ? [user] : [])),
      undone: undoneAt !== null,
    })),
  }
}

it('two callers at a time always leave what one after the other would have left', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(command, command), { minLength: 8, maxLength: 20 }), async (pairs) => {
      const stage = await openStage()
      let rows = await readRows(stage)
      let model = await observe(stage, rows)
      for (const [left, right] of pairs) {
        const outcomes = await Promise.all([perform(stage, rows, left), perform(stage, rows, right)])
        rows = await readRows(stage)
        const seen = await observe(stage, rows)
        // A later command of the pair means rows as they stood before both.
        const orders = [
          [left, right],
          [right, left],
        ] as const
        const expected = orders.map(([first, second]) => {
          const one = step(model, first)
          const two = step(one.model, shifted(second, model, one.model))
          return {
            model: two.model,
            outcomes: first === left ? [one.outcome, two.outcome] : [two.outcome, one.outcome],
          }
        })
        expect(expected).toContainEqual({ model: seen, outcomes })
        model = seen
      }
    }),
    { numRuns: 10 },
  )
})

/** What else takes the same locks, for whoever is about. */
const alongside = (stage: Stage): (() => Promise<unknown>)[] => {
  const { bulk, duplicates, operations, usages } = world.runtime.services
  const ids = stage.mediaIds.map((id) => globalId('Media', id))
  const [keepId = '', ...removeIds] = ids
  const resource = { type: 'lesson', externalId: 'hammered' }
  const inBulk = async (
    kind: 'media.restore' | 'media.delete',
    errorPolicy: 'REJECT_EVERYTHING' | 'REJECT_FAILED_ROWS',
  ) => {
    const operation = await operations.request(actor, { kind, target: { ids, errorPolicy }, path: '', input: {} })
    await bulk.run(operation.id, AbortSignal.timeout(60_000))
  }
  return [
    () => duplicates.merge(actor, { keepId, removeIds }),
    () => inBulk('media.restore', 'REJECT_FAILED_ROWS'),
    () => inBulk('media.delete', 'REJECT_FAILED_ROWS'),
    () => inBulk('media.restore', 'REJECT_EVERYTHING'),
    () => usages.link(actor, { mediaId: keepId, resource }),
    () => usages.unlink(actor, { mediaId: keepId, resource }),
  ]
}

it('all callers at once wait for each other, and never in a circle', async () => {
  const stage = await openStage()
  // Equal content, so that they can be merged.
  await world.runtime.ports.database.media.updateMany({
    where: { id: { in: stage.mediaIds } },
    data: { sha256: randomUUID().replaceAll('-', '').repeat(2) },
  })
  const commands = fc.sample(command, { numRuns: 300, seed: 20_261_125 }).filter((one) => one.do !== 'purge')
  const work = commands.values()
  // Refusals are expected; a deadlock is an error of the database's, which is thrown.
  const caller = async (): Promise<void> => {
    for (const one of work) await perform(stage, await readRows(stage), one)
  }
  const bystander = async (acts: (() => Promise<unknown>)[]): Promise<void> => {
    for (let round = 0; round < 4; round++) for (const act of acts) await outcomeOf(act())
  }
  const acts = alongside(stage)
  await Promise.all([...Array.from({ length: 6 }, caller), bystander(acts), bystander(acts.toReversed())])
  const rows = await readRows(stage)
  await observe(stage, rows)
  for (const own of rows.users) {
    expect(own.filter(({ status }) => status === 'CURRENT').length).toBeLessThanOrEqual(1)
    for (const row of own) {
      const previous = own.find(({ id }) => id === row.previousId)
      if (previous !== undefined) expect(previous.sequence).toBeLessThan(row.sequence)
      if (row.status === 'CURRENT' && previous !== undefined) expect(previous.status).toBe('REPLACED')
    }
  }
})

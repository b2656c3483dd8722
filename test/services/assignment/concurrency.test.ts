import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { expect } from 'vitest'
import type { UserActor } from '../../../src/services/kernel/actor.ts'
import { globalId } from '../../../src/services/kernel/ids.ts'
import { it } from '../../harness/actorIt.ts'
import { unknownUuid, uuidOf } from '../../harness/ids.ts'
import { createLease } from '../../harness/lease.ts'
import { outcomeOf } from '../../harness/refusals.ts'
import { seedMedia, seedUserIds } from '../../harness/seed.ts'
import type { World } from '../../harness/world.ts'
import { type Command, command, indexFromEnd, type Model, mediaCount, rebase, step, userCount } from './model.ts'

// Runs the model's commands against the services.

/** The media and users of one run, in a world that several runs share. */
interface Library {
  world: World
  actor: UserActor
  mediaIds: string[]
  userIds: string[]
}

const createLibrary = async (world: World, actor: UserActor): Promise<Library> => {
  const mediaIds = await seedMedia(world, mediaCount, { status: 'READY' })
  return { world, actor, mediaIds, userIds: (await seedUserIds(world, userCount)).map(uuidOf) }
}

/** Reads the rows and batches before a pair of commands, so that both commands use the same numbers for them. */
const readRows = async ({ world, userIds }: Library) => {
  const { database } = world.runtime.ports
  const rows = await database.assignment.findMany({
    where: { userId: { in: userIds } },
    orderBy: { sequence: 'asc' },
  })
  const batchIds = [...new Set(rows.flatMap(({ batchId }) => batchId ?? []))]
  // Ordered by creation, as `batchIds` are.
  const batches = await database.assignmentBatch.findMany({ where: { id: { in: batchIds } } })
  const byId = new Map(batches.map((batch) => [batch.id, batch]))
  return {
    users: userIds.map((userId) => rows.filter((row) => row.userId === userId)),
    batches: batchIds.flatMap((id) => byId.get(id) ?? []),
  }
}

type Rows = Awaited<ReturnType<typeof readRows>>

const perform = async (library: Library, rows: Rows, command: Command): Promise<string> => {
  const { world, actor, mediaIds, userIds } = library
  const { assignments, trash } = world.runtime.services
  const mediaId = (index: number) => globalId('Media', mediaIds[index] ?? '')
  const userId = (index: number) => globalId('User', userIds[index] ?? '')
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

/** Reads the tables as a state of the model. */
const observe = async ({ world, mediaIds }: Library, rows: Rows): Promise<Model> => {
  const media = await world.runtime.ports.database.media.findMany({ where: { id: { in: mediaIds } } })
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
    media: mediaIds.map((id) => {
      const row = byId.get(id)
      if (row === undefined) return 'purged'
      return row.deletedAt === null ? 'live' : 'trash'
    }),
    users: rows.users.map((userRows) =>
      userRows.map((row) => ({
        media: mediaIds.indexOf(row.mediaId),
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

it('gives two concurrent calls the effect of some sequential order', async ({ world, actor }) => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(command, command), { minLength: 8, maxLength: 20 }), async (pairs) => {
      const library = await createLibrary(world, actor)
      let rows = await readRows(library)
      let model = await observe(library, rows)
      for (const [left, right] of pairs) {
        const outcomes = await Promise.all([perform(library, rows, left), perform(library, rows, right)])
        rows = await readRows(library)
        const actual = await observe(library, rows)
        // The second command of a pair refers to rows as they were before both.
        const orders = [
          [left, right],
          [right, left],
        ] as const
        const expected = orders.map(([first, second]) => {
          const firstStep = step(model, first)
          const secondStep = step(firstStep.model, rebase(second, model, firstStep.model))
          const stepOutcomes = [firstStep.outcome, secondStep.outcome]
          return { model: secondStep.model, outcomes: first === left ? stepOutcomes : stepOutcomes.toReversed() }
        })
        expect(expected).toContainEqual({ model: actual, outcomes })
        model = actual
      }
    }),
    { numRuns: 10 },
  )
})

/** Other calls that take the same locks. */
const competingCalls = ({ world, actor, mediaIds }: Library): (() => Promise<unknown>)[] => {
  const { bulkRunner: bulk, duplicates, operations, usages } = world.runtime.services
  const ids = mediaIds.map((id) => globalId('Media', id))
  const [keepId = '', ...removeIds] = ids
  const resource = { type: 'lesson', externalId: 'contended' }
  const runBulk = async (
    kind: 'media.restore' | 'media.delete',
    errorPolicy: 'REJECT_EVERYTHING' | 'REJECT_FAILED_ROWS',
  ) => {
    const operation = await operations.request(actor, { kind, target: { ids, errorPolicy }, path: '', input: {} })
    await bulk.run(operation.id, AbortSignal.timeout(60_000), createLease())
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

it('never deadlocks when many callers take the same locks', async ({ world, actor }) => {
  const library = await createLibrary(world, actor)
  // Equal content, so that they can be merged.
  await world.runtime.ports.database.media.updateMany({
    where: { id: { in: library.mediaIds } },
    data: { sha256: randomUUID().replaceAll('-', '').repeat(2) },
  })
  const commands = fc.sample(command, { numRuns: 300, seed: 20_261_125 }).filter((each) => each.do !== 'purge')
  const work = commands.values()
  // Refusals are expected; a deadlock is a database error, which is thrown.
  const caller = async (): Promise<void> => {
    for (const each of work) await perform(library, await readRows(library), each)
  }
  const competitor = async (calls: (() => Promise<unknown>)[]): Promise<void> => {
    for (let round = 0; round < 4; round++) for (const call of calls) await outcomeOf(call())
  }
  const calls = competingCalls(library)
  await Promise.all([...Array.from({ length: 6 }, caller), competitor(calls), competitor(calls.toReversed())])
  const rows = await readRows(library)
  await observe(library, rows)
  for (const userRows of rows.users) {
    expect(userRows.filter(({ status }) => status === 'CURRENT').length).toBeLessThanOrEqual(1)
    for (const row of userRows) {
      const previous = userRows.find(({ id }) => id === row.previousId)
      if (previous !== undefined) expect(previous.sequence).toBeLessThan(row.sequence)
      if (row.status === 'CURRENT' && previous !== undefined) expect(previous.status).toBe('REPLACED')
    }
  }
})

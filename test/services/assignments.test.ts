import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { UserActor } from '../../src/services/actor.ts'
import { Refusal } from '../../src/services/errors.ts'
import { globalId } from '../../src/services/ids.ts'
import { seedMedia } from '../harness/seed.ts'
import { openWorld, type World } from '../harness/world.ts'

let world: World
let actor: UserActor

beforeAll(async () => {
  world = await openWorld()
  const user = await world.runtime.ports.database.user.create({
    data: { externalId: 'root', name: 'Root', role: 'ADMIN' },
  })
  actor = { type: 'user', userId: user.id, role: 'ADMIN', requestId: null }
})
afterAll(() => world?.close())

// The model: a few media, a few users, and all that was ever given to them. Rows are named by their user and number.

const mediaCount = 3
const userCount = 3

interface ModelRow {
  media: number
  status: 'CURRENT' | 'REPLACED' | 'UNDONE' | 'ENDED'
  /** Numbers of rows of the same user. */
  previous: number | null
  revertOf: number | null
  batch: number | null
  returns: boolean
}
interface Model {
  media: ('live' | 'trash' | 'gone')[]
  users: ModelRow[][]
  /** The users of each batch, and whether it was withdrawn. */
  batches: { users: number[]; undone: boolean }[]
}

type Command =
  | { do: 'assign'; media: number; user: number }
  | { do: 'undo' | 'revert'; user: number; back: number }
  | { do: 'batch'; media: number; users: number[] }
  | { do: 'batchUndo'; back: number }
  | { do: 'delete' | 'force' | 'restore' | 'purge'; media: number }

interface Outcome {
  model: Model
  outcome: string
}

const currentOf = (rows: ModelRow[]): number => rows.findIndex(({ status }) => status === 'CURRENT')
const isAssigned = (model: Model, media: number): boolean =>
  model.users.some((rows) => rows.some((row) => row.status === 'CURRENT' && row.media === media))

/** Gives a media to a user, in place. */
const give = (rows: ModelRow[], media: number, more: Partial<ModelRow> = {}): void => {
  const current = currentOf(rows)
  const previous = rows[current]
  if (previous !== undefined) previous.status = 'REPLACED'
  rows.push({
    ...{ media, status: 'CURRENT', previous: previous === undefined ? null : current, revertOf: null, batch: null },
    returns: false,
    ...more,
  })
}

/** Why a row cannot be taken back; null where it can. */
const obstacleOf = (model: Model, rows: ModelRow[], row: ModelRow): string | null => {
  if (row.status !== 'CURRENT') return 'STATE_CONFLICT'
  const previous = row.previous === null ? undefined : rows[row.previous]
  return previous !== undefined && model.media[previous.media] !== 'live' ? 'STATE_CONFLICT' : null
}

const take = (rows: ModelRow[], row: ModelRow, status: 'UNDONE' | 'ENDED'): void => {
  row.status = status
  const previous = row.previous === null ? undefined : rows[row.previous]
  if (previous !== undefined) previous.status = 'CURRENT'
}

/** A row by how far back it lies; the model and the tables number alike. */
const pick = <Row>(rows: readonly Row[], back: number): number => rows.length - 1 - (back % Math.max(1, rows.length))

const changers: { [Do in Command['do']]: (model: Model, command: Extract<Command, { do: Do }>) => string } = {
  assign(model, { media, user }) {
    if (model.media[media] !== 'live') return 'NOT_FOUND'
    give(model.users[user] ?? [], media)
    return 'done'
  },
  undo(model, { user, back }) {
    const rows = model.users[user] ?? []
    const row = rows[pick(rows, back)]
    if (row === undefined) return 'NOT_FOUND'
    const obstacle = obstacleOf(model, rows, row)
    if (obstacle === null) take(rows, row, 'UNDONE')
    return obstacle ?? 'done'
  },
  revert(model, { user, back }) {
    const rows = model.users[user] ?? []
    const revertOf = pick(rows, back)
    const row = rows[revertOf]
    if (row === undefined) return 'NOT_FOUND'
    if (row.status === 'CURRENT' || model.media[row.media] !== 'live') return 'STATE_CONFLICT'
    give(rows, row.media, { revertOf })
    return 'done'
  },
  batch(model, { media, users }) {
    if (model.media[media] !== 'live') return 'NOT_FOUND'
    for (const user of users) give(model.users[user] ?? [], media, { batch: model.batches.length })
    model.batches.push({ users, undone: false })
    return 'done'
  },
  batchUndo(model, { back }) {
    const number = pick(model.batches, back)
    const batch = model.batches[number]
    if (batch === undefined) return 'NOT_FOUND'
    if (batch.undone) return 'STATE_CONFLICT'
    const members = model.users.flatMap((rows) =>
      rows.filter((row) => row.batch === number && row.status !== 'UNDONE').map((row) => ({ rows, row })),
    )
    if (members.some(({ rows, row }) => obstacleOf(model, rows, row) !== null)) return 'STATE_CONFLICT'
    for (const { rows, row } of members) take(rows, row, 'ENDED')
    batch.undone = true
    return 'done'
  },
  delete(model, { media }) {
    if (model.media[media] === 'gone') return 'NOT_FOUND'
    if (model.media[media] === 'trash') return 'STATE_CONFLICT'
    if (isAssigned(model, media)) return 'IN_USE'
    model.media[media] = 'trash'
    return 'done'
  },
  force(model, { media }) {
    if (model.media[media] === 'gone') return 'NOT_FOUND'
    if (model.media[media] === 'trash') return 'STATE_CONFLICT'
    model.media[media] = 'trash'
    for (const row of model.users.flat())
      if (row.status === 'CURRENT' && row.media === media) Object.assign(row, { status: 'ENDED', returns: true })
    return 'done'
  },
  restore(model, { media }) {
    if (model.media[media] === 'gone') return 'NOT_FOUND'
    if (model.media[media] === 'live') return 'STATE_CONFLICT'
    model.media[media] = 'live'
    for (const rows of model.users) {
      const remembered = rows.filter((row) => row.returns && row.media === media)
      const newest = remembered.at(-1)
      if (newest !== undefined && currentOf(rows) < 0) newest.status = 'CURRENT'
      for (const row of remembered) row.returns = false
    }
    return 'done'
  },
  purge(model, { media }) {
    if (model.media[media] === 'gone') return 'NOT_FOUND'
    if (model.media[media] === 'live') return 'STATE_CONFLICT'
    model.media[media] = 'gone'
    for (const row of model.users.flat()) if (row.media === media) row.returns = false
    return 'done'
  },
}

const step = (before: Model, command: Command): Outcome => {
  const model = structuredClone(before)
  // TypeScript does not see that the table and the command are indexed by the same verb.
  const outcome = (changers[command.do] as (model: Model, command: Command) => string)(model, command)
  return { model: outcome === 'done' ? model : before, outcome }
}

// The real thing, driven by the same commands.

interface Stage {
  mediaIds: string[]
  userIds: string[]
}

const openStage = async (): Promise<Stage> => {
  const mediaIds = await seedMedia(world, mediaCount, { status: 'READY' })
  const users = await world.runtime.ports.database.user.createManyAndReturn({
    data: Array.from({ length: userCount }, () => ({ externalId: randomUUID(), name: 'Learner' })),
  })
  return { mediaIds, userIds: users.map(({ id }) => id) }
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
const unknownKey = '019a5b3c-0000-7000-8000-000000000000'

const perform = async (stage: Stage, rows: Rows, command: Command): Promise<string> => {
  const { assignments, trash } = world.runtime.services
  const mediaId = (index: number) => globalId('Media', stage.mediaIds[index] ?? '')
  const userId = (index: number) => globalId('User', stage.userIds[index] ?? '')
  const rowId = (user: number, back: number) => {
    const own = rows.users[user] ?? []
    return globalId('Assignment', own[pick(own, back)]?.id ?? unknownKey)
  }
  const act = (): Promise<unknown> => {
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
        const id = rows.batches[pick(rows.batches, command.back)]?.id ?? unknownKey
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
  try {
    await act()
    return 'done'
  } catch (error) {
    if (error instanceof Refusal) return error.code
    throw error
  }
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

const media = fc.nat({ max: mediaCount - 1 })
const user = fc.nat({ max: userCount - 1 })
const back = fc.nat({ max: 3 })
const verb = <Do extends string>(...names: Do[]) => fc.constantFrom(...names)
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: verb('assign'), media, user }) },
  { weight: 4, arbitrary: fc.record({ do: verb('undo', 'revert'), user, back }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: verb('batch'),
      media,
      users: fc.uniqueArray(user, { minLength: 1 }).map((users) => users.toSorted((a, b) => a - b)),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: verb('batchUndo'), back }) },
  { weight: 8, arbitrary: fc.record({ do: verb('delete', 'force', 'force', 'restore', 'restore', 'restore'), media }) },
  { weight: 1, arbitrary: fc.record({ do: verb('purge'), media }) },
)

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

/** The same row or batch, after something may have been added. */
const shifted = (command: Command, before: Model, after: Model): Command => {
  const moved = (old: readonly unknown[], now: readonly unknown[], back: number) =>
    old.length === 0 ? Number.NaN : now.length - 1 - pick(old, back)
  if (command.do === 'undo' || command.do === 'revert')
    return { ...command, back: moved(before.users[command.user] ?? [], after.users[command.user] ?? [], command.back) }
  if (command.do === 'batchUndo') return { ...command, back: moved(before.batches, after.batches, command.back) }
  return command
}

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
    for (let round = 0; round < 4; round++)
      for (const act of acts)
        await act().catch((error: unknown) => {
          if (!(error instanceof Refusal)) throw error
        })
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

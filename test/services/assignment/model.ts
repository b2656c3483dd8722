import fc from 'fast-check'

// Model: a few media, a few users and all assignments so far. A row is identified by its user and its number.

export const mediaCount = 3
export const userCount = 3

interface ModelRow {
  media: number
  status: 'CURRENT' | 'REPLACED' | 'UNDONE' | 'ENDED'
  /** Number of another row of the same user, like `revertOf`. */
  previous: number | null
  revertOf: number | null
  batch: number | null
  returns: boolean
}
export interface Model {
  media: ('live' | 'trash' | 'purged')[]
  users: ModelRow[][]
  /** Users of each batch, and whether it was undone. */
  batches: { users: number[]; undone: boolean }[]
}

export type Command =
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

/** Assigns a media to a user, in place. */
const assignMedia = (rows: ModelRow[], media: number, overrides: Partial<ModelRow> = {}): void => {
  const current = currentOf(rows)
  const previous = rows[current]
  if (previous !== undefined) previous.status = 'REPLACED'
  rows.push({
    ...{ media, status: 'CURRENT', previous: previous === undefined ? null : current, revertOf: null, batch: null },
    returns: false,
    ...overrides,
  })
}

/** Returns the refusal's code if a row cannot be undone, else null. */
const conflictOf = (model: Model, rows: ModelRow[], row: ModelRow): string | null => {
  if (row.status !== 'CURRENT') return 'STATE_CONFLICT'
  const previous = row.previous === null ? undefined : rows[row.previous]
  return previous !== undefined && model.media[previous.media] !== 'live' ? 'STATE_CONFLICT' : null
}

const endAssignment = (rows: ModelRow[], row: ModelRow, status: 'UNDONE' | 'ENDED'): void => {
  row.status = status
  const previous = row.previous === null ? undefined : rows[row.previous]
  if (previous !== undefined) previous.status = 'CURRENT'
}

/** Number of a row, counted from the end; the model and the tables number rows alike. */
export const indexFromEnd = <Row>(rows: readonly Row[], back: number): number =>
  rows.length - 1 - (back % Math.max(1, rows.length))

const transitions: { [Do in Command['do']]: (model: Model, command: Extract<Command, { do: Do }>) => string } = {
  assign(model, { media, user }) {
    if (model.media[media] !== 'live') return 'NOT_FOUND'
    assignMedia(model.users[user] ?? [], media)
    return 'done'
  },
  undo(model, { user, back }) {
    const rows = model.users[user] ?? []
    const row = rows[indexFromEnd(rows, back)]
    if (row === undefined) return 'NOT_FOUND'
    const conflict = conflictOf(model, rows, row)
    if (conflict === null) endAssignment(rows, row, 'UNDONE')
    return conflict ?? 'done'
  },
  revert(model, { user, back }) {
    const rows = model.users[user] ?? []
    const revertOf = indexFromEnd(rows, back)
    const row = rows[revertOf]
    if (row === undefined) return 'NOT_FOUND'
    if (row.status === 'CURRENT' || model.media[row.media] !== 'live') return 'STATE_CONFLICT'
    assignMedia(rows, row.media, { revertOf })
    return 'done'
  },
  batch(model, { media, users }) {
    if (model.media[media] !== 'live') return 'NOT_FOUND'
    for (const user of users) assignMedia(model.users[user] ?? [], media, { batch: model.batches.length })
    model.batches.push({ users, undone: false })
    return 'done'
  },
  batchUndo(model, { back }) {
    const number = indexFromEnd(model.batches, back)
    const batch = model.batches[number]
    if (batch === undefined) return 'NOT_FOUND'
    if (batch.undone) return 'STATE_CONFLICT'
    const members = model.users.flatMap((rows) =>
      rows.filter((row) => row.batch === number && row.status !== 'UNDONE').map((row) => ({ rows, row })),
    )
    if (members.some(({ rows, row }) => conflictOf(model, rows, row) !== null)) return 'STATE_CONFLICT'
    for (const { rows, row } of members) endAssignment(rows, row, 'ENDED')
    batch.undone = true
    return 'done'
  },
  delete(model, { media }) {
    if (model.media[media] === 'purged') return 'NOT_FOUND'
    if (model.media[media] === 'trash') return 'STATE_CONFLICT'
    if (isAssigned(model, media)) return 'IN_USE'
    model.media[media] = 'trash'
    return 'done'
  },
  force(model, { media }) {
    if (model.media[media] === 'purged') return 'NOT_FOUND'
    if (model.media[media] === 'trash') return 'STATE_CONFLICT'
    model.media[media] = 'trash'
    for (const row of model.users.flat())
      if (row.status === 'CURRENT' && row.media === media) Object.assign(row, { status: 'ENDED', returns: true })
    return 'done'
  },
  restore(model, { media }) {
    if (model.media[media] === 'purged') return 'NOT_FOUND'
    if (model.media[media] === 'live') return 'STATE_CONFLICT'
    model.media[media] = 'live'
    for (const rows of model.users) {
      const returning = rows.filter((row) => row.returns && row.media === media)
      const newest = returning.at(-1)
      if (newest !== undefined && currentOf(rows) < 0) newest.status = 'CURRENT'
      for (const row of returning) row.returns = false
    }
    return 'done'
  },
  purge(model, { media }) {
    if (model.media[media] === 'purged') return 'NOT_FOUND'
    if (model.media[media] === 'live') return 'STATE_CONFLICT'
    model.media[media] = 'purged'
    for (const row of model.users.flat()) if (row.media === media) row.returns = false
    return 'done'
  },
}

export const step = (previous: Model, command: Command): Outcome => {
  const model = structuredClone(previous)
  // TypeScript does not see that the table and the command are indexed by the same verb.
  const outcome = (transitions[command.do] as (model: Model, command: Command) => string)(model, command)
  return { model: outcome === 'done' ? model : previous, outcome }
}

/** Renumbers a command so that it means the same row or batch after others may have been added. */
export const rebase = (command: Command, previous: Model, current: Model): Command => {
  const rebaseIndex = (previousRows: readonly unknown[], currentRows: readonly unknown[], back: number) =>
    previousRows.length === 0 ? Number.NaN : currentRows.length - 1 - indexFromEnd(previousRows, back)
  if (command.do === 'undo' || command.do === 'revert')
    return {
      ...command,
      back: rebaseIndex(previous.users[command.user] ?? [], current.users[command.user] ?? [], command.back),
    }
  if (command.do === 'batchUndo')
    return { ...command, back: rebaseIndex(previous.batches, current.batches, command.back) }
  return command
}

const media = fc.nat({ max: mediaCount - 1 })
const user = fc.nat({ max: userCount - 1 })
const back = fc.nat({ max: 3 })
const verb = <Do extends string>(...names: Do[]) => fc.constantFrom(...names)
export const command: fc.Arbitrary<Command> = fc.oneof(
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

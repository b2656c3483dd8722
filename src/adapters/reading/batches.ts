import type { Row } from './decode.ts'
import type { Call, Reader } from './reader.ts'
import type { Statement } from './statement.ts'

/** Rows that are looked up by an id. */
interface BatchRead {
  /** Its first parameter is a list of ids. */
  statement: Statement
  /** Field of the id in the rows. */
  idField: string
  /** Whether the callers' rows lack that field. */
  isIdHidden: boolean
}

interface Lookup {
  id: string
  call: Call
  resolve(row: unknown): void
}

interface Batch extends BatchRead {
  lookups: Lookup[]
}

export interface Batches {
  find(read: BatchRead, id: string, call: Call): Promise<unknown>
}

const withoutField = (row: Row | undefined, field: string): Row | undefined => {
  if (row === undefined) return undefined
  const { [field]: _hidden, ...visible } = row
  return visible
}

/**
 * Returns the query for these ids. A single id is compared by itself: PostgreSQL expects several in a list that it does not
 * know, prefers the plan for one, and so would make a plan for each execution.
 */
const queryFor = ({ text, values }: Statement, ids: readonly string[]) => {
  const [id, ...otherIds] = ids
  return id === undefined || otherIds.length > 0
    ? { text, values: [ids, ...values.slice(1)] }
    : { text: text.replace('= ANY($1::uuid[])', '= $1::uuid'), values: [id, ...values.slice(1)] }
}

/** Gives each lookup a row of its own: callers may attach data to it. */
const assign = ({ idField, isIdHidden, lookups }: Batch, decode: () => Row[]): void => {
  let remaining = lookups
  while (remaining.length > 0) {
    const rowsById = new Map(decode().map((row) => [row[idField], row]))
    const served = new Set<string>()
    const repeated: Lookup[] = []
    for (const lookup of remaining) {
      const { id, resolve } = lookup
      const row = rowsById.get(id)
      if (served.has(id)) repeated.push(lookup)
      else resolve((isIdHidden ? withoutField(row, idField) : row) ?? null)
      served.add(id)
    }
    remaining = repeated
  }
}

/** Creates a collector of lookups: equal statements of one moment become one statement, as with Prisma. */
export const createBatches = (reader: Reader): Batches => {
  const batches = new Map<string, Batch>()

  const run = async (batch: Batch): Promise<void> => {
    const { statement, lookups } = batch
    const ids = [...new Set(lookups.map(({ id }) => id))]
    try {
      const json = await reader.query(queryFor(statement, ids))
      assign(batch, () => statement.decode(json))
    } catch (error) {
      for (const { call, resolve } of lookups) resolve(reader.recover(error, call))
    }
  }

  const runAll = (): void => {
    const started = [...batches.values()]
    batches.clear()
    for (const batch of started) void run(batch)
  }

  return {
    find(read, id, call) {
      const { text, values } = read.statement
      const key = JSON.stringify([text, values.slice(1), read.isIdHidden])
      // After all that the present callbacks cause: by then, callers have asked for all rows that they need together.
      if (batches.size === 0) queueMicrotask(() => process.nextTick(runAll))
      const batch = batches.get(key) ?? { ...read, lookups: [] }
      batches.set(key, batch)
      return new Promise((resolve) => batch.lookups.push({ id, call, resolve }))
    },
  }
}

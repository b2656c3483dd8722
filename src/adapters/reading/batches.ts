import type { Row } from './decode.ts'
import type { Call, Reader } from './reader.ts'
import type { Statement } from './statement.ts'

/** One row that is looked up by its id. */
interface Lookup {
  id: string
  call: Call
  resolve(row: unknown): void
}

interface Batch {
  statement: Statement
  /** Field of the id in the rows; null if they do not contain it. */
  idField: string | null
  lookups: Lookup[]
}

export interface Batches {
  /** Looks up a row with a statement whose first parameter is a list of ids. */
  find(statement: Statement, idField: string | null, id: string, call: Call): Promise<unknown>
}

/** Gives each lookup a row of its own: callers may attach data to it. */
const assign = (lookups: readonly Lookup[], idField: string | null, decode: () => Row[]): void => {
  let remaining = lookups
  while (remaining.length > 0) {
    const rows = decode()
    const rowsById = new Map(rows.map((row) => [idField === null ? lookups[0]?.id : row[idField], row]))
    const repeated: Lookup[] = []
    const served = new Set<string>()
    for (const lookup of remaining) {
      if (served.has(lookup.id)) repeated.push(lookup)
      else lookup.resolve(rowsById.get(lookup.id) ?? null)
      served.add(lookup.id)
    }
    remaining = repeated
  }
}

/** Creates a collector of lookups: equal statements of one moment become one statement, as with Prisma. */
export const createBatches = (reader: Reader): Batches => {
  const batches = new Map<string, Batch>()

  const run = async ({ statement, idField, lookups }: Batch): Promise<void> => {
    const ids = [...new Set(lookups.map(({ id }) => id))]
    // Which row belongs to which id is unknown: Prisma reads the ids as well.
    if (ids.length > 1 && idField === null) {
      for (const { call, resolve } of lookups) resolve(call.fallBack())
      return
    }
    try {
      const json = await reader.query({ text: statement.text, values: [ids, ...statement.values.slice(1)] })
      assign(lookups, idField, () => statement.decode(json))
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
    find(statement, idField, id, call) {
      const key = `${statement.text}\n${JSON.stringify(statement.values.slice(1))}`
      // After all that the present callbacks cause, since that is when callers have asked for their rows.
      if (batches.size === 0) queueMicrotask(() => process.nextTick(runAll))
      const batch = batches.get(key) ?? { statement, idField, lookups: [] }
      batches.set(key, batch)
      return new Promise((resolve) => batch.lookups.push({ id, call, resolve }))
    },
  }
}

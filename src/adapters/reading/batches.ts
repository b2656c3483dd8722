import type { Row } from './decode.ts'
import type { Lookup } from './lookups.ts'
import type { Call, Reader } from './reader.ts'

interface Waiting {
  id: string
  call: Call
  resolve(row: unknown): void
}

interface Batch extends Lookup {
  waiting: Waiting[]
}

export interface Batches {
  find(lookup: Lookup, id: string, call: Call): Promise<unknown>
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
const queryFor = ({ statement: { text, values }, singleText }: Lookup, ids: readonly string[]) => {
  const others = values.slice(1)
  return ids.length === 1 ? { text: singleText, values: [ids[0], ...others] } : { text, values: [ids, ...others] }
}

/** Gives each caller a row of its own: callers may attach data to it. */
const assign = ({ idField, isIdHidden, waiting }: Batch, decode: () => Row[]): void => {
  let remaining = waiting
  while (remaining.length > 0) {
    const rowsById = new Map(decode().map((row) => [row[idField], row]))
    const served = new Set<string>()
    const repeated: Waiting[] = []
    for (const caller of remaining) {
      const { id, resolve } = caller
      const row = rowsById.get(id)
      if (served.has(id)) repeated.push(caller)
      else resolve((isIdHidden ? withoutField(row, idField) : row) ?? null)
      served.add(id)
    }
    remaining = repeated
  }
}

/** Creates a collector of lookups: equal statements of one moment become one statement, as with Prisma. */
export const createLookupBatches = (reader: Reader): Batches => {
  const batches = new Map<string, Batch>()

  const run = async (batch: Batch): Promise<void> => {
    const { statement, waiting } = batch
    const ids = [...new Set(waiting.map(({ id }) => id))]
    try {
      const json = await reader.query(queryFor(batch, ids))
      assign(batch, () => statement.decode(json))
    } catch (error) {
      for (const { call, resolve } of waiting) resolve(reader.recover(error, call))
    }
  }

  const runAll = (): void => {
    const started = [...batches.values()]
    batches.clear()
    for (const batch of started) void run(batch)
  }

  return {
    find(lookup, id, call) {
      // After all callbacks of this turn of the event loop: requests that arrived together share a statement.
      if (batches.size === 0) setImmediate(runAll)
      const batch = batches.get(lookup.key) ?? { ...lookup, waiting: [] }
      batches.set(lookup.key, batch)
      return new Promise((resolve) => batch.waiting.push({ id, call, resolve }))
    },
  }
}

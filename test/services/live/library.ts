import { vi } from 'vitest'
import type { Log, PubSub } from '../../../src/services/kernel/ports.ts'
import type { Part } from '../../../src/services/live/snapshot.ts'
import type { Source, State } from '../../../src/services/live/source.ts'

// A library of one thing with two parts, in memory: what the database would say, and the messages that tell of it.

export interface Row {
  id: string
  parts: { id: string; revision: number; status: string; percent: number }[]
}

export const log: Log = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn(), child: () => log }

export const lastRevision = 3
export const statusOf = (revision: number) => ['QUEUED', 'PROCESSING', 'QUEUED', 'READY'][revision] ?? 'READY'

export const createLibrary = () => {
  const truth = new Map<string, Row>()
  const loads: string[] = []
  const reads: string[][] = []
  const faults = { states: 0, load: 0 }
  const partOf = ({ id: _id, ...fields }: Row['parts'][number]): Part => ({
    revision: fields.revision,
    live: fields.percent,
    fields,
  })
  const ended: Source<Row>['ended'] = (parts) => [...parts.values()].every(({ revision }) => revision === lastRevision)
  const stateOf = (row: Row): State => {
    const parts = new Map(row.parts.map((part) => [part.id, partOf(part)]))
    return { present: true, ended: ended(parts), parts }
  }
  const source: Source<Row> = {
    channel: (id) => `thing:${id}`,
    partLists: ['parts'],
    ended,
    async states(ids) {
      reads.push([...ids])
      // As in a database: what is read is of the moment of reading, the answer comes later.
      const found = new Map(ids.map((id) => [id, truth.has(id) ? stateOf(truth.get(id) as Row) : null]))
      await Promise.resolve()
      if (faults.states-- > 0) throw new Error('the database is away')
      return found
    },
    parse(message) {
      const { id, ...fields } = message as Row['parts'][number]
      return [{ id, part: partOf({ id, ...fields }) }]
    },
    async load(id) {
      loads.push(id)
      const row = truth.get(id)
      if (faults.load-- > 0) throw new Error('the database is away')
      return row === undefined ? null : structuredClone(row)
    },
  }
  const add = (id: string, revision = 0): void => {
    const parts = ['a', 'b'].map((name) => ({ id: `${id}${name}`, revision, status: statusOf(revision), percent: 0 }))
    truth.set(id, { id, parts })
  }
  /** The next change of status of a part, or percent on the way; returns the message that tells of it. */
  const change = (id: string, index: number, live: boolean) => {
    const part = truth.get(id)?.parts[index]
    if (part === undefined || part.revision === lastRevision) return null
    if (live) part.percent += 10
    else Object.assign(part, { revision: part.revision + 1, percent: 0 })
    part.status = statusOf(part.revision)
    return { ...part }
  }
  const fail = (): void => {
    faults.states = 1
  }
  return { source, truth, loads, reads, faults, add, change, fail }
}

/** Counts who listens, so that nothing can leak unseen. */
export const counted = (inner: PubSub) => {
  const count = { subscribed: 0, faults: 0 }
  const restored = new Set<() => void>()
  const pubsub: PubSub = {
    ...inner,
    async subscribe(channel, listener) {
      if (count.faults-- > 0) throw new Error('pub/sub is away')
      const unsubscribe = await inner.subscribe(channel, listener)
      count.subscribed += 1
      return () => {
        count.subscribed -= 1
        unsubscribe()
      }
    },
    onRestored(listener) {
      restored.add(listener)
      return () => restored.delete(listener)
    },
  }
  return { pubsub, count, restore: () => [...restored].map((listener) => listener()) }
}

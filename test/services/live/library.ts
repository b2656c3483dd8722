import { vi } from 'vitest'
import type { Logger, PubSub } from '../../../src/services/kernel/ports.ts'
import type { TrackedRow } from '../../../src/services/live/snapshot.ts'
import type { LiveSource, TopicState } from '../../../src/services/live/source.ts'

// A library in memory of objects with two parts each: the state of the database, and the messages about its changes.

export interface Row {
  id: string
  parts: { id: string; revision: number; status: string; percent: number }[]
}

export const log: Logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn(), child: () => log }

export const lastRevision = 3
export const statusOf = (revision: number) => ['QUEUED', 'PROCESSING', 'QUEUED', 'READY'][revision] ?? 'READY'

export const createLibrary = () => {
  const storedRows = new Map<string, Row>()
  const loads: string[] = []
  const reads: string[][] = []
  const faults = { states: 0, load: 0 }
  const toTrackedRow = ({ id: _id, ...fields }: Row['parts'][number]): TrackedRow => ({
    revision: fields.revision,
    progress: fields.percent,
    fields,
  })
  const hasEnded: LiveSource<Row>['hasEnded'] = (trackedRows) =>
    [...trackedRows.values()].every(({ revision }) => revision === lastRevision)
  const stateOf = (row: Row): TopicState => {
    const trackedRows = new Map(row.parts.map((part) => [part.id, toTrackedRow(part)]))
    return { exists: true, hasEnded: hasEnded(trackedRows), trackedRows }
  }
  const source: LiveSource<Row> = {
    channel: (id) => `thing:${id}`,
    snapshotRules: { trackedLists: ['parts'] },
    hasEnded,
    async readStates(ids) {
      reads.push([...ids])
      // Like a database: the result shows the state at the time of the read, and arrives later.
      const statesById = new Map(ids.map((id) => [id, storedRows.has(id) ? stateOf(storedRows.get(id) as Row) : null]))
      await Promise.resolve()
      if (faults.states-- > 0) throw new Error('the database is unavailable')
      return statesById
    },
    parse(message) {
      const { id, ...fields } = message as Row['parts'][number]
      return [{ id, trackedRow: toTrackedRow({ id, ...fields }) }]
    },
    async load(id) {
      loads.push(id)
      const row = storedRows.get(id)
      if (faults.load-- > 0) throw new Error('the database is unavailable')
      return row === undefined ? null : structuredClone(row)
    },
  }
  const add = (id: string, revision = 0): void => {
    const parts = ['a', 'b'].map((name) => ({ id: `${id}${name}`, revision, status: statusOf(revision), percent: 0 }))
    storedRows.set(id, { id, parts })
  }
  /** Moves a part to its next status, or its percent forward; returns the message about the change. */
  const change = (id: string, index: number, isProgress: boolean) => {
    const part = storedRows.get(id)?.parts[index]
    if (part === undefined || part.revision === lastRevision) return null
    if (isProgress) part.percent += 10
    else Object.assign(part, { revision: part.revision + 1, percent: 0 })
    part.status = statusOf(part.revision)
    return { ...part }
  }
  const failNextRead = (): void => {
    faults.states = 1
  }
  return { source, storedRows, loads, reads, faults, add, change, failNextRead }
}

/** Counts the open subscriptions, so that a test detects one that leaks. */
export const countSubscriptions = (inner: PubSub) => {
  const count = { subscribed: 0, faults: 0 }
  const reconnectListeners = new Set<() => void>()
  const pubsub: PubSub = {
    ...inner,
    async subscribe(channel, listener) {
      if (count.faults-- > 0) throw new Error('pub/sub is unavailable')
      const unsubscribe = await inner.subscribe(channel, listener)
      count.subscribed += 1
      return () => {
        count.subscribed -= 1
        unsubscribe()
      }
    },
    onReconnect(listener) {
      reconnectListeners.add(listener)
      return () => reconnectListeners.delete(listener)
    },
  }
  return { pubsub, count, reconnect: () => [...reconnectListeners].map((listener) => listener()) }
}

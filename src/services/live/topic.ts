import { NotFoundError } from '../kernel/errors.ts'
import type { Logger, PubSub } from '../kernel/ports.ts'
import { applySnapshot } from './snapshot.ts'
import type { LiveSource, TopicState } from './source.ts'

/** One event: the same object for every follower, so that each distinct projection is loaded once. */
export interface LiveEvent<Row> {
  id: string
  /** Rejects with NotFoundError where it has gone since. */
  read(projection: object): Promise<Row>
}

export interface Update<Row> {
  liveEvent: LiveEvent<Row> | null
  /** While it waits, a newer one of the same thing may take its place: only the newest percent matters. */
  coalesce: boolean
  hasEnded: boolean
}

export type Listener<Row> = (id: string, update: Update<Row>) => void

/** One thing that is followed, while somebody follows it. */
export interface Topic<Row> {
  id: string
  /** Returns how to leave; when the last one has left, the topic closes. */
  addListener(listener: Listener<Row>): () => void
  /** Reads the state, not before now; those who ask at the same time share a reading. Null: there is no such thing. */
  refresh(): Promise<TopicState | null>
  currentUpdate(): Update<Row>
  /** Counts what has changed, percent aside. */
  version(): number
  /** Takes over a reading that was begun at that version. */
  reconcile(read: TopicState | null, version: number): void
}

interface TopicOptions {
  pubsub: PubSub
  log: Logger
  onClose(): void
}

/** Whatever is asked for twice is done once; what failed is tried again. */
const createMemo = <Value>() => {
  const cache = new Map<string, Promise<Value>>()
  return (key: string, make: () => Promise<Value>): Promise<Value> => {
    const promise =
      cache.get(key) ??
      make().catch((error: unknown) => {
        cache.delete(key)
        throw error
      })
    cache.set(key, promise)
    return promise
  }
}

const absentState: TopicState = { exists: false, hasEnded: true, trackedRows: new Map() }

export const createTopic = <Row>(id: string, source: LiveSource<Row>, options: TopicOptions): Topic<Row> => {
  const { pubsub, log, onClose } = options
  const listeners = new Set<Listener<Row>>()
  let state: TopicState | null = null
  let version = 0
  /** What is loaded for events: new after each change of status, shared by the percents that follow. */
  let rowMemo = createMemo<Row | null>()
  let closed = false

  const currentUpdate = (): Update<Row> => {
    const { exists = false, hasEnded = true, trackedRows = new Map() } = state ?? absentState
    const [loadOnce, applyOnce] = [rowMemo, createMemo<Row>()]
    const read = (projection: object): Promise<Row> => {
      const key = JSON.stringify(projection)
      return applyOnce(key, async () => {
        const row = await loadOnce(key, () => source.load(id, projection))
        if (row === null) throw new NotFoundError('What was followed is no longer there.')
        return applySnapshot(row, trackedRows, source.trackedLists)
      })
    }
    return { liveEvent: exists ? { id, read } : null, coalesce: false, hasEnded }
  }

  const emit = (coalesce: boolean): void => {
    const update = { ...currentUpdate(), coalesce }
    for (const listener of [...listeners]) listener(id, update)
  }

  const setState = (next: TopicState): void => {
    state = next
    version += 1
    rowMemo = createMemo()
    emit(false)
  }

  /** Takes over what the database knows and messages have not said. */
  const mergeRead = (read: TopicState | null): void => {
    if (read === null) {
      if (state !== null && state !== absentState) setState(absentState)
      return
    }
    const previousRows = state?.trackedRows
    const trackedRows = new Map(read.trackedRows)
    let hasChanged = read.exists !== state?.exists
    for (const [key, trackedRow] of read.trackedRows) {
      const current = previousRows?.get(key)
      if (current === undefined || current.revision < trackedRow.revision) hasChanged = true
      else if (current.revision > trackedRow.revision || current.progress > trackedRow.progress)
        trackedRows.set(key, current)
    }
    const hasEnded = read.exists ? source.hasEnded(trackedRows) : read.hasEnded
    if (hasChanged || state === null) {
      setState({ exists: read.exists, hasEnded, trackedRows })
    } else if (hasEnded !== state.hasEnded) {
      // Nothing new to show, only that it was the last.
      state = { ...state, hasEnded }
      for (const listener of [...listeners]) listener(id, { liveEvent: null, coalesce: false, hasEnded })
    }
  }

  const reread = async (): Promise<TopicState | null> => {
    const read = (await source.readStates([id])).get(id) ?? null
    mergeRead(read)
    return read
  }

  const apply = async (message: unknown): Promise<void> => {
    // Nobody waits any more for what is gone.
    if (state === null || state === absentState) return
    const parsed = source.parse(message)
    if (parsed === null || !state.exists) return void (await reread())
    const trackedRows = new Map(state.trackedRows)
    let [hasNewer, isStatusChange] = [false, false]
    for (const { id: key, trackedRow } of parsed) {
      const current = trackedRows.get(key)
      // Delayed or repeated: what is shown never goes back.
      if (current !== undefined && trackedRow.revision < current.revision) continue
      if (current?.revision === trackedRow.revision && trackedRow.progress <= current.progress) continue
      hasNewer = true
      isStatusChange ||= current?.revision !== trackedRow.revision
      trackedRows.set(key, trackedRow)
    }
    if (!hasNewer) return
    if (!isStatusChange) {
      state = { ...state, trackedRows }
      return emit(true)
    }
    setState({ ...state, trackedRows, hasEnded: false })
    // The end is believed only when the database knows of nothing more to come.
    if (source.hasEnded(trackedRows)) await reread()
  }

  // One after the other: a step begins with what the ones before it have left. A reading therefore knows at least what
  // messages said before it.
  let chain: Promise<unknown> = Promise.resolve()
  const enqueue = <Result>(step: () => Promise<Result> | Result): Promise<Result> => {
    const result = chain.then(step)
    chain = result.catch(() => undefined)
    return result
  }

  const enqueueQuietly = (step: () => Promise<void> | void): void => {
    enqueue(() => (closed ? undefined : step())).catch((error: unknown) => {
      // The next reading heals it.
      log.warn({ err: error, id }, 'News for followers could not be applied.')
    })
  }

  // Subscribe first, then read: what is committed in between arrives as a message, and waits in the chain.
  const subscription = pubsub.subscribe(source.channel(id), (message) => enqueueQuietly(() => apply(message)))
  // Whoever waits for it learns of a failure by `refresh`, and leaves.
  subscription.catch(() => undefined)

  let pendingRead: Promise<TopicState | null> | null = null

  const close = (): void => {
    closed = true
    onClose()
    subscription.then((unsubscribe) => unsubscribe()).catch(() => undefined)
  }

  return {
    id,
    currentUpdate,
    version: () => version,

    addListener(listener) {
      listeners.add(listener)
      return () => {
        if (listeners.delete(listener) && listeners.size === 0) close()
      }
    },

    refresh() {
      pendingRead ??= enqueue(async () => {
        // From here on it is too late to join this reading.
        pendingRead = null
        await subscription
        rowMemo = createMemo()
        return reread()
      })
      return pendingRead
    },

    reconcile(read, asOf) {
      // Something has changed since the reading began: it may be older than what is known.
      enqueueQuietly(async () => {
        if (state === null) return
        if (asOf === version) mergeRead(read)
        else await reread()
      })
    },
  }
}

import { NotFoundError } from '../kernel/errors.ts'
import type { Logger, PubSub } from '../kernel/ports.ts'
import { createMemo } from './memo.ts'
import { applySnapshot } from './snapshot.ts'
import type { LiveSource, TopicState } from './source.ts'

/** One event: all subscribers receive the same object, so that each distinct projection is loaded once. */
export interface LiveEvent<Row> {
  id: string
  /** Rejects with NotFoundError if the row no longer exists. */
  read(projection: object): Promise<Row>
}

interface Update<Row> {
  liveEvent: LiveEvent<Row> | null
  /** A newer update of the same topic may replace this one while it waits: only the newest progress matters. */
  coalesce: boolean
  hasEnded: boolean
}

export type Listener<Row> = (id: string, update: Update<Row>) => void

/** One object that has subscribers in this process; shared by them. */
export interface Topic<Row> {
  id: string
  /** Returns a function that removes the listener. The topic closes when its last listener is removed. */
  addListener(listener: Listener<Row>): () => void
  /**
   * Starts a read of the state after the call; calls made before it begins share it. Null if the row neither exists nor is
   * expected.
   */
  refresh(readState?: () => Promise<TopicState | null>): Promise<TopicState | null>
  /** Settles when the topic receives messages: a state that is read later misses no change. */
  subscription: Promise<unknown>
  currentUpdate(load?: LiveSource<Row>['load']): Update<Row>
  /** Counts the changes, progress excluded. */
  version(): number
  /** Applies a state that was read from the database when the topic had this version. */
  reconcile(read: TopicState | null, version: number): void
}

interface TopicOptions {
  pubsub: PubSub
  log: Logger
  onClose(): void
}

const absentState: TopicState = { exists: false, hasEnded: true, trackedRows: new Map() }

export const createTopic = <Row>(id: string, source: LiveSource<Row>, options: TopicOptions): Topic<Row> => {
  const { pubsub, log, onClose } = options
  const listeners = new Set<Listener<Row>>()
  let state: TopicState | null = null
  let version = 0
  /** Rows loaded for events: renewed with each change of status, shared by the progress events after it. */
  let rowMemo = createMemo<Row | null>()
  let isClosed = false

  const currentUpdate = (load: LiveSource<Row>['load'] = source.load): Update<Row> => {
    const { exists = false, hasEnded = true, trackedRows = new Map() } = state ?? absentState
    const [loadOnce, applyOnce] = [rowMemo, createMemo<Row>()]
    const read = (projection: object): Promise<Row> => {
      const key = JSON.stringify(projection)
      return applyOnce(key, async () => {
        const row = await loadOnce(key, () => load(id, projection))
        if (row === null) throw new NotFoundError('This object no longer exists.')
        return applySnapshot(row, trackedRows, source.snapshotRules)
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

  /** Applies what a read of the database returned and no message has told. */
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
      // There is nothing new to show: only tell the listeners whether more can follow.
      state = { ...state, hasEnded }
      for (const listener of [...listeners]) listener(id, { liveEvent: null, coalesce: false, hasEnded })
    }
  }

  const readOwnState = async () => (await source.readStates([id])).get(id) ?? null

  const reread = async (readState = readOwnState): Promise<TopicState | null> => {
    const read = await readState()
    mergeRead(read)
    return read
  }

  const apply = async (message: unknown): Promise<void> => {
    // Ignore messages about an object that has no state yet or no longer exists.
    if (state === null || state === absentState) return
    const parsed = source.parse(message)
    if (parsed === null || !state.exists) return void (await reread())
    const trackedRows = new Map(state.trackedRows)
    let [hasNewer, isStatusChange] = [false, false]
    for (const { id: key, trackedRow } of parsed) {
      const current = trackedRows.get(key)
      // Skip delayed and repeated messages: events never show an older state again.
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
    // End only if the database has no further work either, such as an upload that will replace the media.
    if (source.hasEnded(trackedRows)) await reread()
  }

  // Steps run one after the other, each from the state that the previous one left. A read therefore includes at least
  // everything that the messages before it told.
  let chain: Promise<unknown> = Promise.resolve()
  const enqueue = <Result>(step: () => Promise<Result> | Result): Promise<Result> => {
    const result = chain.then(step)
    chain = result.catch(() => undefined)
    return result
  }

  const enqueueQuietly = (step: () => Promise<void> | void): void => {
    enqueue(() => (isClosed ? undefined : step())).catch((error: unknown) => {
      log.warn(
        { err: error, id },
        'Failed to apply an update to a live subscription; the next periodic read corrects it.',
      )
    })
  }

  // Subscribe first, then read: a change committed in between arrives as a message and waits in the chain.
  const subscription = pubsub.subscribe(source.channel(id), (message) => enqueueQuietly(() => apply(message)))
  // Callers learn of a failure through `refresh`, and remove their listeners.
  subscription.catch(() => undefined)

  let pendingRead: Promise<TopicState | null> | null = null

  const close = (): void => {
    isClosed = true
    onClose()
    subscription.then((unsubscribe) => unsubscribe()).catch(() => undefined)
  }

  return {
    id,
    subscription,
    currentUpdate,
    version: () => version,

    addListener(listener) {
      listeners.add(listener)
      return () => {
        if (listeners.delete(listener) && listeners.size === 0) close()
      }
    },

    refresh(readState) {
      pendingRead ??= enqueue(async () => {
        // Calls from here on are too late to share this read.
        pendingRead = null
        await subscription
        rowMemo = createMemo()
        return reread(readState)
      })
      return pendingRead
    },

    reconcile(read, versionAtRead) {
      enqueueQuietly(async () => {
        if (state === null) return
        // After a change since the read began, the result may be older than our state: read again.
        if (versionAtRead === version) mergeRead(read)
        else await reread()
      })
    },
  }
}

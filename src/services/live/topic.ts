import { NotFoundError } from '../kernel/errors.ts'
import type { Log, PubSub } from '../kernel/ports.ts'
import { overlay } from './snapshot.ts'
import type { Source, State } from './source.ts'

/** One event: the same object for every follower, so that each distinct projection is loaded once. */
export interface Change<Row> {
  id: string
  /** Rejects with NotFoundError where it has gone since. */
  read(projection: object): Promise<Row>
}

export interface Notice<Row> {
  change: Change<Row> | null
  /** While it waits, a newer one of the same thing may take its place: only the newest percent matters. */
  coalesce: boolean
  ended: boolean
}

export type Listener<Row> = (id: string, notice: Notice<Row>) => void

/** One thing that is followed, while somebody follows it. */
export interface Topic<Row> {
  id: string
  /** Returns how to leave; when the last one has left, the topic closes. */
  join(listener: Listener<Row>): () => void
  /** Reads the state, not before now; those who ask at the same time share a reading. Null: there is no such thing. */
  refresh(): Promise<State | null>
  present(): Notice<Row>
  /** Counts what has changed, percent aside. */
  version(): number
  /** Takes over a reading that was begun at that version. */
  reconcile(read: State | null, version: number): void
}

interface TopicOptions {
  pubsub: PubSub
  log: Log
  onClose(): void
}

/** Whatever is asked for twice is done once; what failed is tried again. */
const createMemo = <Value>() => {
  const known = new Map<string, Promise<Value>>()
  return (key: string, make: () => Promise<Value>): Promise<Value> => {
    const made =
      known.get(key) ??
      make().catch((error: unknown) => {
        known.delete(key)
        throw error
      })
    known.set(key, made)
    return made
  }
}

const gone: State = { present: false, ended: true, parts: new Map() }

export const openTopic = <Row>(id: string, source: Source<Row>, options: TopicOptions): Topic<Row> => {
  const { pubsub, log, onClose } = options
  const listeners = new Set<Listener<Row>>()
  let state: State | null = null
  let version = 0
  /** What is loaded for events: new after each change of status, shared by the percents that follow. */
  let loaded = createMemo<Row | null>()
  let closed = false

  const present = (): Notice<Row> => {
    const { present = false, ended = true, parts = new Map() } = state ?? gone
    const [load, show] = [loaded, createMemo<Row>()]
    const read = (projection: object): Promise<Row> => {
      const key = JSON.stringify(projection)
      return show(key, async () => {
        const row = await load(key, () => source.load(id, projection))
        if (row === null) throw new NotFoundError('What was followed is no longer there.')
        return overlay(row, parts, source.partLists)
      })
    }
    return { change: present ? { id, read } : null, coalesce: false, ended }
  }

  const emit = (coalesce: boolean): void => {
    const notice = { ...present(), coalesce }
    for (const listener of [...listeners]) listener(id, notice)
  }

  const become = (next: State): void => {
    state = next
    version += 1
    loaded = createMemo()
    emit(false)
  }

  /** Takes over what the database knows and messages have not said. */
  const absorb = (read: State | null): void => {
    if (read === null) {
      if (state !== null && state !== gone) become(gone)
      return
    }
    const known = state?.parts
    const parts = new Map(read.parts)
    let changed = read.present !== state?.present
    for (const [key, part] of read.parts) {
      const mine = known?.get(key)
      if (mine === undefined || mine.revision < part.revision) changed = true
      else if (mine.revision > part.revision || mine.live > part.live) parts.set(key, mine)
    }
    const ended = read.present ? source.ended(parts) : read.ended
    if (changed || state === null) {
      become({ present: read.present, ended, parts })
    } else if (ended !== state.ended) {
      // Nothing new to show, only that it was the last.
      state = { ...state, ended }
      for (const listener of [...listeners]) listener(id, { change: null, coalesce: false, ended })
    }
  }

  const reread = async (): Promise<State | null> => {
    const read = (await source.states([id])).get(id) ?? null
    absorb(read)
    return read
  }

  const apply = async (message: unknown): Promise<void> => {
    // Nobody waits any more for what is gone.
    if (state === null || state === gone) return
    const parsed = source.parse(message)
    if (parsed === null || !state.present) return void (await reread())
    const parts = new Map(state.parts)
    let [news, isStatus] = [false, false]
    for (const { id: key, part } of parsed) {
      const known = parts.get(key)
      // Delayed or repeated: what is shown never goes back.
      if (known !== undefined && part.revision < known.revision) continue
      if (known?.revision === part.revision && part.live <= known.live) continue
      news = true
      isStatus ||= known?.revision !== part.revision
      parts.set(key, part)
    }
    if (!news) return
    if (!isStatus) {
      state = { ...state, parts }
      return emit(true)
    }
    become({ ...state, parts, ended: false })
    // The end is believed only when the database knows of nothing more to come.
    if (source.ended(parts)) await reread()
  }

  // One after the other: a step begins with what the ones before it have left. A reading therefore knows at least what
  // messages said before it.
  let chain: Promise<unknown> = Promise.resolve()
  const enqueue = <Result>(step: () => Promise<Result> | Result): Promise<Result> => {
    const done = chain.then(step)
    chain = done.catch(() => undefined)
    return done
  }

  const enqueueQuietly = (step: () => Promise<void> | void): void => {
    enqueue(() => (closed ? undefined : step())).catch((error: unknown) => {
      // The next reading heals it.
      log.warn({ err: error, id }, 'News for followers could not be applied.')
    })
  }

  // Subscribe first, then read: what is committed in between arrives as a message, and waits in the chain.
  const subscribed = pubsub.subscribe(source.channel(id), (message) => enqueueQuietly(() => apply(message)))
  // Whoever waits for it learns of a failure by `refresh`, and leaves.
  subscribed.catch(() => undefined)

  let reading: Promise<State | null> | null = null

  const close = (): void => {
    closed = true
    onClose()
    subscribed.then((unsubscribe) => unsubscribe()).catch(() => undefined)
  }

  return {
    id,
    present,
    version: () => version,

    join(listener) {
      listeners.add(listener)
      return () => {
        if (listeners.delete(listener) && listeners.size === 0) close()
      }
    },

    refresh() {
      reading ??= enqueue(async () => {
        // From here on it is too late to join this reading.
        reading = null
        await subscribed
        loaded = createMemo()
        return reread()
      })
      return reading
    },

    reconcile(read, asOf) {
      // Something has changed since the reading began: it may be older than what is known.
      enqueueQuietly(async () => {
        if (state === null) return
        if (asOf === version) absorb(read)
        else await reread()
      })
    },
  }
}

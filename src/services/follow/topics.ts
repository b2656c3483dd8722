import { NotFoundError } from '../errors.ts'
import type { Log, PubSub } from '../ports.ts'
import { createInbox } from './inbox.ts'
import { overlay, type Part, type Parts } from './overlay.ts'

/** What the database says of the thing that is followed. */
export interface State {
  /** There is something to show. */
  present: boolean
  /** Nothing will change any more; if it is not present, it never will be. */
  ended: boolean
  parts: Parts
}

/** How one kind of thing is followed. */
export interface Source<Row> {
  channel(id: string): string
  /** One statement for all of them; every id has an answer, null for what neither is nor will be. */
  states(ids: readonly string[]): Promise<Map<string, State | null>>
  /** Null where the message says only that something is worth reading again. */
  parse(message: unknown): { id: string; part: Part } | null
  /** Decides from the parts alone whether all work has ended. */
  ended(parts: Parts): boolean
  revisionOf(row: object): number
  load(id: string, projection: object): Promise<Row | null>
}

/** One event: the same object for every follower, so that each distinct projection is loaded once. */
export interface Change<Row> {
  id: string
  /** Rejects with NotFoundError where it has gone since. */
  read(projection: object): Promise<Row>
}

export interface Topics<Row> {
  /** Ends when all have ended. Null where one of the ids leads nowhere. */
  follow(ids: readonly string[]): Promise<AsyncIterableIterator<Change<Row>> | null>
  close(): void
}

interface TopicsOptions {
  pubsub: PubSub
  log: Log
  /** How often followed things are read again: the floor under lost messages. */
  reconcileMs: number
}

interface Notice<Row> {
  change: Change<Row> | null
  /** While it waits, a newer one of the same thing may take its place: only the newest percent matters. */
  coalesce: boolean
  ended: boolean
}

type Listener<Row> = (notice: Notice<Row>) => void

interface Topic<Row> {
  id: string
  ready: Promise<State | null>
  join(listener: Listener<Row>): Notice<Row>
  leave(listener: Listener<Row>): void
  reconcile(state: State | null): void
}

/** How long a loaded row may be shown to newcomers. */
const freshMs = 1000

export const createTopics = <Row>(source: Source<Row>, { pubsub, log, reconcileMs }: TopicsOptions): Topics<Row> => {
  const topics = new Map<string, Topic<Row>>()

  const open = (id: string): Topic<Row> => {
    const listeners = new Set<Listener<Row>>()
    let state: State | null = null
    let rows = createRows()
    let unsubscribe = (): void => undefined
    let closed = false

    function createRows() {
      const loaded = new Map<string, Promise<Row | null>>()
      const since = Date.now()
      return {
        isFresh: () => Date.now() - since < freshMs,
        load: (projection: object, key: string): Promise<Row | null> => {
          const known = loaded.get(key) ?? source.load(id, projection)
          loaded.set(key, known)
          return known
        },
      }
    }

    const changeOf = (own: string | null): Change<Row> => {
      const [base, parts] = [rows, state?.parts ?? new Map()]
      const shown = new Map<string, Promise<Row>>()
      return {
        id,
        read(projection) {
          const key = JSON.stringify(projection)
          const known =
            shown.get(key) ??
            base.load(projection, key).then((row) => {
              if (row === null) throw new NotFoundError('What was followed is no longer there.')
              return overlay(row, parts, own, source.revisionOf)
            })
          shown.set(key, known)
          return known
        },
      }
    }

    const emit = (own: string | null, coalesce = false): void => {
      if (state === null) return
      const change = state.present ? changeOf(own) : null
      for (const listener of listeners) listener({ change, coalesce, ended: state.ended })
    }

    /** Takes over what the database knows and messages have not said. */
    const absorb = (read: State | null): void => {
      if (read === null) {
        // What was followed is gone, into the trash or for good.
        state = { present: false, ended: true, parts: new Map() }
        emit(null)
        return
      }
      const known = state?.parts
      const parts = new Map(read.parts)
      let changed = state === null || read.present !== state.present
      for (const [key, part] of read.parts) {
        const mine = known?.get(key)
        if (mine === undefined || mine.revision < part.revision) changed = true
        else if (mine.revision > part.revision || mine.live > part.live) parts.set(key, mine)
      }
      const ended = read.present ? source.ended(parts) : read.ended
      changed ||= ended !== state?.ended
      state = { present: read.present, ended, parts }
      if (!changed) return
      rows = createRows()
      emit(null)
    }

    const reread = async (): Promise<void> => absorb((await source.states([id])).get(id) ?? null)

    const apply = async (message: unknown): Promise<void> => {
      const parsed = source.parse(message)
      if (parsed === null || state === null || !state.present) return reread()
      const known = state.parts.get(parsed.id)
      if (known !== undefined && parsed.part.revision < known.revision) return
      if (known !== undefined && parsed.part.revision === known.revision && parsed.part.live <= known.live) return
      const onlyLive = known?.revision === parsed.part.revision
      const parts = new Map(state.parts).set(parsed.id, parsed.part)
      if (onlyLive) {
        state = { ...state, parts }
        return emit(null, true)
      }
      rows = createRows()
      state = { ...state, parts, ended: false }
      emit(parsed.id)
      // The end is believed only when the database knows of nothing more to come.
      if (source.ended(parts)) await reread()
    }

    // One after the other: a message is applied to what the ones before it have left.
    let chain: Promise<unknown> = Promise.resolve()
    const enqueue = (step: () => Promise<void> | void): void => {
      chain = chain
        .then(() => (closed ? undefined : step()))
        .catch((error: unknown) => {
          // The next reading heals it.
          log.warn({ err: error, id }, 'A message to followers could not be applied.')
        })
    }

    const start = async (): Promise<State | null> => {
      // Subscribe first, then read: what is committed in between arrives as a message.
      const early: unknown[] = []
      let receive = (message: unknown): void => void early.push(message)
      unsubscribe = await pubsub.subscribe(source.channel(id), (message) => receive(message))
      if (closed) unsubscribe()
      state = (await source.states([id])).get(id) ?? null
      receive = (message) => enqueue(() => apply(message))
      early.forEach(receive)
      return state
    }

    const close = (): void => {
      closed = true
      topics.delete(id)
      unsubscribe()
    }

    return {
      id,
      ready: start(),
      join(listener) {
        listeners.add(listener)
        if (!rows.isFresh()) rows = createRows()
        return { change: state?.present ? changeOf(null) : null, coalesce: false, ended: state?.ended ?? true }
      },
      leave(listener) {
        listeners.delete(listener)
        if (listeners.size === 0 && !closed) close()
      },
      reconcile: (read) => enqueue(() => absorb(read)),
    }
  }

  const topicOf = (id: string): Topic<Row> => {
    const topic = topics.get(id) ?? open(id)
    topics.set(id, topic)
    return topic
  }

  const reconcile = async (): Promise<void> => {
    if (topics.size === 0) return
    const states = await source.states([...topics.keys()])
    for (const [id, state] of states) topics.get(id)?.reconcile(state)
  }

  const reconcileSoon = (): void => {
    reconcile().catch((error: unknown) => log.warn({ err: error }, 'Followed things could not be read again.'))
  }

  const timer = setInterval(reconcileSoon, reconcileMs)
  timer.unref()
  const stopListening = pubsub.onRestored(reconcileSoon)

  return {
    async follow(ids) {
      const distinct = [...new Set(ids)]
      const open = new Set(distinct)
      const joined: (() => void)[] = []
      const inbox = createInbox<Change<Row>>(() => {
        for (const leave of joined) leave()
      })
      const take = (id: string, { change, coalesce, ended }: Notice<Row>): void => {
        if (!open.has(id)) return
        if (change !== null) inbox.push(change, coalesce ? id : null)
        if (!ended) return
        open.delete(id)
        if (open.size === 0) inbox.end()
      }
      // A topic is held from the start, so that it cannot be closed by another follower's leaving.
      const held = distinct.map((id) => {
        const topic = topicOf(id)
        const early: Notice<Row>[] = []
        let receive = (notice: Notice<Row>): void => void early.push(notice)
        const listener: Listener<Row> = (notice) => receive(notice)
        topic.join(listener)
        joined.push(() => topic.leave(listener))
        return {
          topic,
          begin: () => {
            // The present state contains what came while we waited.
            receive = (notice) => take(topic.id, notice)
            take(topic.id, topic.join(listener))
          },
        }
      })
      const states = await Promise.all(held.map(({ topic }) => topic.ready)).catch((error: unknown) => {
        inbox.end()
        throw error
      })
      if (states.includes(null)) {
        inbox.end()
        return null
      }
      for (const { begin } of held) begin()
      return inbox.iterator
    },
    close() {
      clearInterval(timer)
      stopListening()
    },
  }
}

import type { Log, PubSub } from '../kernel/ports.ts'
import type { ChainedEvent, Feed } from './feed.ts'
import { type EventFilter, isWanted } from './filter.ts'
import { logChannel } from './sequencer.ts'

/** Events that one process keeps for its followers, however many there are. */
const mostKept = 1000
/** Rows that a follower who has fallen behind reads at once. */
const pageSize = 100
/** Rows that the process itself reads at once. */
const readSize = 500

/** The newest events of the log, read once per process, while somebody follows. */
export interface Tail {
  /** Each wanted event after a position, once and in order; endless. */
  follow(after: number, filter: EventFilter): AsyncIterableIterator<ChainedEvent>
  /** Ends all that follow. */
  close(): void
}

interface TailOptions {
  feed: Feed
  pubsub: PubSub
  log: Log
  /** How often the log is looked at although nothing woke us: the floor under lost messages. */
  lookMs: number
}

/** All events after `begin` and up to `end`. */
interface Window {
  begin: number
  end: number
  events: ChainedEvent[]
}

interface Follower {
  wake(): void
  finish(): void
}

const everything: EventFilter = { actions: null, node: null }
const done: IteratorResult<ChainedEvent> = { done: true, value: undefined }

const extended = ({ begin, events }: Window, more: ChainedEvent[], end: number): Window => {
  const all = [...events, ...more]
  const dropped = all.at(-mostKept - 1)
  return { begin: dropped?.position ?? begin, end, events: all.slice(-mostKept) }
}

/** What a window holds after a position; null where it does not reach back that far. */
const within = (window: Window, after: number): ChainedEvent[] | null => {
  if (after < window.begin) return null
  const before = window.events.findLastIndex(({ position }) => position <= after)
  return window.events.slice(before + 1)
}

export const createTail = ({ feed, pubsub, log, lookMs }: TailOptions): Tail => {
  const followers = new Set<Follower>()
  let window: Window | null = null
  let stop: (() => void) | null = null
  let isReading = false
  let isStale = false

  const take = async (): Promise<void> => {
    const before = window
    const end = before?.end ?? (await feed.head())
    const read = await feed.read(end, everything, readSize)
    // All have left meanwhile: a window that nobody keeps up to date would be found by the next.
    if (stop === null) return
    // And others have come.
    if (window !== before) return look()
    if (before !== null && read.end === end) return
    window = extended(before ?? { begin: end, end, events: [] }, read.events, read.end)
    isStale ||= read.more
    for (const follower of [...followers]) follower.wake()
  }

  const takeAll = async (): Promise<void> => {
    while (isStale && stop !== null) {
      isStale = false
      await take()
    }
  }

  /** Reads what is new; what is asked for meanwhile is read right after. */
  const look = (): void => {
    isStale = true
    if (isReading) return
    isReading = true
    takeAll()
      .catch((error: unknown) => log.warn({ err: error }, 'The end of the log could not be read; it will be again.'))
      .finally(() => {
        isReading = false
        // Asked for after the last look and before this.
        if (isStale && stop !== null) look()
      })
  }

  const open = (): (() => void) => {
    const subscribed = pubsub.subscribe(logChannel, look)
    subscribed.catch((error: unknown) => log.warn({ err: error }, 'The log is followed without being woken.'))
    const timer = setInterval(look, lookMs)
    timer.unref()
    const stopListening = pubsub.onRestored(look)
    return () => {
      clearInterval(timer)
      stopListening()
      subscribed.then((unsubscribe) => unsubscribe()).catch(() => undefined) // told above
    }
  }

  const join = (follower: Follower): void => {
    followers.add(follower)
    stop ??= open()
    // It may know of rows that nobody has woken us for.
    look()
  }

  const leave = (follower: Follower): void => {
    if (!followers.delete(follower) || followers.size > 0) return
    stop?.()
    stop = null
    window = null
  }

  /** Pages by itself until the window holds what comes next. */
  const openStream = (after: number, filter: EventFilter) => {
    let position = after
    let page: ChainedEvent[] = []

    const nextOf = (known: ChainedEvent[], end: number): ChainedEvent | null => {
      const event = known.find((candidate) => isWanted(candidate, filter)) ?? null
      position = event?.position ?? Math.max(position, end)
      return event
    }

    return {
      clear: () => {
        page = []
      },
      /** Null: nothing for now. */
      async find(): Promise<ChainedEvent | null> {
        while (window !== null) {
          const waiting = page.shift()
          if (waiting !== undefined) {
            position = waiting.position
            return waiting
          }
          const known = within(window, position)
          if (known !== null) return nextOf(known, window.end)
          const read = await feed.read(position, filter, pageSize)
          page = read.events
          if (page.length > 0) continue
          // The chain ends before the window: somebody has cut it off.
          if (read.end <= position) return null
          position = read.end
        }
        return null
      },
    }
  }

  return {
    follow(after, filter) {
      const stream = openStream(after, filter)
      let woken = Promise.withResolvers<void>()
      let ended = false

      const step = async (): Promise<IteratorResult<ChainedEvent>> => {
        while (!ended) {
          // Before the look, so that what comes during it is not slept through.
          woken = Promise.withResolvers()
          const event = await stream.find()
          if (event !== null && !ended) return { done: false, value: event }
          if (!ended) await woken.promise
        }
        return done
      }

      const follower: Follower = {
        wake: () => woken.resolve(),
        finish() {
          ended = true
          stream.clear()
          leave(follower)
          woken.resolve()
        },
      }
      join(follower)

      // One after the other, also for whoever asks for several at once.
      let chain: Promise<unknown> = Promise.resolve()
      return {
        [Symbol.asyncIterator]() {
          return this
        },
        next() {
          const next = chain.then(step)
          chain = next.catch(follower.finish)
          return next
        },
        return() {
          follower.finish()
          return Promise.resolve(done)
        },
        throw(error: unknown) {
          follower.finish()
          return Promise.reject(error)
        },
      }
    },

    close() {
      for (const follower of [...followers]) follower.finish()
    },
  }
}

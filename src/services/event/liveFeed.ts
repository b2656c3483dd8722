import type { Logger, PubSub } from '../kernel/ports.ts'
import type { ChainedEvent, Feed } from './feed.ts'
import { type EventFilter, matchesFilter } from './filter.ts'
import { eventLogChannel } from './sequencer.ts'

/** Events that one process keeps for its followers, however many there are. */
const maxWindowEvents = 1000
/** Rows that a follower who has fallen behind reads at once. */
const catchUpBatchSize = 100
/** Rows that the process itself reads at once. */
const windowBatchSize = 500

/** The newest events of the log, read once per process, while somebody follows. */
export interface LiveFeed {
  /** Each wanted event after a position, once and in order; endless. */
  subscribe(after: number, filter: EventFilter): AsyncIterableIterator<ChainedEvent>
  /** Ends all that follow. */
  close(): void
}

interface LiveFeedOptions {
  feed: Feed
  pubsub: PubSub
  log: Logger
  /** How often the log is looked at although nothing woke us: the floor under lost messages. */
  pollIntervalMs: number
}

/** All events after `begin` and up to `end`. */
interface EventWindow {
  begin: number
  end: number
  events: ChainedEvent[]
}

interface Subscriber {
  wake(): void
  finish(): void
}

const matchAll: EventFilter = { actions: null, node: null }
const done: IteratorResult<ChainedEvent> = { done: true, value: undefined }

const extendWindow = ({ begin, events }: EventWindow, newEvents: ChainedEvent[], end: number): EventWindow => {
  const all = [...events, ...newEvents]
  const lastDropped = all.at(-maxWindowEvents - 1)
  return { begin: lastDropped?.position ?? begin, end, events: all.slice(-maxWindowEvents) }
}

/** What a window holds after a position; null where it does not reach back that far. */
const eventsAfter = (window: EventWindow, after: number): ChainedEvent[] | null => {
  if (after < window.begin) return null
  const lastSeenIndex = window.events.findLastIndex(({ position }) => position <= after)
  return window.events.slice(lastSeenIndex + 1)
}

export const createLiveFeed = ({ feed, pubsub, log, pollIntervalMs }: LiveFeedOptions): LiveFeed => {
  const subscribers = new Set<Subscriber>()
  let window: EventWindow | null = null
  let disconnect: (() => void) | null = null
  let isReading = false
  let isStale = false

  const readBatch = async (): Promise<void> => {
    const previous = window
    const end = previous?.end ?? (await feed.readLastPosition())
    const batch = await feed.read(end, matchAll, windowBatchSize)
    // All have left meanwhile: a window that nobody keeps up to date would be found by the next.
    if (disconnect === null) return
    // And others have come.
    if (window !== previous) return poll()
    if (previous !== null && batch.endPosition === end) return
    window = extendWindow(previous ?? { begin: end, end, events: [] }, batch.events, batch.endPosition)
    isStale ||= batch.hasMore
    for (const subscriber of [...subscribers]) subscriber.wake()
  }

  const readAll = async (): Promise<void> => {
    while (isStale && disconnect !== null) {
      isStale = false
      await readBatch()
    }
  }

  /** Reads what is new; what is asked for meanwhile is read right after. */
  const poll = (): void => {
    isStale = true
    if (isReading) return
    isReading = true
    readAll()
      .catch((error: unknown) => log.warn({ err: error }, 'The end of the log could not be read; it will be again.'))
      .finally(() => {
        isReading = false
        // Asked for after the last look and before this.
        if (isStale && disconnect !== null) poll()
      })
  }

  const connect = (): (() => void) => {
    const subscription = pubsub.subscribe(eventLogChannel, poll)
    subscription.catch((error: unknown) => log.warn({ err: error }, 'The log is followed without being woken.'))
    const timer = setInterval(poll, pollIntervalMs)
    timer.unref()
    const stopListening = pubsub.onReconnect(poll)
    return () => {
      clearInterval(timer)
      stopListening()
      subscription.then((unsubscribe) => unsubscribe()).catch(() => undefined) // told above
    }
  }

  const addSubscriber = (subscriber: Subscriber): void => {
    subscribers.add(subscriber)
    disconnect ??= connect()
    // It may know of rows that nobody has woken us for.
    poll()
  }

  const removeSubscriber = (subscriber: Subscriber): void => {
    if (!subscribers.delete(subscriber) || subscribers.size > 0) return
    disconnect?.()
    disconnect = null
    window = null
  }

  /** Pages by itself until the window holds what comes next. */
  const createStream = (after: number, filter: EventFilter) => {
    let position = after
    let page: ChainedEvent[] = []

    const advance = (events: ChainedEvent[], end: number): ChainedEvent | null => {
      const event = events.find((candidate) => matchesFilter(candidate, filter)) ?? null
      position = event?.position ?? Math.max(position, end)
      return event
    }

    return {
      clear: () => {
        page = []
      },
      /** Null: nothing for now. */
      async findNext(): Promise<ChainedEvent | null> {
        while (window !== null) {
          const nextEvent = page.shift()
          if (nextEvent !== undefined) {
            position = nextEvent.position
            return nextEvent
          }
          const events = eventsAfter(window, position)
          if (events !== null) return advance(events, window.end)
          const batch = await feed.read(position, filter, catchUpBatchSize)
          page = batch.events
          if (page.length > 0) continue
          // The chain ends before the window: somebody has cut it off.
          if (batch.endPosition <= position) return null
          position = batch.endPosition
        }
        return null
      },
    }
  }

  return {
    subscribe(after, filter) {
      const stream = createStream(after, filter)
      let wakeSignal = Promise.withResolvers<void>()
      let isEnded = false

      const step = async (): Promise<IteratorResult<ChainedEvent>> => {
        while (!isEnded) {
          // Before the look, so that what comes during it is not slept through.
          wakeSignal = Promise.withResolvers()
          const event = await stream.findNext()
          if (event !== null && !isEnded) return { done: false, value: event }
          if (!isEnded) await wakeSignal.promise
        }
        return done
      }

      const subscriber: Subscriber = {
        wake: () => wakeSignal.resolve(),
        finish() {
          isEnded = true
          stream.clear()
          removeSubscriber(subscriber)
          wakeSignal.resolve()
        },
      }
      addSubscriber(subscriber)

      // One after the other, also for whoever asks for several at once.
      let chain: Promise<unknown> = Promise.resolve()
      return {
        [Symbol.asyncIterator]() {
          return this
        },
        next() {
          const next = chain.then(step)
          chain = next.catch(subscriber.finish)
          return next
        },
        return() {
          subscriber.finish()
          return Promise.resolve(done)
        },
        throw(error: unknown) {
          subscriber.finish()
          return Promise.reject(error)
        },
      }
    },

    close() {
      for (const subscriber of [...subscribers]) subscriber.finish()
    },
  }
}

import type { Logger, PubSub } from '../kernel/ports.ts'
import type { ChainedEvent, Feed } from './feed.ts'
import { type EventFilter, matchesFilter } from './filter.ts'
import { eventLogChannel } from './sequencer.ts'

/** Maximum number of events that one process keeps for its subscribers, however many there are. */
const maxWindowEvents = 1000
/** Number of rows that one read returns to a subscriber that has fallen behind. */
const catchUpBatchSize = 100
/** Number of rows that one read adds to the window. */
const windowBatchSize = 500

/** The newest events of the log, read once per process while it has subscribers. */
export interface LiveFeed {
  /** Streams the matching events after a position. Delivers each once and in order; never ends. */
  subscribe(after: number, filter: EventFilter): AsyncIterableIterator<ChainedEvent>
  /** Ends all subscriptions. */
  close(): void
}

interface LiveFeedOptions {
  feed: Feed
  pubsub: PubSub
  log: Logger
  /** Interval at which the log is read without a notification, so that a lost message only delays delivery. */
  pollIntervalMs: number
}

/** All events after the position `begin`, up to and including the position `end`. */
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

/** Returns the events of a window after a position; null if the window begins later. */
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
    // All subscribers left during the read: do not leave the next one a window that was no longer kept up to date.
    if (disconnect === null) return
    // All left and others arrived during the read: read again for the new window.
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

  /** Reads the new events. A call during a read causes another read right after it. */
  const poll = (): void => {
    isStale = true
    if (isReading) return
    isReading = true
    readAll()
      .catch((error: unknown) =>
        log.warn({ err: error }, 'Failed to read the end of the log; retrying at the next poll.'),
      )
      .finally(() => {
        isReading = false
        // A call arrived after the last check and before `isReading` was reset.
        if (isStale && disconnect !== null) poll()
      })
  }

  const connect = (): (() => void) => {
    const subscription = pubsub.subscribe(eventLogChannel, poll)
    subscription.catch((error: unknown) =>
      log.warn({ err: error }, 'Failed to subscribe to log notifications; polling only.'),
    )
    const timer = setInterval(poll, pollIntervalMs)
    timer.unref()
    const stopListening = pubsub.onReconnect(poll)
    return () => {
      clearInterval(timer)
      stopListening()
      subscription.then((unsubscribe) => unsubscribe()).catch(() => undefined) // logged above
    }
  }

  const addSubscriber = (subscriber: Subscriber): void => {
    subscribers.add(subscriber)
    disconnect ??= connect()
    // The new subscriber's cursor may be ahead of our window: its rows exist, but no notification has arrived yet.
    poll()
  }

  const removeSubscriber = (subscriber: Subscriber): void => {
    if (!subscribers.delete(subscriber) || subscribers.size > 0) return
    disconnect?.()
    disconnect = null
    window = null
  }

  /** Reads pages of its own until the window contains the next position. */
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
      /** Returns null if there is no further event yet. */
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
          // The chain ends before the window: its end was cut off in the database.
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
          // Renew the signal before the search, so that a wake-up during the search is not lost.
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

      // Run the calls of `next` one after the other, also if a client makes several at once.
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

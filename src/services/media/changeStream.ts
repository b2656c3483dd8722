import { UnavailableError } from '../kernel/errors.ts'
import type { LibraryChange } from './changeEvent.ts'

/** Maximum number of events that wait for one subscriber; other subscribers share them. */
const maxWaitingEvents = 300

type Event = readonly LibraryChange[]
type Reader = PromiseWithResolvers<IteratorResult<Event>>

/** Events of one subscriber. */
export interface ChangeStream {
  /** Adds an event. A stream that is not read fails instead, so that the client lists its media again. */
  push(event: Event): void
  /** Ends the stream with an error. */
  fail(error: Error): void
  end(): void
  iterator: AsyncIterableIterator<Event>
}

const done: IteratorResult<Event> = { done: true, value: undefined }

const laggingError = () =>
  new UnavailableError(
    'This subscription was read too slowly, and changes were dropped. Subscribe again, then list the media again.',
    1,
  )

/** Creates a stream that calls `release` once, when it ends. */
export const createChangeStream = (release: () => void): ChangeStream => {
  let waiting: Event[] = []
  let readers: Reader[] = []
  let failure: Error | null = null
  let isEnded = false

  const end = (): void => {
    if (isEnded) return
    isEnded = true
    waiting = []
    for (const reader of readers) reader.resolve(done)
    readers = []
    release()
  }

  const fail = (error: Error): void => {
    if (isEnded) return
    const reader = readers.shift()
    if (reader === undefined) failure = error
    else reader.reject(error)
    end()
  }

  const next = (): Promise<IteratorResult<Event>> => {
    const event = waiting.shift()
    if (event !== undefined) return Promise.resolve({ done: false, value: event })
    if (failure !== null) {
      const error = failure
      failure = null
      return Promise.reject(error)
    }
    if (isEnded) return Promise.resolve(done)
    const reader: Reader = Promise.withResolvers()
    readers.push(reader)
    return reader.promise
  }

  return {
    push(event) {
      if (isEnded) return
      const reader = readers.shift()
      if (reader !== undefined) return reader.resolve({ done: false, value: event })
      waiting.push(event)
      if (waiting.length > maxWaitingEvents) fail(laggingError())
    },
    fail,
    end,
    iterator: {
      [Symbol.asyncIterator]() {
        return this
      },
      next,
      return() {
        end()
        return Promise.resolve(done)
      },
      throw(error: unknown) {
        end()
        return Promise.reject(error)
      },
    },
  }
}

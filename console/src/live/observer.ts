import type { TypedDocumentString } from '../api/generated/documents.ts'
import type { Sockets } from './sockets.ts'

export interface Observer {
  /**
   * Follows a subscription and calls `onEvents` with everything that arrived since the last call, at most every 100 ms.
   * `onGap` is called after a time in which events may have been missed. Returns a function that stops.
   */
  follow<Data, Variables extends Record<string, unknown>>(topic: Topic<Data, Variables>): () => void
}

export interface Topic<Data, Variables> {
  document: TypedDocumentString<Data, Variables>
  variables: Variables
  onEvents(events: Data[]): void
  /** Called when the subscription runs again after its connection was lost, or after the server had ended it by an error. */
  onGap?(): void
  onComplete?(): void
}

const flushIntervalMs = 100

/** Pause after the first refusal of a subscription; it doubles up to the maximum. */
const minRetryMs = 2000
const maxRetryMs = 60_000

/** Creates the observer of live events: it collects them, so that the screen is drawn at most ten times a second. */
export const createObserver = (sockets: Sockets): Observer => {
  const pending = new Map<object, () => void>()
  let timer: ReturnType<typeof setTimeout> | null = null
  let lastFlush = Number.NEGATIVE_INFINITY

  const flush = (): void => {
    timer = null
    lastFlush = performance.now()
    const deliveries = [...pending.values()]
    pending.clear()
    for (const deliver of deliveries) deliver()
  }

  const schedule = (topic: object, deliver: () => void): void => {
    pending.set(topic, deliver)
    if (timer !== null) return
    timer = setTimeout(flush, Math.max(0, lastFlush + flushIntervalMs - performance.now()))
  }

  return {
    follow(topic) {
      let events: Parameters<typeof topic.onEvents>[0] = []
      const deliver = (): void => {
        const delivered = events
        events = []
        if (delivered.length > 0) topic.onEvents(delivered)
      }
      let refusals = 0
      let retryTimer: ReturnType<typeof setTimeout> | undefined
      let unsubscribe = (): void => undefined
      const subscribe = (): void => {
        unsubscribe = sockets.subscribe(topic.document, topic.variables, {
          next(data) {
            refusals = 0
            events.push(data)
            schedule(topic, deliver)
          },
          // For example because the caller has too many, or is signed out.
          fail() {
            clearTimeout(retryTimer)
            unsubscribe()
            const retryMs = Math.min(maxRetryMs, minRetryMs * 2 ** refusals)
            refusals += 1
            retryTimer = setTimeout(resubscribe, retryMs)
          },
          complete() {
            deliver()
            topic.onComplete?.()
          },
        })
      }
      const resubscribe = (): void => {
        subscribe()
        topic.onGap?.()
      }
      subscribe()
      const forget = sockets.onRestored(() => topic.onGap?.())
      return () => {
        clearTimeout(retryTimer)
        pending.delete(topic)
        forget()
        unsubscribe()
      }
    },
  }
}

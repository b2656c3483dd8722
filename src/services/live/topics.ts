import type { Logger, PubSub } from '../kernel/ports.ts'
import { createEventBuffer } from './eventBuffer.ts'
import { createGroupLoad } from './groupLoad.ts'
import type { LiveSource } from './source.ts'
import { createTopic, type Listener, type LiveEvent, type Topic } from './topic.ts'

export interface Topics<Row> {
  /** Streams the events of all ids until all have ended. Null if one of them neither exists nor is expected. */
  subscribe(ids: readonly string[]): Promise<AsyncIterableIterator<LiveEvent<Row>> | null>
  /**
   * Passes the current states of objects to a listener, then every update. Resolves to functions that remove the listener, for
   * each object that exists or is expected. The states are read together, and so are the rows of the first updates.
   */
  listen(ids: readonly string[], listener: Listener<Row>): Promise<ReadonlyMap<string, () => void>>
  close(): void
}

export interface TopicsOptions {
  pubsub: PubSub
  log: Logger
  /** Interval at which open topics are read again, so that a lost message only delays an event. */
  reconcileIntervalMs: number
}

/** Creates the live subscriptions of one type in this process: one topic per object, shared by its subscribers. */
export const createTopics = <Row>(
  source: LiveSource<Row>,
  { pubsub, log, reconcileIntervalMs }: TopicsOptions,
): Topics<Row> => {
  const topics = new Map<string, Topic<Row>>()

  const getTopic = (id: string): Topic<Row> => {
    const existing = topics.get(id)
    if (existing !== undefined) return existing
    const topic = createTopic(id, source, { pubsub, log, onClose: () => topics.delete(id) })
    topics.set(id, topic)
    return topic
  }

  const reconcile = async (): Promise<void> => {
    const openTopics = [...topics.values()].map((topic) => ({ topic, version: topic.version() }))
    if (openTopics.length === 0) return
    const states = await source.readStates(openTopics.map(({ topic }) => topic.id))
    for (const { topic, version } of openTopics) topic.reconcile(states.get(topic.id) ?? null, version)
  }

  const reconcileInBackground = (): void => {
    reconcile().catch((error: unknown) =>
      log.warn({ err: error }, 'Failed to reconcile live subscriptions; retrying at the next interval.'),
    )
  }

  const timer = setInterval(reconcileInBackground, reconcileIntervalMs)
  timer.unref()
  const stopListening = pubsub.onReconnect(reconcileInBackground)

  return {
    async subscribe(ids) {
      const pendingIds = new Set(ids)
      const unsubscribers: (() => void)[] = []
      const buffer = createEventBuffer<LiveEvent<Row>>(() => {
        for (const unsubscribe of unsubscribers) unsubscribe()
      })
      let isStarted = false
      const onUpdate: Listener<Row> = (id, { liveEvent, coalesce, hasEnded }) => {
        // Deliver nothing until all states are read: the current state includes every change until then.
        if (!isStarted || !pendingIds.has(id)) return
        if (liveEvent !== null) buffer.push(liveEvent, coalesce ? id : null)
        if (!hasEnded) return
        pendingIds.delete(id)
        if (pendingIds.size === 0) buffer.end()
      }
      // Listen from the start, so that the topic does not close when another subscriber leaves.
      const subscribedTopics = [...pendingIds].map((id) => {
        const topic = getTopic(id)
        unsubscribers.push(topic.addListener(onUpdate))
        return topic
      })
      const states = await Promise.all(subscribedTopics.map((topic) => topic.refresh())).catch((error: unknown) => {
        buffer.end()
        throw error
      })
      if (states.includes(null)) {
        buffer.end()
        return null
      }
      isStarted = true
      for (const topic of subscribedTopics) onUpdate(topic.id, topic.currentUpdate())
      return buffer.iterator
    },
    async listen(ids, listener) {
      let isStarted = false
      const removers = new Map<string, () => void>()
      const listenedTopics = ids.map((id) => {
        const topic = getTopic(id)
        const onUpdate: Listener<Row> = (...update) => {
          if (isStarted) listener(...update)
        }
        removers.set(id, topic.addListener(onUpdate))
        return topic
      })
      const reading = Promise.all(listenedTopics.map(({ subscription }) => subscription)).then(() =>
        source.readStates(ids),
      )
      const refresh = (topic: Topic<Row>) => topic.refresh(async () => (await reading).get(topic.id) ?? null)
      const states = await Promise.all(listenedTopics.map(refresh)).catch((error: unknown) => {
        for (const remove of removers.values()) remove()
        throw error
      })
      isStarted = true
      const load = createGroupLoad(source, ids)
      for (const [index, topic] of listenedTopics.entries()) {
        if (states[index] !== null) listener(topic.id, topic.currentUpdate(load))
        else {
          removers.get(topic.id)?.()
          removers.delete(topic.id)
        }
      }
      return removers
    },
    close() {
      clearInterval(timer)
      stopListening()
    },
  }
}

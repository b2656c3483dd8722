import type { Log, PubSub } from '../kernel/ports.ts'
import { createInbox } from './eventBuffer.ts'
import type { Source } from './source.ts'
import { type Change, type Listener, openTopic, type Topic } from './topic.ts'

export interface Topics<Row> {
  /** Ends when all have ended. Null where one of the ids leads nowhere. */
  follow(ids: readonly string[]): Promise<AsyncIterableIterator<Change<Row>> | null>
  close(): void
}

export interface TopicsOptions {
  pubsub: PubSub
  log: Log
  /** How often followed things are read again: the floor under lost messages. */
  reconcileMs: number
}

/** Everything that is followed in this process: one topic per thing, shared by its followers. */
export const createTopics = <Row>(source: Source<Row>, { pubsub, log, reconcileMs }: TopicsOptions): Topics<Row> => {
  const topics = new Map<string, Topic<Row>>()

  const topicOf = (id: string): Topic<Row> => {
    const known = topics.get(id)
    if (known !== undefined) return known
    const topic = openTopic(id, source, { pubsub, log, onClose: () => topics.delete(id) })
    topics.set(id, topic)
    return topic
  }

  const reconcile = async (): Promise<void> => {
    const held = [...topics.values()].map((topic) => ({ topic, version: topic.version() }))
    if (held.length === 0) return
    const states = await source.states(held.map(({ topic }) => topic.id))
    for (const { topic, version } of held) topic.reconcile(states.get(topic.id) ?? null, version)
  }

  const reconcileSoon = (): void => {
    reconcile().catch((error: unknown) => log.warn({ err: error }, 'Followed things could not be read again.'))
  }

  const timer = setInterval(reconcileSoon, reconcileMs)
  timer.unref()
  const stopListening = pubsub.onRestored(reconcileSoon)

  return {
    async follow(ids) {
      const open = new Set(ids)
      const leaves: (() => void)[] = []
      const inbox = createInbox<Change<Row>>(() => {
        for (const leave of leaves) leave()
      })
      let begun = false
      const take: Listener<Row> = (id, { change, coalesce, ended }) => {
        // Until all are known nothing is shown: the present state contains what came while we waited.
        if (!begun || !open.has(id)) return
        if (change !== null) inbox.push(change, coalesce ? id : null)
        if (!ended) return
        open.delete(id)
        if (open.size === 0) inbox.end()
      }
      // A topic is held from the start, so that it cannot be closed by another follower's leaving.
      const held = [...open].map((id) => {
        const topic = topicOf(id)
        leaves.push(topic.join(take))
        return topic
      })
      const states = await Promise.all(held.map((topic) => topic.refresh())).catch((error: unknown) => {
        inbox.end()
        throw error
      })
      if (states.includes(null)) {
        inbox.end()
        return null
      }
      begun = true
      for (const topic of held) take(topic.id, topic.present())
      return inbox.iterator
    },
    close() {
      clearInterval(timer)
      stopListening()
    },
  }
}

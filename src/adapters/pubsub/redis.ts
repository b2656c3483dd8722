import { RedisPubSub } from 'graphql-redis-subscriptions'
import { Redis } from 'ioredis'
import type { Log, PubSub } from '../../services/ports.ts'

interface RedisPubSubOptions {
  url: string
  log: Log
  /** How long a subscriber waits for Redis before it goes on without: it catches up when Redis is back. */
  patienceMs?: number
}

/** Between processes. Redis only wakes: while it is away, publishing is silent and subscribing does not hang. */
export const createRedisPubSub = ({ url, log, patienceMs = 1000 }: RedisPubSubOptions): PubSub => {
  const retry = { retryStrategy: (attempt: number) => Math.min(50 * 2 ** attempt, 2000) }
  // What cannot be published now is stale when Redis is back: nothing piles up.
  const publisher = new Redis(url, { ...retry, enableOfflineQueue: false, maxRetriesPerRequest: 0 })
  const subscriber = new Redis(url, { ...retry, maxRetriesPerRequest: null })
  const engine = new RedisPubSub({ publisher, subscriber })
  const restored = new Set<() => void>()
  let isAway = false
  let wasReady = false
  let closed: Promise<void> | null = null

  const onAway = (error: Error): void => {
    if (isAway) return
    isAway = true
    log.warn({ err: error }, 'Redis is away: subscribers are not woken until it is back.')
  }

  const onReady = async (): Promise<void> => {
    if (isAway) log.info({}, 'Redis is back.')
    isAway = false
    if (wasReady) {
      // Answered after the channels were subscribed again, since commands keep their order.
      await subscriber.ping()
      for (const listener of restored) listener()
    }
    wasReady = true
  }

  for (const connection of [publisher, subscriber]) connection.on('error', onAway)
  subscriber.on('ready', () => {
    onReady().catch(onAway)
  })

  return {
    publish(channel, message) {
      engine.publish(channel, message).catch(onAway)
    },

    async subscribe(channel, listener) {
      const subscribing = engine.subscribe(channel, listener)
      subscribing.catch(onAway)
      const patience = AbortSignal.timeout(patienceMs)
      await Promise.race([
        subscribing,
        new Promise((resolve) => patience.addEventListener('abort', resolve, { once: true })),
      ])
      let subscribed = true
      return () => {
        if (!subscribed) return
        subscribed = false
        subscribing.then((id) => engine.unsubscribe(id)).catch(onAway)
      }
    },

    onRestored(listener) {
      restored.add(listener)
      return () => restored.delete(listener)
    },

    close() {
      closed ??= Promise.all([publisher, subscriber].map((connection) => connection.disconnect())).then(() => undefined)
      return closed
    },
  }
}

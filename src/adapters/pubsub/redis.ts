import { setTimeout as wait } from 'node:timers/promises'
import { RedisPubSub } from 'graphql-redis-subscriptions'
import { Redis } from 'ioredis'
import type { Logger, PubSub } from '../../services/kernel/ports.ts'

interface RedisPubSubOptions {
  url: string
  log: Logger
  /** How long a subscriber waits for Redis before it goes on without: it catches up when Redis is back. */
  subscribeTimeoutMs?: number
}

const maxRetryDelayMs = 2000

/** Between processes. Redis only wakes: while it is away, publishing is silent and subscribing does not hang. */
export const createRedisPubSub = ({ url, log, subscribeTimeoutMs = 1000 }: RedisPubSubOptions): PubSub => {
  const retry = { retryStrategy: (attempt: number) => Math.min(50 * 2 ** attempt, maxRetryDelayMs) }
  // What cannot be published now is stale when Redis is back: nothing piles up.
  const publisher = new Redis(url, { ...retry, enableOfflineQueue: false, maxRetriesPerRequest: 0 })
  const subscriber = new Redis(url, { ...retry, maxRetriesPerRequest: null })
  const engine = new RedisPubSub({ publisher, subscriber })
  const restoredListeners = new Set<() => void>()
  let isUnavailable = false
  let wasReady = false
  let isClosed = false

  const onUnavailable = (error: Error): void => {
    if (isUnavailable || isClosed) return
    isUnavailable = true
    log.warn({ err: error }, 'Redis is away: subscribers are not woken until it is back.')
  }

  /** One listener's fault is neither the others' nor the connection's. */
  const callSafely = (call: () => void): void => {
    try {
      call()
    } catch (error) {
      log.error({ err: error }, 'A listener failed.')
    }
  }

  const onReady = async (): Promise<void> => {
    if (isUnavailable) log.info({}, 'Redis is back.')
    // Also the first time, if it was away at the start: followers went on without it.
    const mayHaveLostMessages = wasReady || isUnavailable
    isUnavailable = false
    if (mayHaveLostMessages) {
      // Answered after the channels were subscribed again, since commands keep their order.
      await subscriber.ping()
      for (const listener of restoredListeners) callSafely(listener)
    }
    wasReady = true
  }

  for (const connection of [publisher, subscriber]) connection.on('error', onUnavailable)
  subscriber.on('ready', () => {
    onReady().catch(onUnavailable)
  })

  /** A connection that is not there has said so itself; anything else, such as a missing right, is told. */
  const onPublishFailed = (error: Error): void => {
    if (publisher.status === 'ready') log.warn({ err: error }, 'Redis did not take a message.')
  }

  return {
    publish(channel, message) {
      engine.publish(channel, message).catch(onPublishFailed)
    },

    async subscribe(channel, listener) {
      let isOpen = true
      const subscription = engine.subscribe(channel, (message) => {
        if (isOpen) callSafely(() => listener(message))
      })
      subscription.catch(onUnavailable)
      const timeout = new AbortController()
      await Promise.race([
        subscription.finally(() => timeout.abort()),
        wait(subscribeTimeoutMs, undefined, { signal: timeout.signal }).catch(() => undefined), // subscribed in time
      ])
      return () => {
        if (!isOpen) return
        isOpen = false
        // The library awaits nothing here: on a closed connection its rejection would end the process.
        if (isClosed) return
        // Also where Redis has been away ever since: what still waits for it must not subscribe for nobody.
        subscription.then((id) => engine.unsubscribe(id)).catch(onUnavailable)
      }
    },

    onReconnect(listener) {
      restoredListeners.add(listener)
      return () => restoredListeners.delete(listener)
    },

    async close() {
      isClosed = true
      for (const connection of [publisher, subscriber]) connection.disconnect()
    },
  }
}

import { setTimeout as wait } from 'node:timers/promises'
import { RedisPubSub } from 'graphql-redis-subscriptions'
import { Redis } from 'ioredis'
import type { Logger, PubSub } from '../../services/kernel/ports.ts'

interface RedisPubSubOptions {
  url: string
  log: Logger
  /**
   * How long a subscriber waits for Redis before it continues without; it catches up when Redis is back. 1 s by
   * default.
   */
  subscribeTimeoutMs?: number
}

const maxRetryDelayMs = 2000

/**
 * Creates pub/sub between processes. Redis only notifies: while it is unavailable, publishing drops messages and
 * subscribing does not block.
 */
export const createRedisPubSub = ({ url, log, subscribeTimeoutMs = 1000 }: RedisPubSubOptions): PubSub => {
  const retry = { retryStrategy: (attempt: number) => Math.min(50 * 2 ** attempt, maxRetryDelayMs) }
  // A message that cannot be published now is stale when Redis is back, so none is queued.
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
    log.warn({ err: error }, 'Failed to reach Redis; subscribers are not notified until it is back.')
  }

  /** Calls a listener. Its error affects neither other listeners nor the connection. */
  const callSafely = (call: () => void): void => {
    try {
      call()
    } catch (error) {
      log.error({ err: error }, 'Failed to run a pub/sub listener.')
    }
  }

  const onReady = async (): Promise<void> => {
    if (isUnavailable) log.info({}, 'Reconnected to Redis.')
    // Also on the first connection if Redis was unavailable at the start: subscribers continued without it.
    const mayHaveLostMessages = wasReady || isUnavailable
    isUnavailable = false
    if (mayHaveLostMessages) {
      // Redis answers after the channels are subscribed again, since commands keep their order.
      await subscriber.ping()
      for (const listener of restoredListeners) callSafely(listener)
    }
    wasReady = true
  }

  for (const connection of [publisher, subscriber]) connection.on('error', onUnavailable)
  subscriber.on('ready', () => {
    onReady().catch(onUnavailable)
  })

  /** Logs a failure such as a missing permission; a missing connection is logged by its own error event. */
  const onPublishFailed = (error: Error): void => {
    if (publisher.status === 'ready') log.warn({ err: error }, 'Failed to publish a message to Redis.')
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
        // The library does not await its own command: on a closed connection, the rejection would crash the process.
        if (isClosed) return
        // Also if Redis is unavailable since `subscribe`: a subscription that is still pending must not outlive its
        // subscriber.
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

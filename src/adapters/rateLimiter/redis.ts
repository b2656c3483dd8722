import { Redis } from 'ioredis'
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import type { Logger, RateLimiter } from '../../services/kernel/ports.ts'
import { createTakeAllowance } from './memory.ts'

interface RedisRateLimiterOptions {
  url: string
  log: Logger
  /** How long one call may wait for Redis; 250 ms by default. */
  commandTimeoutMs?: number
}

const maxRetryDelayMs = 2000

/**
 * Creates a rate limiter that all processes share. While Redis is unavailable or does not answer, each process counts
 * alone.
 */
export const createRedisRateLimiter = ({ url, log, commandTimeoutMs = 250 }: RedisRateLimiterOptions): RateLimiter => {
  const client = new Redis(url, {
    retryStrategy: (attempt) => Math.min(50 * 2 ** attempt, maxRetryDelayMs),
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: commandTimeoutMs,
  })
  let isUnavailable = false
  /**
   * Time until which Redis is not asked: it may hang for long on an open connection, and not every call should wait for
   * it.
   */
  let bypassUntilMs = 0
  let isClosed = false

  const onUnavailable = (error: unknown): void => {
    if (!isUnavailable && !isClosed)
      log.warn({ err: error }, 'Failed to count calls in Redis; each process counts alone until Redis is back.')
    isUnavailable = true
  }
  const onSuccess = (): void => {
    if (isUnavailable) log.info({}, 'Resumed counting calls in Redis.')
    isUnavailable = false
  }
  /**
   * Logs a failure such as a missing permission or a timeout; a missing connection is logged by its own error event.
   */
  const onFailure = (error: unknown): void => {
    bypassUntilMs = performance.now() + maxRetryDelayMs
    if (client.status === 'ready') onUnavailable(error)
  }
  client.on('error', onUnavailable)
  client.on('ready', () => {
    bypassUntilMs = 0
  })

  return {
    limit({ name, max, windowSeconds: seconds }) {
      const limits = { keyPrefix: `mediagraph:limit:${name}`, points: max, duration: seconds }
      const localLimiter = new RateLimiterMemory(limits)
      const sharedLimiter = new RateLimiterRedis({ ...limits, storeClient: client })
      return createTakeAllowance({
        async consume(key, points) {
          if (performance.now() < bypassUntilMs) return localLimiter.consume(key, points)
          try {
            const result = await sharedLimiter.consume(key, points)
            onSuccess()
            return result
          } catch (error) {
            if (error instanceof RateLimiterRes) {
              onSuccess()
              throw error
            }
            onFailure(error)
            return localLimiter.consume(key, points)
          }
        },
      })
    },

    async close() {
      isClosed = true
      client.disconnect()
    },
  }
}

import { Redis } from 'ioredis'
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import type { Logger, RateLimiter } from '../../services/kernel/ports.ts'
import { createTakeAllowance } from './memory.ts'

interface RedisRateLimiterOptions {
  url: string
  log: Logger
  /** How long one call may wait for Redis. */
  commandTimeoutMs?: number
}

const maxRetryDelayMs = 2000

/** Counted together by all processes. While Redis is away, or does not answer, each of them counts for itself. */
export const createRedisRateLimiter = ({ url, log, commandTimeoutMs = 250 }: RedisRateLimiterOptions): RateLimiter => {
  const client = new Redis(url, {
    retryStrategy: (attempt) => Math.min(50 * 2 ** attempt, maxRetryDelayMs),
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: commandTimeoutMs,
  })
  let isUnavailable = false
  /** Redis may hang for long with its connection in place: it is not waited for at each call. */
  let bypassUntilMs = 0
  let isClosed = false

  const onUnavailable = (error: unknown): void => {
    if (!isUnavailable && !isClosed)
      log.warn({ err: error }, 'Redis is away or refuses: each process counts calls for itself until that is over.')
    isUnavailable = true
  }
  const onSuccess = (): void => {
    if (isUnavailable) log.info({}, 'Redis counts calls again.')
    isUnavailable = false
  }
  /** A connection that is not there says so itself; anything else, such as a missing right or no answer, is told here. */
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

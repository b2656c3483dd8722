import { Redis } from 'ioredis'
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import type { Log, RateLimiter } from '../../services/ports.ts'
import { taking } from './memory.ts'

interface RedisRateLimiterOptions {
  url: string
  log: Log
  /** How long one call may wait for Redis. */
  patienceMs?: number
}

const longestPauseMs = 2000

/** Counted together by all processes. While Redis is away, or does not answer, each of them counts for itself. */
export const createRedisRateLimiter = ({ url, log, patienceMs = 250 }: RedisRateLimiterOptions): RateLimiter => {
  const client = new Redis(url, {
    retryStrategy: (attempt) => Math.min(50 * 2 ** attempt, longestPauseMs),
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: patienceMs,
  })
  let isAway = false
  /** Redis may hang for long with its connection in place: it is not waited for at each call. */
  let unaskedUntilMs = 0
  let isClosed = false
  client.on('error', (error) => {
    if (!isAway && !isClosed)
      log.warn({ err: error }, 'Redis is away: each process counts calls for itself until it is back.')
    isAway = true
  })
  client.on('ready', () => {
    isAway = false
    unaskedUntilMs = 0
  })

  return {
    limit({ name, most, seconds }) {
      const limits = { keyPrefix: `mediagraph:limit:${name}`, points: most, duration: seconds }
      const own = new RateLimiterMemory(limits)
      const shared = new RateLimiterRedis({ ...limits, storeClient: client })
      return taking({
        async consume(key, points) {
          if (performance.now() < unaskedUntilMs) return own.consume(key, points)
          try {
            return await shared.consume(key, points)
          } catch (refused) {
            if (refused instanceof RateLimiterRes) throw refused
            unaskedUntilMs = performance.now() + longestPauseMs
            return own.consume(key, points)
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

import { Redis } from 'ioredis'
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible'
import type { Log, RateLimiter } from '../../services/kernel/ports.ts'
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

  const onAway = (error: unknown): void => {
    if (!isAway && !isClosed)
      log.warn({ err: error }, 'Redis is away or refuses: each process counts calls for itself until that is over.')
    isAway = true
  }
  const onCounted = (): void => {
    if (isAway) log.info({}, 'Redis counts calls again.')
    isAway = false
  }
  /** A connection that is not there says so itself; anything else, such as a missing right or no answer, is told here. */
  const onUncounted = (error: unknown): void => {
    unaskedUntilMs = performance.now() + longestPauseMs
    if (client.status === 'ready') onAway(error)
  }
  client.on('error', onAway)
  client.on('ready', () => {
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
            const counted = await shared.consume(key, points)
            onCounted()
            return counted
          } catch (refused) {
            if (refused instanceof RateLimiterRes) {
              onCounted()
              throw refused
            }
            onUncounted(refused)
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

import { Redis } from 'ioredis'
import { RateLimiterMemory, RateLimiterRedis } from 'rate-limiter-flexible'
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
  let isClosed = false
  client.on('error', (error) => {
    if (!isAway && !isClosed)
      log.warn({ err: error }, 'Redis is away: each process counts calls for itself until it is back.')
    isAway = true
  })
  client.on('ready', () => {
    isAway = false
  })

  return {
    limit({ name, most, seconds }) {
      const limits = { keyPrefix: `mediagraph:limit:${name}`, points: most, duration: seconds }
      const insuranceLimiter = new RateLimiterMemory(limits)
      return taking(new RateLimiterRedis({ ...limits, storeClient: client, insuranceLimiter }))
    },

    async close() {
      isClosed = true
      client.disconnect()
    },
  }
}

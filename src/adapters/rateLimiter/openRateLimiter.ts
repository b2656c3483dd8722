import type { PubSubConfig } from '../../services/config/config.ts'
import type { Logger, RateLimiter } from '../../services/kernel/ports.ts'
import { createMemoryRateLimiter } from './memory.ts'
import { createRedisRateLimiter } from './redis.ts'

/** Opens the rate limiter on the backend of pub/sub: processes that share a Redis share the count. */
export const openRateLimiter = (config: PubSubConfig, log: Logger): RateLimiter =>
  config.type === 'redis' ? createRedisRateLimiter({ url: config.url, log }) : createMemoryRateLimiter()

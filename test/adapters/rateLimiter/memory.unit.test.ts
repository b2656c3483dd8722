import { createMemoryRateLimiter } from '../../../src/adapters/rateLimiter/memory.ts'
import { rateLimiterContract } from '../../contracts/rateLimiter.ts'

rateLimiterContract('memory', async () => {
  const limiter = createMemoryRateLimiter()
  return { limiter, close: () => limiter.close() }
})

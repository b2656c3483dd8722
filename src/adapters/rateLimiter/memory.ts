import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { RateLimiter, TakeAllowance } from '../../services/kernel/ports.ts'

/** What of the library all its limiters have. */
interface Limiter {
  consume(key: string, points: number): Promise<unknown>
}

/** The library resolves where there is enough and rejects with how it stands where there is not. */
export const taking =
  (limiter: Limiter): TakeAllowance =>
  async (callerId, count) => {
    try {
      await limiter.consume(callerId, count)
      return null
    } catch (refused) {
      if (refused instanceof RateLimiterRes) return Math.max(refused.msBeforeNext, 1)
      throw refused
    }
  }

/** Within one process. */
export const createMemoryRateLimiter = (): RateLimiter => ({
  limit: ({ name, most, seconds }) =>
    taking(new RateLimiterMemory({ keyPrefix: name, points: most, duration: seconds })),
  close: () => Promise.resolve(),
})

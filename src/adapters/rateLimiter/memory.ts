import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { RateLimiter, TakeAllowance } from '../../services/kernel/ports.ts'

/** What of the library all its limiters have. */
interface Limiter {
  consume(key: string, points: number): Promise<unknown>
}

/** The library resolves where there is enough and rejects with how it stands where there is not. */
export const createTakeAllowance =
  (limiter: Limiter): TakeAllowance =>
  async (callerId, count) => {
    try {
      await limiter.consume(callerId, count)
      return null
    } catch (error) {
      if (error instanceof RateLimiterRes) return Math.max(error.msBeforeNext, 1)
      throw error
    }
  }

/** Within one process. */
export const createMemoryRateLimiter = (): RateLimiter => ({
  limit: ({ name, max, windowSeconds: seconds }) =>
    createTakeAllowance(new RateLimiterMemory({ keyPrefix: name, points: max, duration: seconds })),
  close: () => Promise.resolve(),
})

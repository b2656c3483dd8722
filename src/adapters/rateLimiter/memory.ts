import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'
import type { RateLimiter, TakeAllowance } from '../../services/kernel/ports.ts'

/** Common part of the library's limiters. */
interface Limiter {
  consume(key: string, points: number): Promise<unknown>
}

/** Adapts a limiter of the library, which resolves if enough is left and rejects with the state of the limit if not. */
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

/** Creates a rate limiter within one process. */
export const createMemoryRateLimiter = (): RateLimiter => ({
  limit: ({ name, max, windowSeconds: seconds }) =>
    createTakeAllowance(new RateLimiterMemory({ keyPrefix: name, points: max, duration: seconds })),
  close: () => Promise.resolve(),
})

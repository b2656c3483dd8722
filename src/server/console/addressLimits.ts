import type { IncomingMessage } from 'node:http'
import { RateLimitedError, UnauthenticatedError } from '../../services/kernel/errors.ts'
import type { RateLimiter } from '../../services/kernel/ports.ts'
import type { AddressOf } from '../clientAddress.ts'

export interface AddressLimits {
  /** Counts a sign-in that a client begins. Rejects with RateLimitedError beyond the limit of its address. */
  admitSignIn(req: IncomingMessage): Promise<void>
  /**
   * Runs what may refuse a cookie, a code or an answer after a read of the database, and counts the refusals. Rejects with
   * RateLimitedError, before it runs, beyond the limit of the address.
   */
  countRefusals<Result>(req: IncomingMessage, run: () => Promise<Result>): Promise<Result>
}

interface AddressLimitsOptions {
  rateLimiter: RateLimiter
  addressOf: AddressOf
  /** Maximum per minute and address; 0 means unlimited. */
  maxPerMinute: number
}

/** Creates the limits of requests without a caller, which count for the address of the client. */
export const createAddressLimits = ({ rateLimiter, addressOf, maxPerMinute }: AddressLimitsOptions): AddressLimits => {
  const createCount = (name: string, label: string) => {
    if (maxPerMinute === 0) return async () => undefined
    const take = rateLimiter.limit({ name, max: maxPerMinute, windowSeconds: 60 })
    return async (req: IncomingMessage, count: number): Promise<void> => {
      const waitMs = await take(addressOf(req), count)
      if (waitMs === null) return
      const retryAfterSeconds = Math.ceil(waitMs / 1000)
      throw new RateLimitedError(
        `At most ${maxPerMinute} ${label} in a minute from one address. Try again in ${retryAfterSeconds} s.`,
        retryAfterSeconds,
      )
    }
  }
  const countSignIn = createCount('signIns', 'sign-ins')
  const countRefusal = createCount('signInRefusals', 'refused sign-ins and sessions')

  return {
    admitSignIn: (req) => countSignIn(req, 1),
    async countRefusals(req, run) {
      await countRefusal(req, 0)
      try {
        return await run()
      } catch (error) {
        if (error instanceof UnauthenticatedError) await countRefusal(req, 1)
        throw error
      }
    },
  }
}

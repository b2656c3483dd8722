import type { UserActor } from '../kernel/actor.ts'
import { InvalidInputError, RateLimitedError } from '../kernel/errors.ts'
import type { RateLimiter } from '../kernel/ports.ts'

/** Classes of work, as messages name them. Every call counts as one of `calls`, the widest and last class. */
const rateClasses = { uploads: 'new uploads', bulk: 'bulk operations and batches', calls: 'calls' } as const

export type RateClass = keyof typeof rateClasses

/** Number of calls of each class that one caller may make per minute; 0 means unlimited. */
export type RateLimitSettings = Record<RateClass, number>

export interface RateLimits {
  /** Counts the calls of an operation by their classes; rejects with RateLimitedError if a limit is exceeded. */
  admit(actor: UserActor, classes: readonly RateClass[]): Promise<void>
}

interface RateLimitsOptions {
  rateLimiter: RateLimiter
  rateLimits: RateLimitSettings
  /** Length of the window. Default: a minute. */
  windowSeconds?: number
}

export const createRateLimits = ({ rateLimiter, rateLimits, windowSeconds = 60 }: RateLimitsOptions): RateLimits => {
  const windowText = windowSeconds === 60 ? 'a minute' : `${windowSeconds} s`
  const limits = (Object.keys(rateClasses) as RateClass[]) // keys of a literal
    .filter((name) => rateLimits[name] > 0)
    .map((name) => {
      const max = rateLimits[name]
      return { name, label: rateClasses[name], max, take: rateLimiter.limit({ name, max, windowSeconds }) }
    })

  return {
    async admit(actor, classes) {
      const applicableLimits = limits
        .map((limit) => ({
          ...limit,
          count: classes.filter((rateClass) => limit.name === 'calls' || limit.name === rateClass).length,
        }))
        .filter(({ count }) => count > 0)
      // Waiting would not help: the operation alone exceeds the limit.
      const exceededLimit = applicableLimits.find(({ count, max }) => count > max)
      if (exceededLimit)
        throw new InvalidInputError([
          { path: '', message: `At most ${exceededLimit.max} ${exceededLimit.label} in one operation. Split it.` },
        ])
      // In order: a refusal by one class is not counted in the wider classes, and is given back to the narrower ones.
      for (const [index, { take, count, max, label }] of applicableLimits.entries()) {
        const waitMs = await take(actor.userId, count)
        if (waitMs === null) continue
        for (const narrower of applicableLimits.slice(0, index)) await narrower.take(actor.userId, -narrower.count)
        const retryAfterSeconds = Math.ceil(waitMs / 1000)
        throw new RateLimitedError(
          `At most ${max} ${label} in ${windowText}. Try again in ${retryAfterSeconds} s.`,
          retryAfterSeconds,
        )
      }
    },
  }
}

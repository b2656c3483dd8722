import type { UserActor } from '../kernel/actor.ts'
import { InvalidInputError, RateLimitedError } from '../kernel/errors.ts'
import type { RateLimiter } from '../kernel/ports.ts'

/** Each kind of work, and the fields of the root that are of it; the narrower first. */
const rateClasses = {
  uploads: { label: 'new uploads', matches: (field) => field === 'mediaUploadCreate' },
  bulk: { label: 'bulk operations and batches', matches: (field) => /^(mediaBulk|assignmentBatch)[A-Z]/.test(field) },
  calls: { label: 'calls', matches: () => true },
} as const satisfies Record<string, { label: string; matches(field: string): boolean }>

type RateClass = keyof typeof rateClasses

/** How much of each kind one caller may do in a minute; 0 for any number. */
export type RateLimitSettings = Record<RateClass, number>

export interface RateLimits {
  /** Counts what an operation calls, by the names of its fields of the root; rejects with RateLimitedError where that is too much. */
  admit(actor: UserActor, fields: readonly string[]): Promise<void>
}

interface RateLimitsOptions {
  rateLimiter: RateLimiter
  rateLimits: RateLimitSettings
  /** How long what is allowed lasts; a minute. */
  windowSeconds?: number
}

export const createRateLimits = ({ rateLimiter, rateLimits, windowSeconds = 60 }: RateLimitsOptions): RateLimits => {
  const windowText = windowSeconds === 60 ? 'a minute' : `${windowSeconds} s`
  const limits = (Object.keys(rateClasses) as RateClass[]) // its own keys
    .filter((name) => rateLimits[name] > 0)
    .map((name) => {
      const max = rateLimits[name]
      return { ...rateClasses[name], max, take: rateLimiter.limit({ name, max, windowSeconds }) }
    })

  return {
    async admit(actor, fields) {
      const applicableLimits = limits
        .map((limit) => ({ ...limit, count: fields.filter(limit.matches).length }))
        .filter(({ count }) => count > 0)
      // No waiting would ever make room for it.
      const exceededLimit = applicableLimits.find(({ count, max }) => count > max)
      if (exceededLimit)
        throw new InvalidInputError([
          { path: '', message: `At most ${exceededLimit.max} ${exceededLimit.label} in one go.` },
        ])
      // One after the other: what one kind refuses is not counted in the wider ones, and is given back to the narrower.
      for (const [index, { take: consume, count, max, label }] of applicableLimits.entries()) {
        const waitMs = await consume(actor.userId, count)
        if (waitMs === null) continue
        for (const narrower of applicableLimits.slice(0, index)) await narrower.take(actor.userId, -narrower.count)
        const retryAfterSeconds = Math.ceil(waitMs / 1000)
        throw new RateLimitedError(
          `At most ${max} ${label} in ${windowText}: try again in ${retryAfterSeconds} s.`,
          retryAfterSeconds,
        )
      }
    },
  }
}

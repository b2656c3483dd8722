import type { UserActor } from '../kernel/actor.ts'
import { InvalidInputError, RateLimitedError } from '../kernel/errors.ts'
import type { RateLimiter } from '../kernel/ports.ts'

/** Each kind of work, and the fields of the root that are of it; the narrower first. */
const kinds = {
  uploads: { words: 'new uploads', has: (field) => field === 'mediaUploadCreate' },
  bulk: { words: 'bulk operations and batches', has: (field) => /^(mediaBulk|assignmentBatch)[A-Z]/.test(field) },
  calls: { words: 'calls', has: () => true },
} as const satisfies Record<string, { words: string; has(field: string): boolean }>

type Kind = keyof typeof kinds

/** How much of each kind one caller may do in a minute; 0 for any number. */
export type RateLimitSettings = Record<Kind, number>

export interface RateLimits {
  /** Counts what an operation calls, by the names of its fields of the root; rejects with RateLimitedError where that is too much. */
  admit(actor: UserActor, fields: readonly string[]): Promise<void>
}

interface RateLimitsOptions {
  rateLimiter: RateLimiter
  rateLimits: RateLimitSettings
  /** How long what is allowed lasts; a minute. */
  spanSeconds?: number
}

export const createRateLimits = ({ rateLimiter, rateLimits, spanSeconds = 60 }: RateLimitsOptions): RateLimits => {
  const span = spanSeconds === 60 ? 'a minute' : `${spanSeconds} s`
  const limits = (Object.keys(kinds) as Kind[]) // its own keys
    .filter((name) => rateLimits[name] > 0)
    .map((name) => {
      const most = rateLimits[name]
      return { ...kinds[name], most, take: rateLimiter.limit({ name, most, seconds: spanSeconds }) }
    })

  return {
    async admit(actor, fields) {
      const asked = limits
        .map((limit) => ({ ...limit, count: fields.filter(limit.has).length }))
        .filter(({ count }) => count > 0)
      // No waiting would ever make room for it.
      const excess = asked.find(({ count, most }) => count > most)
      if (excess)
        throw new InvalidInputError([{ path: '', message: `At most ${excess.most} ${excess.words} in one go.` }])
      // One after the other: what one kind refuses is not counted in the wider ones, and is given back to the narrower.
      for (const [index, { take, count, most, words }] of asked.entries()) {
        const waitMs = await take(actor.userId, count)
        if (waitMs === null) continue
        for (const narrower of asked.slice(0, index)) await narrower.take(actor.userId, -narrower.count)
        const seconds = Math.ceil(waitMs / 1000)
        throw new RateLimitedError(`At most ${most} ${words} in ${span}: try again in ${seconds} s.`, seconds)
      }
    },
  }
}

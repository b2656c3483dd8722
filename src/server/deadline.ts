import { UnavailableError } from '../services/kernel/errors.ts'
import { retryAfterSeconds } from '../services/kernel/outages.ts'

/** How long callers wait for an answer, from the arrival of the request. A root field may declare a longer time. */
export interface Deadlines {
  /** Authentication, a query, the start of a subscription, and the reads of one of its events. */
  queryMs: number
  /** Longer than a change may wait for its turn: a change that can still be made is not reported as failed. */
  mutationMs: number
}

export const defaultDeadlines: Deadlines = { queryMs: 10_000, mutationMs: 40_000 }

/**
 * Settles like `work`, or rejects with UnavailableError after `timeoutMs`. The work itself continues until it ends or a
 * timeout of the database ends it. `remedy` tells the caller what to do.
 */
export const withDeadline = async <Result>(
  work: Promise<Result>,
  timeoutMs: number,
  remedy = `Try again in ${retryAfterSeconds} s.`,
): Promise<Result> => {
  const { promise, reject } = Promise.withResolvers<never>()
  const refuse = () => reject(new UnavailableError(`The server did not answer in time. ${remedy}`, retryAfterSeconds))
  const timer = setTimeout(refuse, Math.max(0, timeoutMs))
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}

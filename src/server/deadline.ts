import { DeadlineError } from '../services/kernel/errors.ts'
import { retryAfterSeconds } from '../services/kernel/outages.ts'

/** How long callers wait for an answer, from the arrival of the request. A root field may declare a longer time. */
export interface Deadlines {
  /** Authentication, a query, the start of a subscription, and the reads of one of its events. */
  queryMs: number
  /**
   * Longer than a change may wait for its locks. One that then takes long may still be made after its caller was refused.
   */
  mutationMs: number
}

export const defaultDeadlines: Deadlines = { queryMs: 10_000, mutationMs: 40_000 }

interface DeadlineOptions {
  /** Names what the caller waits for, for the log. */
  operation: string
  /** Tells the caller what to do. */
  remedy?: string
}

/** Returns the refusal of a call whose time is over. */
export const createDeadlineError = ({
  operation,
  remedy = `Try again in ${retryAfterSeconds} s.`,
}: DeadlineOptions): DeadlineError =>
  new DeadlineError(`The server did not answer in time. ${remedy}`, retryAfterSeconds, operation)

/**
 * Settles like `work`, or rejects with DeadlineError after `timeoutMs`. The work itself continues until it ends or a
 * timeout of the database ends it.
 */
export const withDeadline = async <Result>(
  work: Promise<Result>,
  timeoutMs: number,
  options: DeadlineOptions,
): Promise<Result> => {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(createDeadlineError(options)), Math.max(0, timeoutMs))
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}

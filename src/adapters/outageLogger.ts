import { isOutage } from '../services/kernel/outages.ts'
import type { Logger } from '../services/kernel/ports.ts'

/** Time without a failure after which an outage has ended. */
const defaultQuietMs = 5000

interface Outage {
  firstMs: number
  lastMs: number
  failures: number
  /** Failures that belong to a request. */
  calls: number
}

/**
 * Wraps a logger, so that an outage is logged when it begins and when it has ended, with its length and its failures.
 * Thousands of calls and every background task fail meanwhile for the same reason: they are logged at level debug.
 */
export const createOutageLogger = (log: Logger, { quietMs = defaultQuietMs } = {}): Logger => {
  let outage: Outage | null = null

  const end = (ended: Outage): void => {
    outage = null
    const { firstMs, lastMs, failures, calls } = ended
    log.warn({ seconds: Math.round((lastMs - firstMs) / 100) / 10, failures, calls }, 'An outage ended.')
  }

  const watch = (watched: Outage, waitMs: number): void => {
    setTimeout(() => {
      const remainingMs = watched.lastMs + quietMs - performance.now()
      if (remainingMs > 0) watch(watched, remainingMs)
      else end(watched)
    }, waitMs).unref()
  }

  /** Counts a failure. Returns whether an outage has begun with it. */
  const count = (fields: object): boolean => {
    const nowMs = performance.now()
    const hasBegun = outage === null
    outage ??= { firstMs: nowMs, lastMs: nowMs, failures: 0, calls: 0 }
    outage.lastMs = nowMs
    outage.failures += 1
    if ('requestId' in fields) outage.calls += 1
    if (hasBegun) watch(outage, quietMs)
    return hasBegun
  }

  const wrap = (target: Logger): Logger => {
    const report =
      (level: 'warn' | 'error') =>
      (fields: object, message: string): void => {
        const isFailure = 'err' in fields && isOutage(fields.err)
        if (!isFailure) target[level](fields, message)
        else if (count(fields))
          target[level]({ ...fields, failure: message }, 'An outage began; its failures are counted until it ends.')
        else target.debug(fields, message)
      }
    return {
      debug: (fields, message) => target.debug(fields, message),
      info: (fields, message) => target.info(fields, message),
      warn: report('warn'),
      error: report('error'),
      child: (fields) => wrap(target.child(fields)),
    }
  }
  return wrap(log)
}

import { DeadlineError } from '../services/kernel/errors.ts'
import { isOverrunError, outageKindOf } from '../services/kernel/outages.ts'
import type { Logger } from '../services/kernel/ports.ts'

/** Time without a failure after which an outage has ended. */
const defaultQuietMs = 5000

/** Period in which a slow operation is mentioned once, and limit of such lines in it. */
const slowPeriodMs = 60_000
const maxSlowLines = 20

interface Outage {
  firstMs: number
  lastMs: number
  failures: number
  /** Failures that belong to a request. */
  calls: number
}

/** Creates a function that returns true once per key and period, for a limited number of keys. */
const createOncePerPeriod = () => {
  let startMs = performance.now()
  let keys = new Set<string>()
  return (key: string): boolean => {
    if (performance.now() - startMs >= slowPeriodMs) {
      startMs = performance.now()
      keys = new Set()
    }
    if (keys.has(key) || keys.size >= maxSlowLines) return false
    keys.add(key)
    return true
  }
}

/**
 * Wraps a logger, so that an outage is logged when it begins and when it has ended, with its length and its failures.
 * Thousands of calls and every background task fail meanwhile for the same reason: they are logged at level debug. Each
 * kind has a record of its own, so that a long outage of one service does not hide that of another. Slow work is no outage:
 * calls that were answered too late are mentioned once per operation and minute, and work that PostgreSQL or its
 * transaction ended is logged as it is, at most 20 times a minute each.
 */
export const createOutageLogger = (log: Logger, { quietMs = defaultQuietMs } = {}): Logger => {
  const outages = new Map<string, Outage>()
  const [mayMentionLate, mayMentionOverrun] = [createOncePerPeriod(), createOncePerPeriod()]
  let overrunCount = 0

  const end = (kind: string, { firstMs, lastMs, failures, calls }: Outage): void => {
    outages.delete(kind)
    log.warn({ kind, seconds: Math.round((lastMs - firstMs) / 100) / 10, failures, calls }, 'An outage ended.')
  }

  const watch = (kind: string, watched: Outage, waitMs: number): void => {
    setTimeout(() => {
      const remainingMs = watched.lastMs + quietMs - performance.now()
      if (remainingMs > 0) watch(kind, watched, remainingMs)
      else end(kind, watched)
    }, waitMs).unref()
  }

  /** Counts a failure. Returns whether an outage has begun with it. */
  const count = (kind: string, fields: object): boolean => {
    const nowMs = performance.now()
    const running = outages.get(kind)
    const outage = running ?? { firstMs: nowMs, lastMs: nowMs, failures: 0, calls: 0 }
    outage.lastMs = nowMs
    outage.failures += 1
    if ('requestId' in fields) outage.calls += 1
    if (running !== undefined) return false
    outages.set(kind, outage)
    watch(kind, outage, quietMs)
    return true
  }

  const wrap = (target: Logger): Logger => {
    const report =
      (level: 'warn' | 'error') =>
      (fields: object, message: string): void => {
        const err = 'err' in fields ? fields.err : undefined
        const kind = outageKindOf(err)
        if (kind === null) target[level](fields, message)
        else if (err instanceof DeadlineError) target[mayMentionLate(err.operation) ? level : 'debug'](fields, message)
        else if (isOverrunError(err)) target[mayMentionOverrun(`${++overrunCount}`) ? level : 'debug'](fields, message)
        else if (count(kind, fields))
          target[level](
            { ...fields, kind, failure: message },
            'An outage began; its failures are counted until it ends.',
          )
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

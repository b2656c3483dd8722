/** Minimum time between two reads of all members; doubled by each failed read. */
const minIntervalMs = 1000
/** Interval at which all members of a filter that depends on the time are read again. */
const timedIntervalMs = 60_000
/** Failed reads in succession after which a filter is not followed any more. */
const maxFailures = 4

/** Tells when the members of one filter are read. */
export interface ReadTimes {
  lastMs(): number
  isDue(dependsOnTime: boolean): boolean
  /** Announces that the members may be others than those that were read. */
  expire(): void
  begin(): void
  succeed(): void
  /** Returns whether too many reads have failed in succession. */
  fail(): boolean
}

export const createReadTimes = (): ReadTimes => {
  const openedMs = performance.now()
  let readMs = Number.NEGATIVE_INFINITY
  let isStale = true
  let failures = 0

  return {
    lastMs: () => Math.max(openedMs, readMs),
    isDue(dependsOnTime) {
      const ageMs = performance.now() - readMs
      return isStale ? ageMs >= minIntervalMs * 2 ** failures : dependsOnTime && ageMs >= timedIntervalMs
    },
    expire() {
      isStale = true
    },
    begin() {
      readMs = performance.now()
      isStale = false
    },
    succeed() {
      failures = 0
    },
    fail() {
      isStale = true
      failures += 1
      return failures >= maxFailures
    },
  }
}

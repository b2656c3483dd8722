import type { Clock } from './ports.ts'

interface StaleWhileRevalidateOptions<Value> {
  clock: Clock
  /** Age beyond which the next call still returns the value, and starts a new computation. */
  freshMs: number
  /** Age beyond which the value is not returned. */
  maxAgeMs: number
  compute(): Promise<Value>
}

/**
 * Caches a value that is expensive to compute, at most `maxAgeMs` old when it is returned. Concurrent calls share one
 * computation; if it fails, the calls that wait for it reject, and the next call tries again.
 */
export const staleWhileRevalidate = <Value>({
  clock,
  freshMs,
  maxAgeMs,
  compute,
}: StaleWhileRevalidateOptions<Value>): (() => Promise<Value>) => {
  let cached: { value: Value; computedAtMs: number } | null = null
  let pending: Promise<Value> | null = null

  const refresh = async (): Promise<Value> => {
    // Dated by its start: changes that are committed during the computation are not in it.
    const computedAtMs = clock.now().getTime()
    try {
      const value = await compute()
      cached = { value, computedAtMs }
      return value
    } finally {
      pending = null
    }
  }

  return async () => {
    const ageMs = cached === null ? Number.POSITIVE_INFINITY : clock.now().getTime() - cached.computedAtMs
    if (cached !== null && ageMs <= freshMs) return cached.value
    pending ??= refresh()
    if (cached === null || ageMs > maxAgeMs) return pending
    pending.catch(() => undefined) // no call waits for it; a call after `maxAgeMs` gets the error
    return cached.value
  }
}

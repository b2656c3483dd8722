import type { Clock } from './ports.ts'

interface StaleWhileRevalidateOptions<Value> {
  clock: Clock
  /** Older than this, the next question still gets it, and makes it be computed anew. */
  freshMs: number
  /** Older than this, it is given to nobody. */
  maxAgeMs: number
  compute(): Promise<Value>
}

/**
 * Keeps a value that is dear to compute, at most `mostMs` old when it is given out. However many ask, it is computed once
 * at a time; a computation that fails is told to those who wait for it, and the next question tries again.
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
    // As old as its beginning: what is committed meanwhile is not in it.
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
    pending.catch(() => undefined) // nobody waits for it; whoever comes after `mostMs` meets the failure
    return cached.value
  }
}

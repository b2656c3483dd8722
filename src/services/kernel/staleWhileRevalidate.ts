import type { Clock } from './ports.ts'

interface CachedOptions<Value> {
  clock: Clock
  /** Older than this, the next question still gets it, and makes it be computed anew. */
  freshMs: number
  /** Older than this, it is given to nobody. */
  mostMs: number
  compute(): Promise<Value>
}

/**
 * Keeps a value that is dear to compute, at most `mostMs` old when it is given out. However many ask, it is computed once
 * at a time; a computation that fails is told to those who wait for it, and the next question tries again.
 */
export const createCached = <Value>({
  clock,
  freshMs,
  mostMs,
  compute,
}: CachedOptions<Value>): (() => Promise<Value>) => {
  let kept: { value: Value; atMs: number } | null = null
  let computing: Promise<Value> | null = null

  const refresh = async (): Promise<Value> => {
    // As old as its beginning: what is committed meanwhile is not in it.
    const atMs = clock.now().getTime()
    try {
      const value = await compute()
      kept = { value, atMs }
      return value
    } finally {
      computing = null
    }
  }

  return async () => {
    const ageMs = kept === null ? Number.POSITIVE_INFINITY : clock.now().getTime() - kept.atMs
    if (kept !== null && ageMs <= freshMs) return kept.value
    computing ??= refresh()
    if (kept === null || ageMs > mostMs) return computing
    computing.catch(() => undefined) // nobody waits for it; whoever comes after `mostMs` meets the failure
    return kept.value
  }
}

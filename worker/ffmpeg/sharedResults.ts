/** Makes a result, or returns the one that another conversion of the same file made under this name. */
export type Share = <Result>(name: string, make: () => Promise<Result>, signal?: AbortSignal) => Promise<Result>

/** For a conversion that shares nothing. */
export const makeAlone: Share = (_name, make) => make()

/** Maximum number of results, two for each video; one holds a small picture. */
const defaultMaxResults = 64
/** Age at which a result is made again: by then, bytes that were damaged may have been repaired. */
const defaultMaxAgeMs = 10 * 60 * 1000

const untilAborted = (signal: AbortSignal | undefined): { aborted: Promise<never>; stop(): void } => {
  const { promise: aborted, reject } = Promise.withResolvers<never>()
  aborted.catch(() => undefined)
  const onAbort = () => reject(signal?.reason)
  signal?.addEventListener('abort', onAbort)
  if (signal?.aborted) onAbort()
  return { aborted, stop: () => signal?.removeEventListener('abort', onAbort) }
}

/**
 * Remembers what the conversions of this process's latest files have found out about them. The renditions of a file need the
 * same facts, and their jobs often run side by side: the second then waits for the first. If the first fails or is
 * cancelled, the second makes the result itself.
 */
export const createSharedResults = ({ maxResults = defaultMaxResults, maxAgeMs = defaultMaxAgeMs } = {}) => {
  const results = new Map<string, { result: Promise<unknown>; startedAtMs: number }>()

  const find = (key: string): Promise<unknown> | null => {
    const known = results.get(key)
    return known !== undefined && performance.now() - known.startedAtMs < maxAgeMs ? known.result : null
  }

  const start = <Result>(key: string, make: () => Promise<Result>): Promise<Result> => {
    const result = make()
    results.delete(key) // the newest comes last
    results.set(key, { result, startedAtMs: performance.now() })
    const [oldestKey] = results.keys()
    if (results.size > maxResults && oldestKey !== undefined) results.delete(oldestKey)
    result.catch(() => {
      if (results.get(key)?.result === result) results.delete(key)
    })
    return result
  }

  /** Null if the other conversion failed. */
  const wait = async <Result>(result: Promise<Result>, signal: AbortSignal | undefined) => {
    const { aborted, stop } = untilAborted(signal)
    const outcome = result.then(
      (value) => ({ value }),
      () => null,
    )
    return Promise.race([outcome, aborted]).finally(stop)
  }

  return {
    forFile:
      (sha256: string): Share =>
      async <Result>(name: string, make: () => Promise<Result>, signal?: AbortSignal) => {
        const key = `${sha256} ${name}`
        for (;;) {
          const other = find(key) as Promise<Result> | null // as: a name stands for one type
          if (other === null) return start(key, make)
          const outcome = await wait(other, signal)
          if (outcome !== null) return outcome.value
        }
      },

    /** To be called when a conversion of the file has failed: its bytes may be damaged, and be repaired before the next. */
    forget(sha256: string): void {
      for (const key of results.keys()) if (key.startsWith(`${sha256} `)) results.delete(key)
    },
  }
}

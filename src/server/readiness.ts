/** How long a probe waits. Load balancers give up after a few seconds, too, and then know less. */
const defaultTimeoutMs = 1500

/**
 * Creates the check of readiness: whether the database answers in time. Concurrent probes share one check, so that a
 * database that does not answer is not asked again and again.
 */
export const createReadiness = (
  ping: () => Promise<void>,
  { timeoutMs = defaultTimeoutMs }: { timeoutMs?: number } = {},
): (() => Promise<boolean>) => {
  let activePing: Promise<boolean> | null = null

  const startPing = (): Promise<boolean> =>
    ping().then(
      () => true,
      () => false,
    )

  return async () => {
    activePing ??= startPing().finally(() => {
      activePing = null
    })
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const timer = setTimeout(() => resolve(false), timeoutMs)
    return Promise.race([activePing, promise]).finally(() => clearTimeout(timer))
  }
}

/** Minimum interval between two published percentages of a job. */
const publishIntervalMs = 100
/**
 * Interval at which the percentage is written to the row, even if unchanged: the write also tells the attempt whether it
 * was cancelled or superseded.
 */
const persistIntervalMs = 2000

export interface Reporter {
  /** Accepts a percentage; may be called at any rate. */
  report(percent: number): void
  /** Stops reporting and waits for the reports in progress. */
  close(): Promise<void>
}

/**
 * Passes percentages on to `send` at a limited rate. With `persist` the percentage is written to the row, even if it has
 * not changed.
 */
export const createReporter = (send: (percent: number, persist: boolean) => Promise<void>): Reporter => {
  let percent = 0
  let hasUnpublishedPercent = false
  let publishTimer: NodeJS.Timeout | null = null
  let isClosed = false
  const pendingSends = new Set<Promise<void>>()

  const startSend = (persist: boolean): void => {
    // A failed report is ignored: another one follows, and the outcome of the attempt is written elsewhere.
    const pendingSend = send(percent, persist).catch(() => undefined)
    pendingSends.add(pendingSend)
    pendingSend.then(() => pendingSends.delete(pendingSend))
  }

  const publish = (): void => {
    publishTimer = null
    if (!hasUnpublishedPercent || isClosed) return
    hasUnpublishedPercent = false
    startSend(false)
    publishTimer = setTimeout(publish, publishIntervalMs)
  }

  const persistTimer = setInterval(() => {
    // One at a time, so that they do not pile up while the database is unreachable.
    if (pendingSends.size === 0) startSend(true)
  }, persistIntervalMs)
  // Detects a cancellation that was published before this attempt subscribed.
  startSend(true)

  return {
    report(latestPercent) {
      percent = latestPercent
      hasUnpublishedPercent = true
      if (publishTimer === null && !isClosed) publish()
    },
    async close() {
      isClosed = true
      clearInterval(persistTimer)
      if (publishTimer !== null) clearTimeout(publishTimer)
      await Promise.all(pendingSends)
    },
  }
}

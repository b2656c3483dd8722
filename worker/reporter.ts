/** Publishes the newest percent at most so often per job. */
const publishIntervalMs = 100
/** Writes it to the row so often, news or none: this is also how an attempt learns that it was cancelled or overtaken. */
const persistIntervalMs = 2000

export interface Reporter {
  /** Called by the tool as often as it likes. */
  report(percent: number): void
  /** No report follows; waits for those under way. */
  close(): Promise<void>
}

/** `keep` may be asked for without news. */
export const createReporter = (send: (percent: number, persist: boolean) => Promise<void>): Reporter => {
  let percent = 0
  let hasUnpublishedPercent = false
  let publishTimer: NodeJS.Timeout | null = null
  let isClosed = false
  const pendingSends = new Set<Promise<void>>()

  const startSend = (persist: boolean): void => {
    // A percent that could not be kept is followed by another; the outcome is written by other means.
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
    // One at a time: with the database away they do not pile up.
    if (pendingSends.size === 0) startSend(true)
  }, persistIntervalMs)
  // Whoever cancelled before anybody listened is heard now.
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

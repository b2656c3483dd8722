/** Publishes the newest percent at most so often per job. */
const publishMs = 100
/** Writes it to the row so often, news or none: this is also how an attempt learns that it was cancelled or overtaken. */
const keepMs = 2000

export interface Reporter {
  /** Called by the tool as often as it likes. */
  report(percent: number): void
  /** No report follows; waits for those under way. */
  close(): Promise<void>
}

/** `keep` may be asked for without news. */
export const createReporter = (send: (percent: number, keep: boolean) => Promise<void>): Reporter => {
  let percent = 0
  let isNews = false
  let pause: NodeJS.Timeout | null = null
  let closed = false
  const underWay = new Set<Promise<void>>()

  const start = (keep: boolean): void => {
    // A percent that could not be kept is followed by another; the outcome is written by other means.
    const sending = send(percent, keep).catch(() => undefined)
    underWay.add(sending)
    sending.then(() => underWay.delete(sending))
  }

  const publish = (): void => {
    pause = null
    if (!isNews || closed) return
    isNews = false
    start(false)
    pause = setTimeout(publish, publishMs)
  }

  const timer = setInterval(() => {
    // One at a time: with the database away they do not pile up.
    if (underWay.size === 0) start(true)
  }, keepMs)
  // Whoever cancelled before anybody listened is heard now.
  start(true)

  return {
    report(now) {
      percent = now
      isNews = true
      if (pause === null && !closed) publish()
    },
    async close() {
      closed = true
      clearInterval(timer)
      if (pause !== null) clearTimeout(pause)
      await Promise.all(underWay)
    },
  }
}

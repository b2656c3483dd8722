/** Publishes the newest percent at most so often per job. */
const publishMs = 100
/** Writes it to the row at most so often. */
const keepMs = 2000

export interface Reporter {
  /** Called by the tool as often as it likes. */
  report(percent: number): void
  /** No report follows; waits for the one under way. */
  close(): Promise<void>
}

export const createReporter = (send: (percent: number, keep: boolean) => Promise<void>): Reporter => {
  let newest: number | null = null
  let timer: NodeJS.Timeout | null = null
  let keptAt = Date.now()
  let closed = false
  let underWay: Promise<unknown> = Promise.resolve()

  const flush = (): void => {
    timer = null
    if (newest === null || closed) return
    const keep = Date.now() - keptAt >= keepMs
    if (keep) keptAt = Date.now()
    const percent = newest
    newest = null
    // A percent that could not be kept is followed by another; the outcome is written by other means.
    underWay = send(percent, keep).catch(() => undefined)
    timer = setTimeout(flush, publishMs)
  }

  return {
    report(percent) {
      newest = percent
      if (timer === null && !closed) flush()
    },
    async close() {
      closed = true
      if (timer !== null) clearTimeout(timer)
      await underWay
    },
  }
}

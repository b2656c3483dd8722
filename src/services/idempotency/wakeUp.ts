export interface WakeUp {
  notify(): void
  /** Resolves at the next notification, at once if one came since the last wait, and after `timeoutMs` in any case. */
  wait(timeoutMs: number): Promise<void>
}

export const createWakeUp = (): WakeUp => {
  let isNotified = false
  let wake = (): void => undefined
  return {
    notify() {
      isNotified = true
      wake()
    },
    async wait(timeoutMs) {
      if (!isNotified)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, timeoutMs)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      isNotified = false
    },
  }
}

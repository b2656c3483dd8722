export interface Bell {
  ring(): void
  /** Resolves at the next ring, at once if it rang meanwhile, and after `mostMs` in any case. */
  heard(mostMs: number): Promise<void>
}

export const createBell = (): Bell => {
  let hasRung = false
  let wake = (): void => undefined
  return {
    ring() {
      hasRung = true
      wake()
    },
    async heard(mostMs) {
      if (!hasRung)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, mostMs)
          wake = () => {
            clearTimeout(timer)
            resolve()
          }
        })
      hasRung = false
    },
  }
}

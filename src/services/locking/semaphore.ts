interface RunOptions {
  waitMs: number
  refuse: () => Error
}

/** Runs a limited number of tasks at a time; the others wait in memory, in the order of their arrival. */
export interface Semaphore {
  /** Runs `work` once a permit is free. After a wait of `waitMs`, rejects with the error from `refuse` instead. */
  run<Result>(work: () => Promise<Result>, options: RunOptions): Promise<Result>
}

export const createSemaphore = (permits: number): Semaphore => {
  /** Waiting tasks. A set keeps the order of arrival, and removes one from the middle at once. */
  const queue = new Set<() => void>()
  let activeCount = 0

  const acquire = (waitMs: number, refuse: () => Error): Promise<void> =>
    new Promise((resolve, reject) => {
      const admit = () => {
        clearTimeout(timer)
        queue.delete(admit)
        activeCount++
        resolve()
      }
      const giveUp = () => {
        queue.delete(admit)
        reject(refuse())
      }
      const timer = setTimeout(giveUp, waitMs)
      if (activeCount < permits) admit()
      else queue.add(admit)
    })

  const release = (): void => {
    activeCount--
    const [next] = queue
    next?.()
  }

  return {
    async run(work, { waitMs, refuse }) {
      await acquire(waitMs, refuse)
      try {
        return await work()
      } finally {
        release()
      }
    },
  }
}

/** Runs one task per key at a time. A key without tasks takes no memory. */
export const createKeyedMutex = () => {
  const entries = new Map<string, { semaphore: Semaphore; taskCount: number }>()
  return {
    async run<Result>(key: string, work: () => Promise<Result>, options: RunOptions): Promise<Result> {
      const entry = entries.get(key) ?? { semaphore: createSemaphore(1), taskCount: 0 }
      entries.set(key, entry)
      entry.taskCount += 1
      try {
        return await entry.semaphore.run(work, options)
      } finally {
        entry.taskCount -= 1
        if (entry.taskCount === 0) entries.delete(key)
      }
    },
  }
}

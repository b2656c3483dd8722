interface RunOptions {
  waitMs: number
  refuse: () => Error
  /** True if the task goes ahead of waiting tasks that are not urgent. */
  isUrgent?: boolean
}

/** Runs a limited number of tasks at a time; the others wait in memory: urgent ones first, each in order of arrival. */
export interface Semaphore {
  /** Runs `work` once a permit is free. After a wait of `waitMs`, rejects with the error from `refuse` instead. */
  run<Result>(work: () => Promise<Result>, options: RunOptions): Promise<Result>
}

/** Tasks of one urgency. A set keeps the order of arrival, and removes a waiting task from the middle at once. */
interface TaskClass {
  queue: Set<() => void>
  activeCount: number
}

export const createSemaphore = (permits: number): Semaphore => {
  const urgent: TaskClass = { queue: new Set(), activeCount: 0 }
  const normal: TaskClass = { queue: new Set(), activeCount: 0 }
  /** While others wait, urgent tasks leave one permit to them: urgent tasks that meet a lock come back again and again. */
  const maxUrgent = Math.max(1, permits - 1)

  const acquire = (tasks: TaskClass, { waitMs, refuse }: RunOptions): Promise<void> =>
    new Promise((resolve, reject) => {
      const admit = () => {
        clearTimeout(timer)
        tasks.queue.delete(admit)
        tasks.activeCount++
        resolve()
      }
      const giveUp = () => {
        tasks.queue.delete(admit)
        reject(refuse())
      }
      const timer = setTimeout(giveUp, waitMs)
      if (urgent.activeCount + normal.activeCount < permits) admit()
      else tasks.queue.add(admit)
    })

  const release = (tasks: TaskClass): void => {
    tasks.activeCount--
    const isUrgentNext = urgent.queue.size > 0 && (urgent.activeCount < maxUrgent || normal.queue.size === 0)
    const [next] = isUrgentNext ? urgent.queue : normal.queue
    next?.()
  }

  return {
    async run(work, options) {
      const tasks = options.isUrgent ? urgent : normal
      await acquire(tasks, options)
      try {
        return await work()
      } finally {
        release(tasks)
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

interface Waiting {
  waitMs: number
  refuse: () => Error
}

/** Lets a few in at a time; the others wait in memory, in the order in which they came. */
export interface Semaphore {
  /** Begins `work` when it is its turn. Rejects with what `refuse` makes, and never begins, once that took `waitMs`. */
  run<Result>(work: () => Promise<Result>, options: Waiting): Promise<Result>
}

export const createSemaphore = (places: number): Semaphore => {
  /** In order of arrival: a set keeps it, and forgets one in the middle at once. */
  const waiting = new Set<() => void>()
  let inside = 0

  const enter = (waitMs: number, refuse: () => Error): Promise<void> =>
    new Promise((resolve, reject) => {
      const admit = () => {
        clearTimeout(timer)
        waiting.delete(admit)
        inside++
        resolve()
      }
      const giveUp = () => {
        waiting.delete(admit)
        reject(refuse())
      }
      const timer = setTimeout(giveUp, waitMs)
      if (inside < places) admit()
      else waiting.add(admit)
    })

  const leave = (): void => {
    inside--
    const [next] = waiting
    next?.()
  }

  return {
    async run(work, { waitMs, refuse }) {
      await enter(waitMs, refuse)
      try {
        return await work()
      } finally {
        leave()
      }
    },
  }
}

/** One at a time of each key; nothing stays of a key that nobody uses. */
export const createKeyedMutex = () => {
  const gates = new Map<string, { gate: Semaphore; users: number }>()
  return {
    async run<Result>(key: string, work: () => Promise<Result>, options: Waiting): Promise<Result> {
      const entry = gates.get(key) ?? { gate: createSemaphore(1), users: 0 }
      gates.set(key, entry)
      entry.users += 1
      try {
        return await entry.gate.run(work, options)
      } finally {
        entry.users -= 1
        if (entry.users === 0) gates.delete(key)
      }
    },
  }
}

/** By client, since its connections are what shall not run out. */
const gatesOf = new WeakMap<object, Map<string, Semaphore>>()

/** The one of this name in front of a client; the first caller says how many places it has. */
export const gateOf = (client: object, name: string, places: number): Semaphore => {
  const gates = gatesOf.get(client) ?? new Map<string, Semaphore>()
  gatesOf.set(client, gates)
  const gate = gates.get(name) ?? createSemaphore(places)
  gates.set(name, gate)
  return gate
}

/** Maximum number of media whose last check is remembered, some 10 MB. Beyond it, the oldest ones are forgotten. */
const maxRemembered = 100_000
/** Times in the log are rounded to milliseconds. */
const roundingMs = 1

/** Changes of a media that wait for its check. */
interface Changes {
  /** Number of changes in the log. */
  count: number
  /** Time of the first of them, by the clock of the database. */
  firstAtMs: number
}

type ChangedBatch = ReadonlyMap<string, Changes>

/** Media that changed and wait for their check. */
export interface ChangedIds {
  size(): number
  /** Adds a media that was changed at this time. */
  add(id: string, at: Date): void
  /** Adds media whose renditions changed: their other properties are the same. */
  addConverted(ids: readonly string[]): void
  /** Takes the media that have waited longest. */
  take(maxIds: number): ChangedBatch
  /** Returns a batch whose check failed. */
  putBack(batch: ChangedBatch): void
  /**
   * Returns those of a batch, checked at this time, that had a state which no check saw, since they were changed again before
   * a check: they may have matched a filter in between.
   */
  findRepeated(batch: ChangedBatch, checkedAt: Date): ReadonlySet<string>
}

export const createChangedIds = (): ChangedIds => {
  const waiting = new Map<string, Changes>()
  /** Times of the last checks, in ascending order. */
  const checkedAtMs = new Map<string, number>()

  const addChanges = (id: string, { count, firstAtMs }: Changes): void => {
    const earlier = waiting.get(id) ?? { count: 0, firstAtMs: Number.POSITIVE_INFINITY }
    waiting.set(id, { count: earlier.count + count, firstAtMs: Math.min(earlier.firstAtMs, firstAtMs) })
  }

  const remember = (id: string, atMs: number): void => {
    checkedAtMs.delete(id)
    checkedAtMs.set(id, atMs)
    const [oldest] = checkedAtMs.keys()
    if (oldest !== undefined && checkedAtMs.size > maxRemembered) checkedAtMs.delete(oldest)
  }

  return {
    size: () => waiting.size,
    add: (id, at) => addChanges(id, { count: 1, firstAtMs: at.getTime() }),

    addConverted(ids) {
      for (const id of ids) addChanges(id, { count: 0, firstAtMs: Number.POSITIVE_INFINITY })
    },

    take(maxIds) {
      const batch = new Map([...waiting].slice(0, maxIds))
      for (const id of batch.keys()) waiting.delete(id)
      return batch
    },

    putBack(batch) {
      for (const [id, changes] of batch) addChanges(id, changes)
    },

    findRepeated(batch, checkedAt) {
      const repeatedIds = new Set<string>()
      for (const [id, { count, firstAtMs }] of batch) {
        const wasSeenBefore = firstAtMs - roundingMs <= (checkedAtMs.get(id) ?? Number.NEGATIVE_INFINITY)
        if (count > 1 || wasSeenBefore) repeatedIds.add(id)
        if (count > 0) remember(id, checkedAt.getTime())
      }
      return repeatedIds
    },
  }
}

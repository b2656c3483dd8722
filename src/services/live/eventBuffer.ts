/** A queue that one reader takes from. Written by hand: a waiting async generator cannot be stopped from outside. */
export interface Inbox<Item> {
  /** An item with the key of one that still waits takes its place. */
  push(item: Item, key: string | null): void
  /** What waits is still delivered, then the iteration ends. */
  end(): void
  iterator: AsyncIterableIterator<Item>
}

/** `release` is called once: when the reader goes, or when all is delivered. */
export const createInbox = <Item>(release: () => void): Inbox<Item> => {
  let waiting: { item: Item; key: string | null }[] = []
  let readers: ((result: IteratorResult<Item>) => void)[] = []
  let ended = false
  let released = false
  const done: IteratorResult<Item> = { done: true, value: undefined }

  const releaseOnce = (): void => {
    if (released) return
    released = true
    release()
  }

  const finish = (): IteratorResult<Item> => {
    ended = true
    waiting = []
    releaseOnce()
    for (const reader of readers) reader(done)
    readers = []
    return done
  }

  return {
    push(item, key) {
      if (ended) return
      const reader = readers.shift()
      if (reader !== undefined) return reader({ done: false, value: item })
      // What is newer shows all that the older one did; it moves to the end, but never past a change of status.
      const from = waiting.findLastIndex((other) => other.key === null) + 1
      const same = waiting.findIndex((other, index) => index >= from && key !== null && other.key === key)
      if (same >= 0) waiting.splice(same, 1)
      waiting.push({ item, key })
    },
    end() {
      if (ended) return
      if (waiting.length === 0) finish()
      else {
        ended = true
        releaseOnce()
      }
    },
    iterator: {
      [Symbol.asyncIterator]() {
        return this
      },
      next() {
        const next = waiting.shift()
        if (next !== undefined) return Promise.resolve({ done: false, value: next.item })
        if (ended) return Promise.resolve(finish())
        return new Promise((resolve) => {
          readers.push(resolve)
        })
      },
      return: () => Promise.resolve(finish()),
      throw: (error: unknown) => {
        finish()
        return Promise.reject(error)
      },
    },
  }
}

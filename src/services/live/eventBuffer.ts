/** An iterator that can also be read by a callback: a promise for each item and each of a thousand readers would cost more. */
export interface EventIterator<Item> extends AsyncIterableIterator<Item> {
  /** Passes the next result to the callback, at once if there is one. */
  take(receive: (result: IteratorResult<Item>) => void): void
}

/** A queue with one reader. Written by hand because a waiting async generator cannot be stopped from outside. */
export interface EventBuffer<Item> {
  /** Adds an item. It replaces a waiting item with the same key; null never replaces and is never replaced. */
  push(item: Item, key: string | null): void
  /** Ends the iteration after the waiting items have been delivered. */
  end(): void
  iterator: EventIterator<Item>
}

/** Creates a buffer that calls `release` once: when the reader leaves, or when the buffer is ended. */
export const createEventBuffer = <Item>(release: () => void): EventBuffer<Item> => {
  let pending: { item: Item; key: string | null }[] = []
  let readers: ((result: IteratorResult<Item>) => void)[] = []
  let isEnded = false
  let isReleased = false
  const done: IteratorResult<Item> = { done: true, value: undefined }

  const releaseOnce = (): void => {
    if (isReleased) return
    isReleased = true
    release()
  }

  const finish = (): IteratorResult<Item> => {
    isEnded = true
    pending = []
    releaseOnce()
    for (const reader of readers) reader(done)
    readers = []
    return done
  }

  const take = (receive: (result: IteratorResult<Item>) => void): void => {
    const next = pending.shift()
    if (next !== undefined) receive({ done: false, value: next.item })
    else if (isEnded) receive(finish())
    else readers.push(receive)
  }

  return {
    push(item, key) {
      if (isEnded) return
      const reader = readers.shift()
      if (reader !== undefined) return reader({ done: false, value: item })
      // The newer item shows everything that the older one did. It moves to the end, but never past a change of status.
      const firstReplaceable = pending.findLastIndex((other) => other.key === null) + 1
      const replacedIndex = pending.findIndex(
        (other, index) => index >= firstReplaceable && key !== null && other.key === key,
      )
      if (replacedIndex >= 0) pending.splice(replacedIndex, 1)
      pending.push({ item, key })
    },
    end() {
      if (isEnded) return
      if (pending.length === 0) finish()
      else {
        isEnded = true
        releaseOnce()
      }
    },
    iterator: {
      [Symbol.asyncIterator]() {
        return this
      },
      take,
      next: () => new Promise(take),
      return: () => Promise.resolve(finish()),
      throw: (error: unknown) => {
        finish()
        return Promise.reject(error)
      },
    },
  }
}

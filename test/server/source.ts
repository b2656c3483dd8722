import type { Switches } from './smallSchema.ts'

/**
 * Yields the items of `make` until it returns null. Not an async generator, so that it can be stopped while it waits.
 */
export const source = <Item>(
  switches: Switches,
  make: (index: number) => Promise<Item | null>,
): AsyncIterableIterator<Item> => {
  let index = 0
  const stopSignal = Promise.withResolvers<null>()
  const count = (change: number): void => {
    switches.openSources += change
    if (change > 0) switches.totalSources += change
    switches.onSources()
  }
  let isOpen = true
  const stop = (): IteratorResult<Item> => {
    if (isOpen) count(-1)
    isOpen = false
    stopSignal.resolve(null)
    return { done: true, value: undefined }
  }
  count(1)
  return {
    [Symbol.asyncIterator]() {
      return this
    },
    async next() {
      const item = isOpen ? await Promise.race([make(index++), stopSignal.promise]) : null
      return item === null ? stop() : { done: false, value: item }
    },
    return: async () => stop(),
  }
}

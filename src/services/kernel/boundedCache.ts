export interface BoundedCache<Key, Value> {
  get(key: Key): Value | undefined
  set(key: Key, value: Value): void
  delete(key: Key): void
  clear(): void
}

/** Creates a cache that forgets the oldest of its entries when it has `maxEntries`. */
export const createBoundedCache = <Key, Value>(maxEntries: number): BoundedCache<Key, Value> => {
  const entries = new Map<Key, Value>()
  return {
    get: (key) => entries.get(key),
    set(key, value) {
      const [oldest] = entries.size < maxEntries ? [] : entries.keys()
      if (oldest !== undefined) entries.delete(oldest)
      entries.set(key, value)
    },
    delete: (key) => void entries.delete(key),
    clear: () => entries.clear(),
  }
}

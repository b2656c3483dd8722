/** Creates a function that computes each key once; a failed computation is repeated by the next call. */
export const createMemo = <Value>() => {
  const cache = new Map<string, Promise<Value>>()
  return (key: string, compute: () => Promise<Value>): Promise<Value> => {
    const promise =
      cache.get(key) ??
      compute().catch((error: unknown) => {
        cache.delete(key)
        throw error
      })
    cache.set(key, promise)
    return promise
  }
}

import { describe, expect, it } from 'vitest'
import { staleWhileRevalidate } from '../../../src/services/kernel/staleWhileRevalidate.ts'

describe('a cached value', () => {
  /** Caches a counter of its computations, fresh for 20 ms and at most 60 ms old. `finish` ends the oldest computation. */
  const cacheCounter = () => {
    const time = { ms: 0 }
    let computedCount = 0
    const pendingResolves: (() => void)[] = []
    const get = staleWhileRevalidate({
      clock: { now: () => new Date(time.ms) },
      freshMs: 20,
      maxAgeMs: 60,
      compute: () => new Promise<number>((resolve) => pendingResolves.push(() => resolve(++computedCount))),
    })
    const finish = () => pendingResolves.shift()?.()
    return { time, get, pendingResolves, finish }
  }

  /** The same cache after its first computation. */
  const cacheComputedCounter = async () => {
    const cache = cacheCounter()
    const value = cache.get()
    cache.finish()
    expect(await value).toBe(1)
    return cache
  }

  it('is computed once for concurrent callers', async () => {
    const { get, pendingResolves, finish } = cacheCounter()
    const values = [get(), get()]
    expect(pendingResolves).toHaveLength(1)
    finish()
    expect(await Promise.all(values)).toEqual([1, 1])
  })

  it('is returned without a computation while it is fresh', async () => {
    const { time, get, pendingResolves } = await cacheComputedCounter()
    time.ms = 20
    expect(await get()).toBe(1)
    expect(pendingResolves).toHaveLength(0)
  })

  it('is computed once in the background when it is no longer fresh', async () => {
    const { time, get, pendingResolves } = await cacheComputedCounter()
    time.ms = 60
    expect(await get()).toBe(1)
    expect(await get()).toBe(1)
    expect(pendingResolves).toHaveLength(1)
  })

  it('is not returned beyond its maximum age', async () => {
    const { time, get, pendingResolves, finish } = await cacheComputedCounter()
    time.ms = 60
    expect(await get()).toBe(1)
    time.ms = 61
    const value = get()
    expect(pendingResolves).toHaveLength(1)
    finish()
    expect(await value).toBe(2)
  })

  /** Caches a value whose first computation fails. */
  const cacheFailingOnce = () => {
    let attempts = 0
    return staleWhileRevalidate({
      clock: { now: () => new Date() },
      freshMs: 1,
      maxAgeMs: 2,
      compute: async () => {
        if (attempts++ === 0) throw new Error('no database')
        return 'value'
      },
    })
  }

  it('is refused to the callers of a failed computation', async () => {
    await expect(cacheFailingOnce()()).rejects.toThrow('no database')
  })

  it('is computed again after a failure', async () => {
    const get = cacheFailingOnce()
    await get().catch(() => undefined)
    expect(await get()).toBe('value')
  })
})

import { expect, test } from 'vitest'
import { createBatches } from '../../../src/services/kernel/batching.ts'

/** Batches whose runs end when the test says so. */
const createStage = (options?: { maxItems: number }) => {
  const runs: { items: number[]; end: PromiseWithResolvers<void> }[] = []
  const call = createBatches(async (items: number[]) => {
    const end = Promise.withResolvers<void>()
    runs.push({ items, end })
    await end.promise
    return items.map((item) => item * 10)
  }, options)
  return { runs, call }
}

const settle = () => new Promise((resolve) => setImmediate(resolve))

test('a call alone runs at once', async () => {
  const { runs, call } = createStage()
  const result = call(1)
  await settle()
  runs[0]?.end.resolve()
  expect(await result).toBe(10)
})

test('calls that come during a run share the next one', async () => {
  const { runs, call } = createStage()
  const first = call(1)
  await settle()
  const later = [call(2), call(3)]
  await settle()
  expect(runs).toHaveLength(1)
  runs[0]?.end.resolve()
  await first
  await settle()
  expect(runs[1]?.items).toEqual([2, 3])
  runs[1]?.end.resolve()
  expect(await Promise.all(later)).toEqual([20, 30])
})

test('a run has at most the given number of items', async () => {
  const { runs, call } = createStage({ maxItems: 2 })
  const calls = [1, 2, 3].map(call)
  await settle()
  runs[0]?.end.resolve()
  await settle()
  runs[1]?.end.resolve()
  await Promise.all(calls)
  expect(runs.map(({ items }) => items)).toEqual([[1, 2], [3]])
})

test('a run that fails rejects only its own calls', async () => {
  const { runs, call } = createStage()
  const first = call(1)
  await settle()
  const second = call(2)
  runs[0]?.end.reject(new Error('unreachable'))
  await expect(first).rejects.toThrow('unreachable')
  await settle()
  runs[1]?.end.resolve()
  expect(await second).toBe(20)
})

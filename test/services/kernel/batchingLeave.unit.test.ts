import { expect, test, vi } from 'vitest'
import { createBatches } from '../../../src/services/kernel/batching.ts'

test('a call that leaves after its wait is in no batch', async ({ onTestFinished }) => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const { promise, resolve } = Promise.withResolvers<void>()
  const batches: number[][] = []
  const run = async (items: number[]) => {
    batches.push(items)
    await promise
    return items
  }
  const call = createBatches(run, { leave: { afterMs: 1000, result: -1 } })
  const first = call(1)
  await vi.advanceTimersByTimeAsync(10)
  const second = call(2)
  await vi.advanceTimersByTimeAsync(990)
  const third = call(3)
  await vi.advanceTimersByTimeAsync(10)
  expect(await second).toBe(-1)
  resolve()
  expect(await Promise.all([first, third])).toEqual([1, 3])
  expect(batches).toEqual([[1], [3]])
})

import { expect, it } from 'vitest'
import { createSharedResults } from '../../../worker/ffmpeg/sharedResults.ts'

/** Work that counts its calls and ends when the test says so. */
const createWork = () => {
  const calls: PromiseWithResolvers<number>[] = []
  const make = (): Promise<number> => {
    const call = Promise.withResolvers<number>()
    calls.push(call)
    return call.promise
  }
  return { calls, make }
}

it('makes a result once for two conversions of a file that run side by side', async () => {
  const share = createSharedResults().forFile('a')
  const { calls, make } = createWork()
  const both = [share('name', make), share('name', make)]
  calls[0]?.resolve(1)
  expect(await Promise.all(both)).toEqual([1, 1])
  expect(calls).toHaveLength(1)
})

it('remembers the result for a later conversion', async () => {
  const results = createSharedResults()
  await results.forFile('a')('name', async () => 1)
  expect(await results.forFile('a')('name', () => Promise.reject(new Error('It was made again.')))).toBe(1)
})

it('makes the result of another file', async () => {
  const results = createSharedResults()
  await results.forFile('a')('name', async () => 1)
  expect(await results.forFile('b')('name', async () => 2)).toBe(2)
})

it('makes another result of the same file', async () => {
  const share = createSharedResults().forFile('a')
  await share('other name', async () => 1)
  expect(await share('name', async () => 2)).toBe(2)
})

it('makes the result again for each conversion that waited for one that failed', async () => {
  const share = createSharedResults().forFile('a')
  const { calls, make } = createWork()
  const ended = Promise.allSettled([share('name', make), share('name', make), share('name', make)])
  calls[0]?.reject(new Error('It was cancelled.'))
  await expect.poll(() => calls.length).toBe(2)
  calls[1]?.reject(new Error('It failed.'))
  await expect.poll(() => calls.length).toBe(3)
  calls[2]?.resolve(3)
  expect((await ended).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled'])
})

it('does not keep a cancelled conversion waiting', async () => {
  const share = createSharedResults().forFile('a')
  const { make } = createWork()
  void share('name', make)
  const cancellation = new AbortController()
  const waiting = share('name', make, cancellation.signal)
  const reason = new Error('It was cancelled.')
  cancellation.abort(reason)
  await expect(waiting).rejects.toBe(reason)
})

it('forgets the oldest result', async () => {
  const results = createSharedResults({ maxResults: 2 })
  for (const file of ['a', 'b', 'c']) await results.forFile(file)('name', async () => 1)
  expect(await results.forFile('a')('name', async () => 2)).toBe(2)
  expect(await results.forFile('c')('name', async () => 2)).toBe(1)
})

it('makes a result again once it is too old', async () => {
  const share = createSharedResults({ maxAgeMs: 0 }).forFile('a')
  await share('name', async () => 1)
  expect(await share('name', async () => 2)).toBe(2)
})

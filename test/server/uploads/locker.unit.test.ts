import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createUploadLocker } from '../../../src/server/uploadLocker.ts'
import { RateLimitedError } from '../../../src/services/kernel/errors.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

/** Holds the lock of an upload until `release` is called; `stop` is the holder's signal once it holds the lock. */
const hold = (locker: ReturnType<typeof createUploadLocker>, uploadId: string) => {
  const { promise, resolve: release } = Promise.withResolvers<void>()
  const holder: { stop: AbortSignal | null } = { stop: null }
  const done = locker.run(uploadId, (stop) => {
    holder.stop = stop
    return promise
  })
  return { holder, release, done }
}
const settle = () => vi.advanceTimersByTimeAsync(0)

describe('the upload locker', () => {
  it('runs one request at a time per upload, in order of arrival', async () => {
    const locker = createUploadLocker()
    const [first, second, third] = [hold(locker, 'a'), hold(locker, 'a'), hold(locker, 'a')]
    const isHeld = () => [first, second, third].map(({ holder }) => holder.stop !== null)
    await settle()
    expect(isHeld()).toEqual([true, false, false])
    first.release()
    await settle()
    expect(isHeld()).toEqual([true, true, false])
    second.release()
    await settle()
    expect(isHeld()).toEqual([true, true, true])
  })

  it('does not make different uploads wait for each other', async () => {
    const locker = createUploadLocker()
    const requests = [hold(locker, 'a'), hold(locker, 'b')]
    await settle()
    expect(requests.map(({ holder }) => holder.stop?.aborted)).toEqual([false, false])
  })

  it('stops the holder 200 ms after another request arrives', async () => {
    const locker = createUploadLocker()
    const { holder } = hold(locker, 'a')
    await vi.advanceTimersByTimeAsync(1000)
    expect(holder.stop?.aborted).toBe(false)
    hold(locker, 'a')
    await vi.advanceTimersByTimeAsync(199)
    expect(holder.stop?.aborted).toBe(false)
    await vi.advanceTimersByTimeAsync(1)
    expect(holder.stop?.aborted).toBe(true)
  })

  it('stops the next holder too if more requests wait', async () => {
    const locker = createUploadLocker()
    const [first, second] = [hold(locker, 'a'), hold(locker, 'a'), hold(locker, 'a')]
    first.release()
    await vi.advanceTimersByTimeAsync(200)
    expect(second.holder.stop?.aborted).toBe(true)
  })

  /** Makes a second request wait for 60 s, and a third one for 30 s. */
  const waitTooLong = async () => {
    const locker = createUploadLocker()
    const first = hold(locker, 'a')
    const second = hold(locker, 'a').done.catch((error: unknown) => error)
    await vi.advanceTimersByTimeAsync(30_000)
    const third = hold(locker, 'a')
    await vi.advanceTimersByTimeAsync(30_000)
    return { first, second, third }
  }

  it('refuses a request that has waited for 60 s', async () => {
    const { second } = await waitTooLong()
    expect(await second).toBeInstanceOf(RateLimitedError)
  })

  it('passes the lock on to later requests if one has waited too long', async () => {
    const { first, third } = await waitTooLong()
    first.release()
    await settle()
    expect(third.holder.stop).not.toBeNull()
  })

  it('passes the lock on after a failure', async () => {
    const locker = createUploadLocker()
    const failure = locker.run('a', async () => Promise.reject(new Error('failed')))
    const next = hold(locker, 'a')
    await expect(failure).rejects.toThrow('failed')
    await settle()
    expect(next.holder.stop).not.toBeNull()
  })
})

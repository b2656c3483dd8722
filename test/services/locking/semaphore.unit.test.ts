import { describe, expect, it, vi } from 'vitest'
import { createSemaphore } from '../../../src/services/locking/semaphore.ts'

const hour = 3_600_000
const options = { waitMs: hour, refuse: () => new Error('too busy') }

/** Opens a semaphore for work that ends on demand, and records the names of started work. */
const openSemaphore = (permits: number) => {
  const semaphore = createSemaphore(permits)
  const started: string[] = []
  const ends = new Map<string, PromiseWithResolvers<void>>()
  const run = (name: string, { waitMs = hour, isUrgent = false } = {}): Promise<string> => {
    const end = Promise.withResolvers<void>()
    ends.set(name, end)
    const work = async () => {
      started.push(name)
      await end.promise
      return name
    }
    return semaphore.run(work, { ...options, waitMs, isUrgent })
  }
  return {
    run,
    started,
    end: (name: string) => ends.get(name)?.resolve(),
    break: (name: string) => ends.get(name)?.reject(new Error(name)),
  }
}

describe('a semaphore', () => {
  it('runs as many tasks as it has permits, in the order of their arrival', async () => {
    const { run, started, end } = openSemaphore(2)
    const runs = ['a', 'b', 'c', 'd'].map((name) => run(name))
    await vi.waitFor(() => expect(started).toEqual(['a', 'b']))
    end('b')
    expect(await runs[1]).toBe('b')
    await vi.waitFor(() => expect(started).toEqual(['a', 'b', 'c']))
    end('a')
    end('c')
    await Promise.all([runs[0], runs[2]])
    end('d')
    expect(await runs[3]).toBe('d')
    expect(started).toEqual(['a', 'b', 'c', 'd'])
  })

  it('releases the permit of a task that fails', async () => {
    const semaphore = openSemaphore(1)
    const [first, second] = [semaphore.run('first'), semaphore.run('second')]
    semaphore.break('first')
    await expect(first).rejects.toThrow('first')
    semaphore.end('second')
    expect(await second).toBe('second')
  })

  it('refuses a task that has waited too long without starting it', async () => {
    const { run, started, end } = openSemaphore(1)
    const [first, late, next] = [run('first'), run('late', { waitMs: 1 }), run('next')]
    await expect(late).rejects.toThrow('too busy')
    end('first')
    end('next')
    expect(await Promise.all([first, next])).toEqual(['first', 'next'])
    expect(started).toEqual(['first', 'next'])
  })

  it('starts urgent tasks before other waiting tasks', async () => {
    const { run, started, end } = openSemaphore(1)
    const runs = [run('a'), run('b'), run('c', { isUrgent: true }), run('d', { isUrgent: true })]
    for (const name of ['a', 'b', 'c', 'd']) end(name)
    await Promise.all(runs)
    expect(started).toEqual(['a', 'c', 'd', 'b'])
  })

  it('leaves one of several permits to waiting tasks that are not urgent', async () => {
    const { run, started, end } = openSemaphore(2)
    const urgent = ['a', 'b', 'c', 'd'].map((name) => run(name, { isUrgent: true }))
    const normal = run('normal')
    end('a')
    await vi.waitFor(() => expect(started).toEqual(['a', 'b', 'normal']))
    for (const name of ['b', 'normal', 'c', 'd']) end(name)
    await Promise.all([...urgent, normal])
  })
})

import { describe, expect, it, vi } from 'vitest'
import { createSemaphore } from '../../../src/services/locking/semaphore.ts'

const hour = 3_600_000
const options = { waitMs: hour, refuse: () => new Error('too busy') }

/** Work that ends when it is told to, in a gate that notes who is inside. */
const openSemaphore = (permits: number) => {
  const semaphore = createSemaphore(permits)
  const active: string[] = []
  const ends = new Map<string, PromiseWithResolvers<void>>()
  const run = (name: string, waitMs = hour): Promise<string> => {
    const end = Promise.withResolvers<void>()
    ends.set(name, end)
    const work = async () => {
      active.push(name)
      await end.promise
      return name
    }
    return semaphore.run(work, { ...options, waitMs })
  }
  return {
    pass: run,
    inside: active,
    end: (name: string) => ends.get(name)?.resolve(),
    break: (name: string) => ends.get(name)?.reject(new Error(name)),
  }
}

describe('a gate', () => {
  it('lets in as many as it has places, and the next in the order in which they came', async () => {
    const { pass: run, inside: active, end } = openSemaphore(2)
    const runs = ['a', 'b', 'c', 'd'].map((name) => run(name))
    await vi.waitFor(() => expect(active).toEqual(['a', 'b']))
    end('b')
    expect(await runs[1]).toBe('b')
    await vi.waitFor(() => expect(active).toEqual(['a', 'b', 'c']))
    end('a')
    end('c')
    await Promise.all([runs[0], runs[2]])
    end('d')
    expect(await runs[3]).toBe('d')
    expect(active).toEqual(['a', 'b', 'c', 'd'])
  })

  it('goes on after work that failed', async () => {
    const semaphore = openSemaphore(1)
    const [first, second] = [semaphore.pass('first'), semaphore.pass('second')]
    semaphore.break('first')
    await expect(first).rejects.toThrow('first')
    semaphore.end('second')
    expect(await second).toBe('second')
  })

  it('refuses who has waited for too long, without beginning, and forgets them', async () => {
    const { pass: run, inside: active, end } = openSemaphore(1)
    const [first, late, next] = [run('first'), run('late', 1), run('next')]
    await expect(late).rejects.toThrow('too busy')
    end('first')
    end('next')
    expect(await Promise.all([first, next])).toEqual(['first', 'next'])
    expect(active).toEqual(['first', 'next'])
  })
})

import { describe, expect, it, vi } from 'vitest'
import { createGate } from '../../../src/services/locking/semaphore.ts'

const hour = 3_600_000
const options = { waitMs: hour, refuse: () => new Error('too busy') }

/** Work that ends when it is told to, in a gate that notes who is inside. */
const openGate = (places: number) => {
  const gate = createGate(places)
  const inside: string[] = []
  const ends = new Map<string, PromiseWithResolvers<void>>()
  const pass = (name: string, waitMs = hour): Promise<string> => {
    const end = Promise.withResolvers<void>()
    ends.set(name, end)
    const work = async () => {
      inside.push(name)
      await end.promise
      return name
    }
    return gate.pass(work, { ...options, waitMs })
  }
  return {
    pass,
    inside,
    end: (name: string) => ends.get(name)?.resolve(),
    break: (name: string) => ends.get(name)?.reject(new Error(name)),
  }
}

describe('a gate', () => {
  it('lets in as many as it has places, and the next in the order in which they came', async () => {
    const { pass, inside, end } = openGate(2)
    const passes = ['a', 'b', 'c', 'd'].map((name) => pass(name))
    await vi.waitFor(() => expect(inside).toEqual(['a', 'b']))
    end('b')
    expect(await passes[1]).toBe('b')
    await vi.waitFor(() => expect(inside).toEqual(['a', 'b', 'c']))
    end('a')
    end('c')
    await Promise.all([passes[0], passes[2]])
    end('d')
    expect(await passes[3]).toBe('d')
    expect(inside).toEqual(['a', 'b', 'c', 'd'])
  })

  it('goes on after work that failed', async () => {
    const gate = openGate(1)
    const [first, second] = [gate.pass('first'), gate.pass('second')]
    gate.break('first')
    await expect(first).rejects.toThrow('first')
    gate.end('second')
    expect(await second).toBe('second')
  })

  it('refuses who has waited for too long, without beginning, and forgets them', async () => {
    const { pass, inside, end } = openGate(1)
    const [first, late, next] = [pass('first'), pass('late', 1), pass('next')]
    await expect(late).rejects.toThrow('too busy')
    end('first')
    end('next')
    expect(await Promise.all([first, next])).toEqual(['first', 'next'])
    expect(inside).toEqual(['first', 'next'])
  })
})

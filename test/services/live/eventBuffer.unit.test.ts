import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { createEventBuffer } from '../../../src/services/live/eventBuffer.ts'

const readRest = async <Item>(iterator: AsyncIterableIterator<Item>): Promise<Item[]> => {
  const items: Item[] = []
  for await (const item of iterator) items.push(item)
  return items
}

describe('an event buffer', () => {
  const createEndedBuffer = () => {
    const release = vi.fn()
    const buffer = createEventBuffer<number>(release)
    buffer.push(1, null)
    buffer.push(2, null)
    buffer.end()
    return { buffer, release }
  }

  it('delivers the waiting items after its end', async () => {
    const { buffer } = createEndedBuffer()
    expect(await readRest(buffer.iterator)).toEqual([1, 2])
  })

  it('ignores items added after its end', async () => {
    const { buffer } = createEndedBuffer()
    buffer.push(3, null)
    expect(await readRest(buffer.iterator)).toEqual([1, 2])
  })

  it('calls release only once', async () => {
    const { buffer, release } = createEndedBuffer()
    expect(release).toHaveBeenCalledTimes(1)
    await readRest(buffer.iterator)
    await buffer.iterator.return?.()
    expect(release).toHaveBeenCalledTimes(1)
  })

  it('ends all waiting reads when the reader leaves', async () => {
    const buffer = createEventBuffer<number>(() => undefined)
    const reads = [buffer.iterator.next(), buffer.iterator.next()]
    await buffer.iterator.return?.()
    expect(await Promise.all(reads)).toEqual([{ done: true }, { done: true }])
    expect(await buffer.iterator.next()).toEqual({ done: true })
  })

  it('calls release when the reader leaves', async () => {
    const release = vi.fn()
    const buffer = createEventBuffer<number>(release)
    const reads = [buffer.iterator.next(), buffer.iterator.next()]
    await buffer.iterator.return?.()
    await Promise.all(reads)
    expect(release).toHaveBeenCalledTimes(1)
  })

  it('delivers items to waiting reads in order', async () => {
    const buffer = createEventBuffer<number>(() => undefined)
    const reads = [buffer.iterator.next(), buffer.iterator.next()]
    buffer.push(1, null)
    buffer.push(2, null)
    expect((await Promise.all(reads)).map(({ value }) => value)).toEqual([1, 2])
  })

  it('replaces an item only by a newer one with the same key, never across an item without a key', async () => {
    const item = fc.record({ key: fc.constantFrom(null, 'a', 'b'), at: fc.nat() })
    await fc.assert(
      fc.asyncProperty(fc.array(item, { maxLength: 40 }), async (items) => {
        const buffer = createEventBuffer<(typeof items)[number]>(() => undefined)
        for (const each of items) buffer.push(each, each.key)
        buffer.end()
        const output = await readRest(buffer.iterator)
        const expected = items.filter((each, index) => {
          const later = items.slice(index + 1)
          const end = later.findIndex(({ key }) => key === null)
          const run = end < 0 ? later : later.slice(0, end)
          return each.key === null || !run.some(({ key }) => key === each.key)
        })
        expect(output.length).toBe(expected.length)
        expect(new Set(output)).toEqual(new Set(expected))
        const unkeyed = (all: typeof items) => all.filter(({ key }) => key === null)
        expect(unkeyed(output)).toEqual(unkeyed(items))
      }),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { createEventBuffer } from '../../../src/services/live/eventBuffer.ts'

const readRest = async <Item>(iterator: AsyncIterableIterator<Item>): Promise<Item[]> => {
  const items: Item[] = []
  for await (const item of iterator) items.push(item)
  return items
}

describe('an inbox', () => {
  it('delivers what waits after its end, then ends, and releases once', async () => {
    const release = vi.fn()
    const buffer = createEventBuffer<number>(release)
    buffer.push(1, null)
    buffer.push(2, null)
    buffer.end()
    buffer.push(3, null)
    expect(release).toHaveBeenCalledTimes(1)
    expect(await readRest(buffer.iterator)).toEqual([1, 2])
    await buffer.iterator.return?.()
    expect(release).toHaveBeenCalledTimes(1)
  })

  it('lets go of everybody who waits when it is left', async () => {
    const release = vi.fn()
    const buffer = createEventBuffer<number>(release)
    const reads = [buffer.iterator.next(), buffer.iterator.next()]
    await buffer.iterator.return?.()
    expect(await Promise.all(reads)).toEqual([{ done: true }, { done: true }])
    expect(release).toHaveBeenCalledTimes(1)
    expect(await buffer.iterator.next()).toEqual({ done: true })
  })

  it('gives items to several waiting readers in order', async () => {
    const buffer = createEventBuffer<number>(() => undefined)
    const reads = [buffer.iterator.next(), buffer.iterator.next()]
    buffer.push(1, null)
    buffer.push(2, null)
    expect((await Promise.all(reads)).map(({ value }) => value)).toEqual([1, 2])
  })

  it('keeps every item without a key in order, and of equal keys between them the last', async () => {
    const item = fc.record({ key: fc.constantFrom(null, 'a', 'b'), at: fc.nat() })
    await fc.assert(
      fc.asyncProperty(fc.array(item, { maxLength: 40 }), async (items) => {
        const buffer = createEventBuffer<(typeof items)[number]>(() => undefined)
        for (const one of items) buffer.push(one, one.key)
        buffer.end()
        const output = await readRest(buffer.iterator)
        const expected = items.filter((one, index) => {
          const later = items.slice(index + 1)
          const end = later.findIndex(({ key }) => key === null)
          const run = end < 0 ? later : later.slice(0, end)
          return one.key === null || !run.some(({ key }) => key === one.key)
        })
        expect(output.length).toBe(expected.length)
        expect(new Set(output)).toEqual(new Set(expected))
        const unkeyed = (all: typeof items) => all.filter(({ key }) => key === null)
        expect(unkeyed(output)).toEqual(unkeyed(items))
      }),
    )
  })
})

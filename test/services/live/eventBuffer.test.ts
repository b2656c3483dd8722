import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { createInbox } from '../../../src/services/live/eventBuffer.ts'

const rest = async <Item>(iterator: AsyncIterableIterator<Item>): Promise<Item[]> => {
  const items: Item[] = []
  for await (const item of iterator) items.push(item)
  return items
}

describe('an inbox', () => {
  it('delivers what waits after its end, then ends, and releases once', async () => {
    const release = vi.fn()
    const inbox = createInbox<number>(release)
    inbox.push(1, null)
    inbox.push(2, null)
    inbox.end()
    inbox.push(3, null)
    expect(release).toHaveBeenCalledTimes(1)
    expect(await rest(inbox.iterator)).toEqual([1, 2])
    await inbox.iterator.return?.()
    expect(release).toHaveBeenCalledTimes(1)
  })

  it('lets go of everybody who waits when it is left', async () => {
    const release = vi.fn()
    const inbox = createInbox<number>(release)
    const waiting = [inbox.iterator.next(), inbox.iterator.next()]
    await inbox.iterator.return?.()
    expect(await Promise.all(waiting)).toEqual([{ done: true }, { done: true }])
    expect(release).toHaveBeenCalledTimes(1)
    expect(await inbox.iterator.next()).toEqual({ done: true })
  })

  it('gives items to several waiting readers in order', async () => {
    const inbox = createInbox<number>(() => undefined)
    const waiting = [inbox.iterator.next(), inbox.iterator.next()]
    inbox.push(1, null)
    inbox.push(2, null)
    expect((await Promise.all(waiting)).map(({ value }) => value)).toEqual([1, 2])
  })

  it('keeps every item without a key in order, and of equal keys between them the last', async () => {
    const item = fc.record({ key: fc.constantFrom(null, 'a', 'b'), at: fc.nat() })
    await fc.assert(
      fc.asyncProperty(fc.array(item, { maxLength: 40 }), async (items) => {
        const inbox = createInbox<(typeof items)[number]>(() => undefined)
        for (const one of items) inbox.push(one, one.key)
        inbox.end()
        const got = await rest(inbox.iterator)
        const lastOfItsRun = items.filter((one, index) => {
          const later = items.slice(index + 1)
          const end = later.findIndex(({ key }) => key === null)
          const run = end < 0 ? later : later.slice(0, end)
          return one.key === null || !run.some(({ key }) => key === one.key)
        })
        expect(got.length).toBe(lastOfItsRun.length)
        expect(new Set(got)).toEqual(new Set(lastOfItsRun))
        const plain = (all: typeof items) => all.filter(({ key }) => key === null)
        expect(plain(got)).toEqual(plain(items))
      }),
    )
  })
})

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  append,
  insert,
  maxPages,
  type Page,
  patch,
  prepend,
  remove,
  type Window,
  windowAtEnd,
  windowAtStart,
} from '../../console/src/data/mediaWindow.ts'

interface Item {
  id: string
  rank: number
  title?: string
}

const pageSize = 5

/** A list of the server, of which pages are read by cursors that stay valid when their item is removed. */
const createList = (ranks: number[]) => {
  let items: Item[] = ranks.toSorted((a, b) => a - b).map((rank) => ({ id: `m${rank}`, rank }))
  const pageOf = (part: Item[]): Page<Item> => ({
    items: part,
    startCursor: part[0] === undefined ? null : String(part[0].rank),
    endCursor: part.at(-1) === undefined ? null : String(part.at(-1)?.rank),
  })
  return {
    ids: () => items.map(({ id }) => id),
    ranks: () => items.map(({ rank }) => rank),
    start: () => windowAtStart(pageOf(items.slice(0, pageSize)), items.length <= pageSize),
    end: () => windowAtEnd(pageOf(items.slice(-pageSize)), items.length <= pageSize, items.length),
    after: (window: Window<Item>) => {
      const cursor = window.pages.at(-1)?.endCursor ?? ''
      const rest = items.filter(({ rank }) => rank > Number(cursor))
      return append(window, cursor, pageOf(rest.slice(0, pageSize)), rest.length <= pageSize)
    },
    before: (window: Window<Item>) => {
      const cursor = window.pages[0]?.startCursor ?? ''
      const rest = items.filter(({ rank }) => rank < Number(cursor))
      return prepend(window, cursor, pageOf(rest.slice(-pageSize)), rest.length <= pageSize)
    },
    add: (rank: number): Item => {
      const item = { id: `m${rank}`, rank }
      items = [...items, item].toSorted((a, b) => a.rank - b.rank)
      return item
    },
    remove: (rank: number) => {
      items = items.filter((item) => item.rank !== rank)
    },
  }
}

const idsOf = (window: Window<Item>): string[] => window.items.map(({ id }) => id)
const byRank = (a: Item, b: Item): number => a.rank - b.rank
const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index)

type Step = 'after' | 'before' | 'start' | 'end'

/** Runs of steps in one direction, long enough that pages are dropped. */
const steps = fc
  .array(
    fc.record({
      step: fc.constantFrom<Step>('after', 'after', 'after', 'before', 'before', 'start', 'end'),
      times: fc.integer({ min: 1, max: 40 }),
    }),
    { maxLength: 12 },
  )
  .map((runs) => runs.flatMap(({ step, times }) => Array.from({ length: times }, () => step)))

const move = (list: ReturnType<typeof createList>, window: Window<Item>, step: Step): Window<Item> => {
  if (step === 'start' || step === 'end') return list[step]()
  const isAtEdge = step === 'after' ? window.isAtEnd : window.isAtStart
  return isAtEdge ? window : list[step](window)
}

describe('a window over a list', () => {
  it('shows a part of the list in order without gaps, however it is moved', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 400 }), steps, (count, moves) => {
        const list = createList(numbers(count))
        let window = list.start()
        for (const step of moves) {
          window = move(list, window, step)
          expect(idsOf(window)).toEqual(list.ids().slice(window.base, window.base + window.items.length))
          expect(window.isAtStart).toBe(window.base === 0)
          expect(window.isAtEnd).toBe(window.base + window.items.length === count)
          expect(window.pages.length).toBeLessThanOrEqual(maxPages)
        }
      }),
    )
  })

  it('reaches every item from the start to the end and back', () => {
    const list = createList(numbers(1234))
    let window = list.start()
    const seen = new Set(idsOf(window))
    while (!window.isAtEnd) {
      window = list.after(window)
      for (const id of idsOf(window)) seen.add(id)
    }
    expect(seen.size).toBe(1234)
    while (!window.isAtStart) window = list.before(window)
    expect(idsOf(window).slice(0, 3)).toEqual(['m0', 'm1', 'm2'])
  })

  it('shows no item twice and keeps the order while items come and go', () => {
    const change = fc.record({ kind: fc.constantFrom('add', 'remove', 'move'), rank: fc.nat(600), steps })
    fc.assert(
      fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
        const list = createList(numbers(300).map((number) => number * 2))
        let window = list.start()
        for (const { kind, rank, steps: moves } of changes) {
          if (kind === 'add' && !list.ranks().includes(rank)) window = insert(window, list.add(rank), byRank) ?? window
          else if (kind === 'remove') {
            list.remove(rank)
            window = remove(window, new Set([`m${rank}`]))
          } else window = moves.reduce((moved, step) => move(list, moved, step), window)
          const ranks = window.items.map((item) => item.rank)
          expect(ranks).toEqual(list.ranks().filter((one) => one >= (ranks[0] ?? 0) && one <= (ranks.at(-1) ?? -1)))
        }
      }),
    )
  })

  it('drops the pages at its far side', () => {
    const list = createList(numbers(200))
    let window = list.start()
    while (window.pages.length < maxPages) window = list.after(window)
    window = list.after(window)
    expect(window).toMatchObject({ base: pageSize, isAtStart: false })
    expect(window.pages).toHaveLength(maxPages)
  })

  it('ignores a page that was asked for before the window moved', () => {
    const list = createList(numbers(50))
    const first = list.start()
    const window = list.after(first)
    const late = { items: [], startCursor: null, endCursor: null }
    expect(append(window, first.pages[0]?.endCursor ?? '', late, true)).toBe(window)
  })

  it('shows an item that moved only where it was read last', () => {
    const list = createList(numbers(20))
    const window = list.after(list.start())
    const moved = { items: [{ id: 'm2', rank: 11 }], startCursor: '11', endCursor: '11' }
    expect(idsOf(append(window, '9', moved, false)).filter((id) => id === 'm2')).toEqual(['m2'])
  })

  it('replaces changed items only', () => {
    const window = createList(numbers(20)).start()
    const next = patch(window, [{ id: 'm3', rank: 3, title: 'New' }])
    expect(next.items[3]?.title).toBe('New')
    expect(next.items[2]).toBe(window.items[2])
  })

  it('does not change for items that it does not hold', () => {
    const window = createList(numbers(20)).start()
    expect(patch(window, [{ id: 'm19', rank: 19 }])).toBe(window)
    expect(remove(window, new Set(['m19']))).toBe(window)
  })

  it('holds no place before its first item unless it begins with the list', () => {
    const list = createList(numbers(20).map((number) => number + 1))
    const item = { id: 'm0', rank: 0 }
    expect(insert(list.end(), item, byRank)).toBeNull()
    expect(idsOf(insert(list.start(), item, byRank) ?? list.end())[0]).toBe('m0')
  })
})

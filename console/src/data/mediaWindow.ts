/** Page of a long list, with the cursors of its first and last item. An item that leaves the list does not void them. */
export interface Page<Item> {
  items: readonly Item[]
  startCursor: string | null
  endCursor: string | null
}

/** Consecutive pages of a long list: those around what is shown, while the others are dropped. */
export interface Window<Item> {
  pages: readonly Page<Item>[]
  /** Items of the pages, in the order of the list. */
  items: readonly Item[]
  /**
   * Index of the first item in the whole list. It is exact while the window was only moved from the start of the list;
   * after a jump to the end it is counted back from the number of media, and may be off if the list changed meanwhile.
   */
  base: number
  isAtStart: boolean
  isAtEnd: boolean
}

interface Identified {
  id: string
}

/** Pages that are held at most. */
export const maxPages = 20

const windowOf = <Item>({ pages, ...rest }: Omit<Window<Item>, 'items'>): Window<Item> => ({
  ...rest,
  base: rest.isAtStart ? 0 : rest.base,
  pages,
  items: pages.flatMap(({ items }) => items),
})

/** Creates a window that begins with the first page of the list. */
export const windowAtStart = <Item>(page: Page<Item>, isAtEnd: boolean): Window<Item> =>
  windowOf({ pages: [page], base: 0, isAtStart: true, isAtEnd })

/** Creates a window that ends with the last page of the list. `total` is the number of items, if it is known. */
export const windowAtEnd = <Item>(page: Page<Item>, isAtStart: boolean, total: number): Window<Item> =>
  windowOf({ pages: [page], base: Math.max(0, total - page.items.length), isAtStart, isAtEnd: true })

/** Creates a window around an item with this index, from the pages before it and from it on. */
export const windowAround = <Item>(
  pages: readonly Page<Item>[],
  base: number,
  ends: { isAtStart: boolean; isAtEnd: boolean },
): Window<Item> => windowOf({ pages, base, ...ends })

/** Takes items out of pages: an item that moved within the list stays where it was read last. */
const without = <Item extends Identified>(pages: readonly Page<Item>[], ids: ReadonlySet<string>): Page<Item>[] =>
  pages.map((page) =>
    page.items.some(({ id }) => ids.has(id)) ? { ...page, items: page.items.filter(({ id }) => !ids.has(id)) } : page,
  )

const idsOf = (page: Page<Identified>): ReadonlySet<string> => new Set(page.items.map(({ id }) => id))

/** Adds the page that was read after the cursor, and drops the first page if too many are held. Ignores stale pages. */
export const append = <Item extends Identified>(
  window: Window<Item>,
  after: string,
  page: Page<Item>,
  isAtEnd: boolean,
): Window<Item> => {
  if (window.pages.at(-1)?.endCursor !== after) return window
  if (page.items.length === 0) return { ...window, isAtEnd }
  const pages = [...without(window.pages, idsOf(page)), page]
  const dropped = pages.slice(0, Math.max(0, pages.length - maxPages))
  return windowOf({
    pages: pages.slice(dropped.length),
    base: window.base + dropped.flatMap(({ items }) => items).length,
    isAtStart: window.isAtStart && dropped.length === 0,
    isAtEnd,
  })
}

/** Adds the page that was read before the cursor, and drops the last page if too many are held. Ignores stale pages. */
export const prepend = <Item extends Identified>(
  window: Window<Item>,
  before: string,
  page: Page<Item>,
  isAtStart: boolean,
): Window<Item> => {
  if (window.pages[0]?.startCursor !== before) return window
  if (page.items.length === 0) return windowOf({ ...window, isAtStart })
  const pages = [page, ...without(window.pages, idsOf(page))]
  return windowOf({
    pages: pages.slice(0, maxPages),
    base: window.base - page.items.length,
    isAtStart,
    isAtEnd: window.isAtEnd && pages.length <= maxPages,
  })
}

/** Replaces each item by one with the same id. */
export const mapItems = <Item>(window: Window<Item>, change: (item: Item) => Item): Window<Item> =>
  windowOf({ ...window, pages: window.pages.map((page) => ({ ...page, items: page.items.map(change) })) })

/** Puts newer states of items into the place of those that are held. */
export const patch = <Item extends Identified>(window: Window<Item>, items: readonly Item[]): Window<Item> => {
  const newer = new Map(items.map((item) => [item.id, item]))
  if (!window.items.some(({ id }) => newer.has(id))) return window
  const pages = window.pages.map((page) =>
    page.items.some(({ id }) => newer.has(id))
      ? { ...page, items: page.items.map((item) => newer.get(item.id) ?? item) }
      : page,
  )
  return windowOf({ ...window, pages })
}

export const remove = <Item extends Identified>(window: Window<Item>, ids: ReadonlySet<string>): Window<Item> =>
  window.items.some(({ id }) => ids.has(id)) ? windowOf({ ...window, pages: without(window.pages, ids) }) : window

/**
 * Puts a new item where it belongs, if that place is held. Returns null if it is not: before the first item of a
 * window that does not begin with the list, or after the last item of one that does not end with it.
 */
export const insert = <Item extends Identified>(
  window: Window<Item>,
  item: Item,
  compare: (a: Item, b: Item) => number,
): Window<Item> | null => {
  const index = window.items.findIndex((other) => compare(item, other) < 0)
  if (index === 0 && !window.isAtStart) return null
  if (index === -1 && !window.isAtEnd) return null
  const next = index === -1 ? undefined : window.items[index]
  const pageIndex =
    next === undefined ? window.pages.length - 1 : window.pages.findIndex(({ items }) => items.includes(next))
  const pages = window.pages.map((page, position) => {
    if (position !== pageIndex) return page
    const at = next === undefined ? page.items.length : page.items.indexOf(next)
    return { ...page, items: page.items.toSpliced(at, 0, item) }
  })
  return windowOf({ ...window, pages })
}

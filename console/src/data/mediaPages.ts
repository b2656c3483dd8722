import {
  type MediaFilter,
  MediaListDocument,
  type MediaListQuery,
  type MediaListQueryVariables,
  type MediaOrder,
} from '../api/generated/documents.ts'
import type { Send } from '../api/send.ts'
import { mapItems, type Page, remove, type Window, windowAround, windowAtEnd, windowAtStart } from './mediaWindow.ts'

export type MediaCard = MediaListQuery['mediaList']['nodes'][number]

export const pageSize = 100

/** List of media that match a filter, in an order. */
export interface ListedBy {
  filter: MediaFilter
  order: MediaOrder
}

export interface ReadPage extends Page<MediaCard> {
  isAtStart: boolean
  isAtEnd: boolean
}

type Position = Pick<MediaListQueryVariables, 'first' | 'after' | 'last' | 'before'>

export const readPage = async (
  send: Send,
  { filter, order }: ListedBy,
  position: Position,
  signal?: AbortSignal,
): Promise<ReadPage> => {
  const { mediaList } = await send(MediaListDocument, { filter, order, ...position }, { signal })
  const { hasNextPage, hasPreviousPage, startCursor, endCursor } = mediaList.pageInfo
  return { items: mediaList.nodes, startCursor, endCursor, isAtStart: !hasPreviousPage, isAtEnd: !hasNextPage }
}

export const readStart = async (send: Send, list: ListedBy, signal?: AbortSignal): Promise<Window<MediaCard>> => {
  const page = await readPage(send, list, { first: pageSize }, signal)
  return windowAtStart(page, page.isAtEnd)
}

export const readEnd = async (send: Send, list: ListedBy, total: number): Promise<Window<MediaCard>> => {
  const page = await readPage(send, list, { last: pageSize })
  return windowAtEnd(page, page.isAtStart, total)
}

/** Index and cursor of the first item of the page that begins closest to an item. */
const nearestPage = (window: Window<MediaCard>, index: number): { index: number; cursor: string } | null => {
  let start = 0
  let nearest: { index: number; cursor: string } | null = null
  for (const { items, startCursor } of window.pages) {
    if (startCursor !== null && (nearest === null || Math.abs(start - index) < Math.abs(nearest.index - index)))
      nearest = { index: start, cursor: startCursor }
    start += items.length
  }
  return nearest
}

/**
 * Reads what is shown again, after changes may have been missed: at most two pages around the item with this index.
 * The other pages are dropped, for they may be out of date.
 */
export const readAgain = async (
  send: Send,
  list: ListedBy,
  held: Window<MediaCard>,
  shownIndex: number,
  signal?: AbortSignal,
): Promise<Window<MediaCard>> => {
  const nearest = nearestPage(held, shownIndex)
  if (nearest === null || (held.isAtStart && nearest.index === 0)) return readStart(send, list, signal)
  const before = await readPage(send, list, { last: pageSize, before: nearest.cursor }, signal)
  // A cursor excludes its own item, so the second page follows the last item of the first one.
  const after = await readPage(send, list, { first: pageSize, after: before.endCursor ?? undefined }, signal)
  const pages = before.items.length === 0 ? [after] : [before, after]
  return windowAround(pages, held.base + nearest.index - before.items.length, {
    isAtStart: before.isAtStart,
    isAtEnd: after.isAtEnd,
  })
}

/**
 * Keeps the objects of cards that did not change, so that they are not rendered again, and the state of those that
 * changed before the answer arrived. Leaves out what was removed meanwhile.
 */
export const reuseCards = (
  next: Window<MediaCard>,
  held: Window<MediaCard>,
  removedIds: ReadonlySet<string>,
): Window<MediaCard> => {
  const cards = new Map(held.items.map((item) => [item.id, item]))
  const reuse = (item: MediaCard): MediaCard => {
    const before = cards.get(item.id)
    if (before === undefined) return item
    return before.updatedAt > item.updatedAt || JSON.stringify(before) === JSON.stringify(item) ? before : item
  }
  return remove(mapItems(next, reuse), removedIds)
}

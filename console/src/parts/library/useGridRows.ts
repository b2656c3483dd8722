import { defaultRangeExtractor, type Range, useVirtualizer, type Virtualizer } from '@tanstack/react-virtual'
import { type RefObject, useLayoutEffect, useReducer, useRef } from 'react'
import { type GridLayout, rowOf } from './gridLayout.ts'

interface GridRowsOptions {
  scroll: RefObject<HTMLDivElement | null>
  layout: GridLayout
  rowHeight: number
  items: readonly { id: string }[]
  /** Row that stays rendered wherever one scrolls: it has the focus. */
  activeRow: number | null
  initialOffset: number
}

type Rows = Virtualizer<HTMLDivElement, Element>

interface GridRows {
  rows: Rows
  /** Scroll position in pixels. */
  top: RefObject<number>
}

/** First item whose row is not above the visible part. */
const firstVisible = (layout: GridLayout, rowHeight: number, top: number): number =>
  Math.max(0, Math.floor(top / rowHeight) * layout.columns - layout.lead)

/**
 * Renders the visible rows. The scroll box holds the rows of the window only, so the scroll position is corrected
 * when rows before the visible ones are added or dropped, and when the number of columns changes.
 */
export const useGridRows = ({
  scroll,
  layout,
  rowHeight,
  items,
  activeRow,
  initialOffset,
}: GridRowsOptions): GridRows => {
  const { columns, firstRow, rowCount } = layout
  const rows: Rows = useVirtualizer<HTMLDivElement, Element>({
    count: rowCount,
    getScrollElement: () => scroll.current,
    estimateSize: () => rowHeight,
    // Rows are known by their place in the whole list, so the virtualizer keeps the place when some are added before.
    getItemKey: (row) => `${columns}:${firstRow + row}`,
    anchorTo: 'end',
    overscan: 1,
    initialOffset,
    rangeExtractor: (range: Range) => {
      const visible = defaultRangeExtractor(range)
      if (activeRow === null || activeRow >= rowCount || visible.includes(activeRow)) return visible
      return [...visible, activeRow].toSorted((a, b) => a - b)
    },
  })

  const rerender = useReducer((count: number) => count + 1, 0)[1]
  const lastTop = useRef(initialOffset)
  const last = useRef({ layout, rowHeight, items })
  useLayoutEffect(() => {
    const before = last.current
    last.current = { layout, rowHeight, items }
    const element = scroll.current
    if (
      element === null ||
      before.items.length === 0 ||
      (before.items === items && before.layout.columns === columns && before.rowHeight === rowHeight)
    )
      return
    const heldOffset = lastTop.current
    if (heldOffset <= 0) return
    const index = firstVisible(before.layout, before.rowHeight, heldOffset)
    const places = new Map(items.map(({ id }, place) => [id, place]))
    for (let candidate = index; candidate < before.items.length; candidate++) {
      const place = places.get(before.items[candidate]?.id ?? '')
      if (place === undefined) continue
      const hidden = heldOffset - rowOf(before.layout, candidate) * before.rowHeight
      const target = Math.max(0, rowOf(layout, place) * rowHeight + hidden)
      // The virtualizer has corrected it already unless items changed their column.
      if (Math.abs(target - element.scrollTop) > 1) {
        element.scrollTop = target
        rows.scrollOffset = element.scrollTop
        rerender()
      }
      return
    }
  }, [scroll, layout, rowHeight, items, columns, rows])

  useLayoutEffect(() => {
    const element = scroll.current
    if (element === null) return
    const remember = (): void => {
      lastTop.current = element.scrollTop
    }
    element.addEventListener('scroll', remember, { passive: true })
    return () => element.removeEventListener('scroll', remember)
  }, [scroll])
  useLayoutEffect(() => {
    lastTop.current = scroll.current?.scrollTop ?? 0
  })
  return { rows, top: lastTop }
}

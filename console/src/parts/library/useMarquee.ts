import { type PointerEvent, type RefObject, useEffectEvent, useRef, useState } from 'react'
import type { SelectionStore } from '../../state/selection.ts'
import { type Area, type GridLayout, indexesIn } from './gridLayout.ts'

interface MarqueeOptions {
  scroll: RefObject<HTMLDivElement | null>
  canvas: RefObject<HTMLDivElement | null>
  layout: GridLayout
  rowHeight: number
  gap: number
  items: readonly { id: string }[]
  store: SelectionStore
}

interface Drag {
  /** Point at which the drag began, in pixels of the whole list: rows may be dropped meanwhile. */
  start: { x: number; y: number }
  pointer: { x: number; y: number }
  isMoving: boolean
  isAdding: boolean
  /** Media inside the rectangle, with those that were inside it when their page was dropped. */
  touched: Set<string>
  initial: readonly string[]
}

const thresholdPx = 6
const edgePx = 48
const maxSpeedPx = 24

/** Selects the media that a dragged rectangle touches. Near the edges it scrolls. */
export const useMarquee = ({ scroll, canvas, layout, rowHeight, gap, items, store }: MarqueeOptions) => {
  const [area, setArea] = useState<Area | null>(null)
  const drag = useRef<Drag | null>(null)
  const listTop = layout.firstRow * rowHeight

  const pointIn = (clientX: number, clientY: number): { x: number; y: number } => {
    const box = canvas.current?.getBoundingClientRect()
    return { x: clientX - (box?.left ?? 0), y: clientY - (box?.top ?? 0) + listTop }
  }

  const select = useEffectEvent((current: Drag): void => {
    const end = pointIn(current.pointer.x, current.pointer.y)
    const next = {
      left: Math.min(current.start.x, end.x),
      right: Math.max(current.start.x, end.x),
      top: Math.min(current.start.y, end.y) - listTop,
      bottom: Math.max(current.start.y, end.y) - listTop,
    }
    setArea(next)
    const width = canvas.current?.clientWidth ?? 0
    const cellWidth = (width - gap * (layout.columns - 1)) / layout.columns
    const inside = new Set(indexesIn(layout, next, { cellWidth, cellHeight: rowHeight - gap, gap }))
    items.forEach(({ id }, index) => {
      if (inside.has(index)) current.touched.add(id)
      else current.touched.delete(id)
    })
    const { selection, change, replace } = store.getState()
    if (selection.type === 'all' && current.isAdding) change(current.touched, true)
    else replace([...current.initial, ...current.touched])
  })

  const onFrame = useEffectEvent((): void => {
    const [current, element] = [drag.current, scroll.current]
    if (current === null || element === null) return
    const box = element.getBoundingClientRect()
    const above = box.top + edgePx - current.pointer.y
    const below = current.pointer.y - (box.bottom - edgePx)
    const distance = above > 0 ? -above : Math.max(below, 0)
    if (current.isMoving && distance !== 0) {
      element.scrollTop += Math.max(-maxSpeedPx, Math.min(maxSpeedPx, distance / 2))
      select(current)
    }
    requestAnimationFrame(() => onFrame())
  })

  const onPointerDown = (event: PointerEvent<HTMLDivElement>): void => {
    const element = scroll.current
    if (element === null || event.button !== 0 || event.pointerType === 'touch' || store.max === 1) return
    // A press on the scroll bar scrolls.
    if (event.clientX >= element.getBoundingClientRect().left + element.clientWidth) return
    const { selection } = store.getState()
    const isAdding = event.ctrlKey || event.metaKey || event.shiftKey
    // A selected card is dragged itself, to a folder.
    if (!isAdding && (event.target as Element).closest('[draggable=true]') !== null) return // as: only elements are pressed
    const pointer = { x: event.clientX, y: event.clientY }
    const current: Drag = {
      start: pointIn(pointer.x, pointer.y),
      pointer,
      isMoving: false,
      isAdding,
      touched: new Set(),
      initial: isAdding && selection.type === 'ids' ? [...selection.ids] : [],
    }
    drag.current = current
    const controller = new AbortController()
    const { signal } = controller
    const end = (): void => {
      controller.abort()
      drag.current = null
      setArea(null)
      if (!current.isMoving) return
      // The click that ends the drag opens nothing.
      const stop = (click: MouseEvent): void => click.stopPropagation()
      addEventListener('click', stop, { capture: true, once: true })
      setTimeout(() => removeEventListener('click', stop, { capture: true }))
    }
    addEventListener(
      'pointermove',
      ({ clientX, clientY }) => {
        current.pointer = { x: clientX, y: clientY }
        if (!current.isMoving) {
          if (Math.hypot(clientX - pointer.x, clientY - pointer.y) < thresholdPx) return
          current.isMoving = true
          onFrame()
        }
        select(current)
      },
      { signal },
    )
    // Cards that the rectangle selects can be dragged from then on: this press does not drag them.
    addEventListener('dragstart', (event) => event.preventDefault(), { signal })
    addEventListener('pointerup', end, { signal })
    addEventListener('pointercancel', end, { signal })
  }

  return { area, onPointerDown }
}

import { type FocusEvent, type RefObject, useCallback, useLayoutEffect, useMemo, useRef, useState } from 'react'
import type { MediaCard } from '../../data/mediaPages.ts'
import type { Window } from '../../data/mediaWindow.ts'

/** Calls back when a dialog that has the focus now has closed and left the focus nowhere. */
const afterDialog = (callback: () => void): void => {
  const onFocusOut = (): void =>
    void requestAnimationFrame(() => {
      if (document.activeElement?.closest('[role=dialog], [role=alertdialog]')) return
      document.removeEventListener('focusout', onFocusOut)
      if (document.activeElement === document.body) callback()
    })
  document.addEventListener('focusout', onFocusOut)
}

/**
 * Keeps the media of the grid that has the focus: the only one that the Tab key reaches. When it is removed, the focus
 * moves to the media in its place.
 */
export const useGridFocus = (
  grid: RefObject<HTMLElement | null>,
  { items, base, isAtEnd }: Window<MediaCard>,
  initialId: string | null,
) => {
  const [activeId, setActiveId] = useState(initialId)
  const indexes = useMemo(() => new Map(items.map(({ id }, index) => [id, index])), [items])
  const activeIndex = activeId === null ? -1 : (indexes.get(activeId) ?? -1)
  const hasFocus = useRef(false)
  const isFocusWanted = useRef(initialId !== null)
  const position = useRef(0)

  const focus = useCallback((id: string | undefined): void => {
    isFocusWanted.current = id !== undefined
    setActiveId(id ?? null)
  }, [])

  useLayoutEffect(() => {
    if (activeId === null) return
    if (activeIndex !== -1) {
      position.current = base + activeIndex
      return
    }
    const index = position.current - base
    const isRemoved = index >= 0 && (index < items.length || isAtEnd)
    const next = isRemoved ? items[Math.min(index, items.length - 1)]?.id : undefined
    setActiveId(next ?? null)
    if (hasFocus.current && next !== undefined) isFocusWanted.current = true
    // Its page was dropped: the keys continue to work, and begin at what is visible.
    else if (hasFocus.current) grid.current?.focus({ preventScroll: true })
    else if (next !== undefined && document.activeElement?.closest('[role=dialog], [role=alertdialog]'))
      afterDialog(() => focus(next))
  }, [activeId, activeIndex, base, items, isAtEnd, grid, focus])

  useLayoutEffect(() => {
    if (!isFocusWanted.current || activeIndex === -1) return
    isFocusWanted.current = false
    const element = grid.current?.querySelector<HTMLElement>(`[data-media="${CSS.escape(activeId ?? '')}"]`)
    // After a way back nothing has the focus; what has it now, such as a link, keeps it.
    const isFree = document.activeElement === document.body || grid.current?.contains(document.activeElement)
    if (isFree) element?.focus({ preventScroll: true })
  })

  return {
    activeId,
    activeIndex,
    indexOf: (id: string): number => indexes.get(id) ?? -1,
    focus,
    onFocus: (event: FocusEvent): void => {
      hasFocus.current = true
      const id = (event.target as HTMLElement).closest<HTMLElement>('[data-media]')?.dataset['media'] // as: only elements take the focus
      if (id !== undefined) setActiveId(id)
    },
    onBlur: (event: FocusEvent): void => {
      hasFocus.current = event.currentTarget.contains(event.relatedTarget)
    },
  }
}

import { useCallback, useRef } from 'react'
import { useServer } from '../../data/context.ts'
import type { ListedBy, MediaCard } from '../../data/mediaPages.ts'
import { readIdsUpTo } from '../../data/mediaRange.ts'
import type { Window } from '../../data/mediaWindow.ts'
import type { SelectionStore } from '../../state/selection.ts'

interface Anchor {
  id: string
  /** Index in the whole list when it was chosen, which says on which side of the window it lies. */
  position: number
}

interface GridSelectionOptions {
  store: SelectionStore
  list: ListedBy
  window: Window<MediaCard>
  /** Called when media between two clicks could not be loaded. */
  onFailedRange(): void
}

/** Selects single media, and ranges from the one that was chosen last, also over pages that are not held. */
export const useGridSelection = ({ store, list, window, onFailedRange }: GridSelectionOptions) => {
  const { send } = useServer()
  const anchor = useRef<Anchor | null>(null)
  const range = useRef<ReadonlySet<string>>(new Set())
  const { items, base, pages } = window

  const setAnchor = useCallback(
    (index: number): void => {
      const id = items[index]?.id
      anchor.current = id === undefined ? null : { id, position: base + index }
      range.current = new Set()
    },
    [items, base],
  )

  const toggle = useCallback(
    (index: number): void => {
      const id = items[index]?.id
      if (id === undefined) return
      setAnchor(index)
      store.getState().toggle(id)
    },
    [items, setAnchor, store],
  )

  /** Ids from the anchor to an index, in any order. Null if they could not be loaded. */
  const idsTo = useCallback(
    async ({ id, position }: Anchor, index: number): Promise<string[] | null> => {
      const ids = items.map((item) => item.id)
      const from = ids.indexOf(id)
      if (from !== -1) return ids.slice(Math.min(from, index), Math.max(from, index) + 1)
      const likely = position < base ? 'before' : 'after'
      for (const direction of [likely, likely === 'before' ? 'after' : 'before'] as const) {
        const cursor = direction === 'before' ? pages[0]?.startCursor : pages.at(-1)?.endCursor
        const held = direction === 'before' ? ids.slice(0, index + 1) : ids.slice(index)
        const others = cursor == null ? null : await readIdsUpTo(send, list, direction, cursor, id)
        if (others !== null) return [...others, ...held]
      }
      return null
    },
    [items, base, pages, send, list],
  )

  /** Selects from the anchor to an index, instead of the range that was selected last. */
  const extendTo = useCallback(
    async (index: number): Promise<void> => {
      if (anchor.current === null) setAnchor(index)
      if (anchor.current === null) return
      const ids = await idsTo(anchor.current, index).catch(() => null)
      if (ids === null) return onFailedRange()
      const next = new Set(ids)
      const { change } = store.getState()
      const left = [...range.current].filter((id) => !next.has(id))
      if (left.length > 0) change(left, false)
      change(next, true)
      range.current = next
    },
    [idsTo, setAnchor, store, onFailedRange],
  )

  return { setAnchor, hasAnchor: () => anchor.current !== null, toggle, extendTo }
}

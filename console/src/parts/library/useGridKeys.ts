import { type KeyboardEvent, useRef } from 'react'
import { flushSync } from 'react-dom'
import { librarySelection, type SelectionStore } from '../../state/selection.ts'
import { useShortcutHandlers } from '../../state/shortcutHandlers.ts'
import { type ShortcutId, shortcutOf } from '../shortcuts/shortcuts.ts'
import { useShortcut } from '../shortcuts/useShortcut.ts'
import type { GridMove } from './gridLayout.ts'

interface GridKeysOptions {
  store: SelectionStore
  activeId: string | null
  isOneColumn: boolean
  onMove(move: GridMove, isExtending: boolean): unknown
  onToggle(isExtending: boolean): unknown
  /** Absent: not everything can be selected. */
  onSelectAll?(): unknown
  onOpen(id: string): void
  onPreview?(id: string): void
}

/** Actions of other parts on what is selected. */
const actions: readonly ShortcutId[] = ['tag', 'move', 'link', 'delete']

/** Handles the keys of a grid: its own, and those of actions on the selection of the library. */
export const useGridKeys = (options: GridKeysOptions) => {
  const { store, activeId, isOneColumn, onMove, onToggle, onSelectAll, onOpen, onPreview } = options
  const run = useShortcutHandlers((state) => state.run)
  const isExtending = useRef(false)
  const move = (step: GridMove) => () => onMove(step, isExtending.current)
  useShortcut('left', move('left'), !isOneColumn)
  useShortcut('right', move('right'), !isOneColumn)
  useShortcut('up', move('up'))
  useShortcut('down', move('down'))
  useShortcut('rowStart', move(isOneColumn ? 'listStart' : 'rowStart'))
  useShortcut('rowEnd', move(isOneColumn ? 'listEnd' : 'rowEnd'))
  useShortcut('listStart', move('listStart'))
  useShortcut('listEnd', move('listEnd'))
  useShortcut('pageUp', move('pageUp'))
  useShortcut('pageDown', move('pageDown'))
  // It is listed in the help and has no keys of its own.
  useShortcut('extend', () => false, store.max !== 1)
  useShortcut('toggle', () => onToggle(isExtending.current))
  useShortcut('selectAll', () => onSelectAll?.(), onSelectAll !== undefined)
  useShortcut('clear', () => {
    if (store.getState().selectedCount() === 0) return false
    store.getState().clear()
  })
  useShortcut('open', () => activeId !== null && onOpen(activeId))
  useShortcut('panel', () => activeId !== null && onPreview?.(activeId), onPreview !== undefined)

  return (event: KeyboardEvent<HTMLElement>): void => {
    const target = event.target as HTMLElement // as: only elements take the focus
    if (target !== event.currentTarget && target.dataset['media'] === undefined) return
    const id = shortcutOf(event, 'grid')
    if (id === undefined) return
    isExtending.current = event.shiftKey && store.max !== 1
    if (actions.includes(id) || id === 'upload') {
      if (store !== librarySelection) return
      // Without a selection, an action is about the media that has the focus.
      if (id !== 'upload' && activeId !== null && store.getState().selectedCount() === 0)
        flushSync(() => store.getState().replace([activeId]))
    }
    if (run(id)) event.preventDefault()
  }
}

import { useEffect, useEffectEvent, useLayoutEffect } from 'react'
import { useShortcutHandlers } from '../../state/shortcutHandlers.ts'
import { type ShortcutId, shortcutOf } from './shortcuts.ts'

/**
 * Does something when the keys of a shortcut are pressed, while the component is shown and `isEnabled`. The help lists
 * the shortcut during that time. A handler that returns false leaves the key to the browser.
 */
export const useShortcut = (id: ShortcutId, handler: () => unknown, isEnabled = true): void => {
  const add = useShortcutHandlers((state) => state.add)
  const handle = useEffectEvent(handler)
  // The handler of a component that a key made appear is there when the same key press runs it.
  useLayoutEffect(() => (isEnabled ? add(id, () => handle()) : undefined), [add, id, isEnabled])
}

const isTyping = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable], [role=dialog]') !== null

/** Handles the shortcuts that work on the whole page. */
export const usePageShortcuts = (): void => {
  const run = useShortcutHandlers((state) => state.run)
  useEffect(() => {
    const handle = (event: KeyboardEvent): void => {
      if (event.defaultPrevented || isTyping(event.target)) return
      const id = shortcutOf(event, 'page')
      if (id !== undefined && run(id)) event.preventDefault()
    }
    addEventListener('keydown', handle)
    return () => removeEventListener('keydown', handle)
  }, [run])
}

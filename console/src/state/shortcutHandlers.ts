import { create } from 'zustand'

/** Returns false if there was nothing to do; the browser then handles the key. */
export type ShortcutHandler = () => unknown

interface ShortcutHandlers {
  /** Handlers by the id of their shortcut. The one that was added last runs. */
  handlers: ReadonlyMap<string, readonly ShortcutHandler[]>
  /** Adds a handler; returns a function that removes it. */
  add(id: string, handler: ShortcutHandler): () => void
  /** Runs the handler of a shortcut. Returns whether it did something. */
  run(id: string): boolean
}

export const useShortcutHandlers = create<ShortcutHandlers>()((set, get) => {
  const change = (id: string, update: (handlers: readonly ShortcutHandler[]) => readonly ShortcutHandler[]): void =>
    set(({ handlers }) => ({ handlers: new Map(handlers).set(id, update(handlers.get(id) ?? [])) }))
  return {
    handlers: new Map(),
    add: (id, handler) => {
      change(id, (handlers) => [...handlers, handler])
      return () => change(id, (handlers) => handlers.filter((other) => other !== handler))
    },
    run: (id) => {
      const handler = get().handlers.get(id)?.at(-1)
      return handler !== undefined && handler() !== false
    },
  }
})

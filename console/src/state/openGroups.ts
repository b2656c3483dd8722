import { create } from 'zustand'

interface OpenGroups {
  /** Keys of the groups whose media are shown. */
  keys: ReadonlySet<string>
  setOpen(key: string, isOpen: boolean): void
}

/** Groups of the library that are open, so that the way back to it finds them open. */
export const useOpenGroups = create<OpenGroups>()((set) => ({
  keys: new Set(),
  setOpen: (key, isOpen) =>
    set(({ keys }) => {
      const next = new Set(keys)
      if (isOpen) next.add(key)
      else next.delete(key)
      return { keys: next }
    }),
}))

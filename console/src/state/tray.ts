import { create } from 'zustand'

interface Tray {
  isOpen: boolean
  setOpen(isOpen: boolean): void
}

/** Whether the activity tray shows its list. */
export const useTray = create<Tray>()((set) => ({
  isOpen: false,
  setOpen: (isOpen) => set({ isOpen }),
}))

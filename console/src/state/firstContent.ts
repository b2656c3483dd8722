import { create } from 'zustand'

interface FirstContent {
  /** Whether the page has shown what it was opened for. */
  isShown: boolean
  show(): void
}

/** Tells when code that the first screen does not need may be loaded. */
export const useFirstContent = create<FirstContent>()((set) => ({
  isShown: false,
  show: () => set({ isShown: true }),
}))

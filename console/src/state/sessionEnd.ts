import { create } from 'zustand'

interface SessionEnd {
  /** Whether the server no longer knows the session of this browser. */
  hasEnded: boolean
  setHasEnded(hasEnded: boolean): void
}

export const useSessionEnd = create<SessionEnd>()((set) => ({
  hasEnded: false,
  setHasEnded: (hasEnded) => set({ hasEnded }),
}))

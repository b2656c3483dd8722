import { create } from 'zustand'
import { createJSONStorage, persist } from 'zustand/middleware'
import type { Language } from '../messages/messages.ts'

export type Theme = 'system' | 'light' | 'dark'

interface Preferences {
  theme: Theme
  /** Null: the language of the browser. */
  language: Language | null
  setTheme(theme: Theme): void
  setLanguage(language: Language): void
}

/** Choices of the person that this browser remembers. */
export const usePreferences = create<Preferences>()(
  persist(
    (set) => ({
      theme: 'system',
      language: null,
      setTheme: (theme) => set({ theme }),
      setLanguage: (language) => set({ language }),
    }),
    { name: 'mediagraph-preferences', storage: createJSONStorage(() => localStorage) },
  ),
)

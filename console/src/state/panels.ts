import { create } from 'zustand'
import { createJSONStorage, persist } from 'zustand/middleware'

interface Panels {
  /** Whether the column with folders and filters is shown where there is room for it. */
  isFilterColumnOpen: boolean
  /** Sections of the filters that were opened or closed by hand. */
  openSections: Partial<Record<string, boolean>>
  /** Ids of the folders whose subfolders are shown. */
  openFolders: readonly string[]
  setFilterColumnOpen(isOpen: boolean): void
  setSectionOpen(section: string, isOpen: boolean): void
  setFoldersOpen(ids: readonly string[], isOpen: boolean): void
}

const maxOpenFolders = 200

/** Panels, sections and folders that are open; this browser remembers them. */
export const usePanels = create<Panels>()(
  persist(
    (set) => ({
      isFilterColumnOpen: true,
      openSections: {},
      openFolders: [],
      setFilterColumnOpen: (isFilterColumnOpen) => set({ isFilterColumnOpen }),
      setSectionOpen: (section, isOpen) =>
        set(({ openSections }) => ({ openSections: { ...openSections, [section]: isOpen } })),
      setFoldersOpen: (ids, isOpen) =>
        set(({ openFolders }) => {
          const others = openFolders.filter((id) => !ids.includes(id))
          return { openFolders: isOpen ? [...others, ...ids].slice(-maxOpenFolders) : others }
        }),
    }),
    { name: 'mediagraph-panels', storage: createJSONStorage(() => localStorage) },
  ),
)

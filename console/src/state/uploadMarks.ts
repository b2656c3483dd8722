import { create } from 'zustand'
import { createJSONStorage, persist } from 'zustand/middleware'

interface UploadMarks {
  /** Time of the last change of the file of each open upload, as it was when its upload began. */
  lastModified: Readonly<Record<string, number>>
  remember(uploadId: string, lastModified: number): void
  forget(uploadId: string): void
}

const maxMarks = 200

/** Facts about the files of open uploads that this browser keeps over a reload, to recognize a file that has changed. */
export const useUploadMarks = create<UploadMarks>()(
  persist(
    (set) => ({
      lastModified: {},
      remember: (uploadId, lastModified) =>
        set((state) => ({
          lastModified: Object.fromEntries([
            ...Object.entries(state.lastModified).slice(1 - maxMarks),
            [uploadId, lastModified],
          ]),
        })),
      forget: (uploadId) =>
        set((state) => ({
          lastModified: Object.fromEntries(Object.entries(state.lastModified).filter(([id]) => id !== uploadId)),
        })),
    }),
    { name: 'mediagraph-uploads', storage: createJSONStorage(() => localStorage) },
  ),
)

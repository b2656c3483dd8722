import { create } from 'zustand'
import type { UploadItem } from './uploadItem.ts'
import { reduceUploads, type UploadEvent } from './uploadQueue.ts'

interface Uploads {
  /** Files of this page, in the order in which they were chosen. */
  items: readonly UploadItem[]
  /** Whether the dialog in which files are prepared is open. */
  isDialogOpen: boolean
  dispatch(event: UploadEvent): void
  setDialogOpen(isOpen: boolean): void
}

/** The queue of uploads as the person sees it. The engine in parts/upload does what its stages ask for. */
export const useUploads = create<Uploads>()((set) => ({
  items: [],
  isDialogOpen: false,
  dispatch: (event) => set(({ items }) => ({ items: reduceUploads(items, event) })),
  setDialogOpen: (isDialogOpen) => set({ isDialogOpen }),
}))

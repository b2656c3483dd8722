import { createContext, type ReactNode, use } from 'react'
import type { FolderRow } from '../../data/folders.ts'

/** State that all rows of one folder tree share. */
export interface FolderTreeState {
  /** Key of the chosen row: the id of a folder, or the key of a row above the folders. */
  selected: string | undefined
  select(key: string): void
  /** Key of the row that the Tab key reaches. */
  tabStop: string
  /** Moves the place that the Tab key reaches; null: to the first row. */
  setTabStop(change: (previous: string | null) => string | null): void
  /** Folder that cannot be chosen, nor can the folders in it. */
  disabledId?: string
  renderActions?(folder: FolderRow): ReactNode
}

export const FolderTreeContext = createContext<FolderTreeState | null>(null)

export const useFolderTree = (): FolderTreeState => {
  const tree = use(FolderTreeContext)
  if (tree === null) throw new Error('FolderTreeContext has no value: render the row in a FolderTree.')
  return tree
}

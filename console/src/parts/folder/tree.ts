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

/** Returns the row to which a key moves the focus, if it does. `rows` are those that are shown, from top to bottom. */
export const nextRow = (key: string, rows: readonly HTMLElement[], row: HTMLElement): HTMLElement | undefined => {
  const index = rows.indexOf(row)
  const level = Number(row.ariaLevel)
  switch (key) {
    case 'ArrowDown':
      return rows[index + 1]
    case 'ArrowUp':
      return rows[index - 1]
    case 'Home':
      return rows[0]
    case 'End':
      return rows.at(-1)
    case 'ArrowRight': {
      const next = rows[index + 1]
      return Number(next?.ariaLevel) > level ? next : undefined
    }
    case 'ArrowLeft':
      return rows.slice(0, index).findLast((other) => Number(other.ariaLevel) < level)
    default: {
      if (key.length !== 1 || key === ' ') return
      const following = [...rows.slice(index + 1), ...rows.slice(0, index)]
      return following.find(({ dataset }) => dataset['name']?.toLowerCase().startsWith(key.toLowerCase()))
    }
  }
}

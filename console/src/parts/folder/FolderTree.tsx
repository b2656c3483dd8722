import { type KeyboardEvent, type ReactNode, useState } from 'react'
import type { FolderRow } from '../../data/folders.ts'
import { FolderLevel } from './FolderLevel.tsx'
import styles from './FolderTree.module.css'
import { FolderTreeRow } from './FolderTreeRow.tsx'
import { nextRow } from './nextRow.ts'
import { FolderTreeContext } from './tree.ts'

interface FolderTreeProps {
  label: string
  /** Rows above the folders, such as "All media"; at least one, so that the Tab key reaches the tree. */
  heads: readonly [FolderTreeHead, ...FolderTreeHead[]]
  selected: string | undefined
  onSelect(key: string): void
  disabledId?: string
  /** Menu of a folder, shown at the end of its row. */
  renderActions?(folder: FolderRow): ReactNode
}

interface FolderTreeHead {
  key: string
  label: string
  icon: ReactNode
}

/** All folders as a tree whose levels are loaded when they are opened. */
export const FolderTree = ({ label, heads, selected, onSelect, disabledId, renderActions }: FolderTreeProps) => {
  const [tabStop, setTabStop] = useState<string | null>(null)
  const move = (event: KeyboardEvent<HTMLElement>): void => {
    const row = event.target
    if (!(row instanceof HTMLElement) || row.role !== 'treeitem' || event.altKey || event.ctrlKey || event.metaKey)
      return
    const rows = [...event.currentTarget.querySelectorAll<HTMLElement>('[role=treeitem]')]
    const next = nextRow(event.key, rows, row)
    if (next === undefined) return
    event.preventDefault()
    next.focus()
  }
  const tree = {
    selected,
    select: onSelect,
    tabStop: tabStop ?? heads[0].key,
    setTabStop,
    disabledId,
    renderActions,
  }
  return (
    <FolderTreeContext value={tree}>
      <div role="tree" aria-label={label} className={styles.tree} onKeyDown={move}>
        {heads.map((head) => (
          <FolderTreeRow key={head.key} id={head.key} name={head.label} icon={head.icon} level={1} />
        ))}
        <FolderLevel parentId={null} level={1} />
      </div>
    </FolderTreeContext>
  )
}

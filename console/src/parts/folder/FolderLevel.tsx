import { Folder, FolderOpen } from 'lucide-react'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { type FolderRow, useFolderLevel } from '../../data/folders.ts'
import { usePanels } from '../../state/panels.ts'
import { Button } from '../ui/Button.tsx'
import { Skeleton } from '../ui/Skeleton.tsx'
import styles from './FolderTree.module.css'
import { FolderTreeRow } from './FolderTreeRow.tsx'
import { useFolderTree } from './tree.ts'

interface FolderLevelProps {
  parentId: string | null
  /** Depth of the folders in the tree, from 1. */
  level: number
}

/** Folders of a level that are drawn at first: a level may hold 1,000. */
const maxShown = 100

/** Folders directly in one folder. */
export const FolderLevel = ({ parentId, level }: FolderLevelProps) => {
  const t = useTranslations('filters')
  const common = useTranslations('common')
  const { data: folders, error, refetch } = useFolderLevel(parentId)
  const [showsAll, setShowsAll] = useState(false)
  const indent = { paddingInlineStart: `${level + 0.5}rem` }
  if (error !== null && folders === undefined)
    return (
      <div
        role="treeitem"
        aria-level={level}
        aria-selected={false}
        tabIndex={-1}
        className={styles.note}
        style={indent}
      >
        <span>{error.message}</span>
        <Button size="small" onPress={() => void refetch()}>
          {common('retry')}
        </Button>
      </div>
    )
  if (folders === undefined)
    return (
      <div className={styles.note} style={indent} aria-hidden>
        <Skeleton height="0.75rem" width="70%" />
      </div>
    )
  const shown = showsAll ? folders : folders.slice(0, maxShown)
  return (
    <>
      {shown.map((folder) => (
        <FolderBranch key={folder.id} folder={folder} level={level} />
      ))}
      {shown.length < folders.length && (
        <FolderTreeRow
          id={`${parentId ?? 'root'}/all`}
          name={t('showAllFolders', { count: folders.length })}
          level={level}
          onPress={() => setShowsAll(true)}
        />
      )}
    </>
  )
}

/** One folder, and the folders in it while it is open. */
const FolderBranch = ({ folder, level }: { folder: FolderRow; level: number }) => {
  const tree = useFolderTree()
  const { openFolders, setFoldersOpen } = usePanels()
  const isDisabled = folder.id === tree.disabledId
  const isOpen = openFolders.includes(folder.id) && folder.childCount > 0 && !isDisabled
  const isSelected = tree.selected === folder.id
  return (
    <>
      <FolderTreeRow
        id={folder.id}
        name={folder.name}
        icon={isOpen || isSelected ? <FolderOpen aria-hidden /> : <Folder aria-hidden />}
        level={level}
        count={folder.subtreeMediaCount}
        isOpen={folder.childCount === 0 || isDisabled ? undefined : isOpen}
        onOpenChange={(isNowOpen) => setFoldersOpen([folder.id], isNowOpen)}
        isDisabled={isDisabled}
        actions={tree.renderActions?.(folder)}
      />
      {isOpen && (
        // biome-ignore lint/a11y/useSemanticElements: a group of tree items, not of form fields.
        <div role="group">
          <FolderLevel parentId={folder.id} level={level + 1} />
        </div>
      )}
    </>
  )
}

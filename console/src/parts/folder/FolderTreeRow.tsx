import { ChevronRight } from 'lucide-react'
import { type KeyboardEvent, type ReactNode, useEffect, useId } from 'react'
import { useTranslations } from 'use-intl'
import { useFormat } from '../format.ts'
import styles from './FolderTree.module.css'
import { useFolderTree } from './tree.ts'

interface FolderTreeRowProps {
  id: string
  name: string
  icon?: ReactNode
  level: number
  /** Number of media in it; absent: not shown. */
  count?: number
  /** Absent: it holds no folders. */
  isOpen?: boolean
  onOpenChange?(isOpen: boolean): void
  isDisabled?: boolean
  actions?: ReactNode
  /** Done instead of choosing the row. */
  onPress?(): void
}

/** One row of a folder tree. */
export const FolderTreeRow = ({
  id,
  name,
  icon,
  level,
  count,
  isOpen,
  onOpenChange,
  isDisabled = false,
  actions,
  onPress,
}: FolderTreeRowProps) => {
  const t = useTranslations('filters')
  const format = useFormat()
  const labelId = useId()
  const { selected, select, tabStop, setTabStop } = useFolderTree()
  const isSelected = selected === id
  useEffect(() => {
    if (isSelected) setTabStop((previous) => previous ?? id)
    return () => setTabStop((previous) => (previous === id ? null : previous))
  }, [id, isSelected, setTabStop])
  const press = (): void => {
    if (onPress !== undefined) onPress()
    else if (!isDisabled) select(id)
  }
  const onKeyDown = (event: KeyboardEvent<HTMLElement>): void => {
    if (event.target !== event.currentTarget) return
    if (event.key === 'Enter' || event.key === ' ') press()
    else if (event.key === 'ArrowRight' && isOpen === false) onOpenChange?.(true)
    else if (event.key === 'ArrowLeft' && isOpen === true) onOpenChange?.(false)
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    <div
      role="treeitem"
      aria-labelledby={labelId}
      aria-level={level}
      aria-selected={isSelected}
      aria-expanded={isOpen}
      aria-disabled={isDisabled || undefined}
      tabIndex={tabStop === id ? 0 : -1}
      data-folder={id}
      data-name={name}
      className={styles.row}
      style={{ paddingInlineStart: `${level - 1}rem` }}
      onClick={press}
      onFocus={() => setTabStop(() => id)}
      onKeyDown={onKeyDown}
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the arrow keys do the same on the row. */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: see above. */}
      <span
        className={styles.chevron}
        data-state={isOpen === undefined ? 'none' : isOpen ? 'open' : 'closed'}
        onClick={(event) => {
          if (isOpen === undefined) return
          event.stopPropagation()
          onOpenChange?.(!isOpen)
        }}
      >
        {isOpen !== undefined && <ChevronRight aria-hidden />}
      </span>
      {icon}
      <span id={labelId} className={styles.label}>
        <span className={styles.name} title={name}>
          {name}
        </span>
        {count !== undefined && (
          <span className={styles.count}>
            <span aria-hidden>{format.number(count)}</span>
            <span className="visually-hidden">{t('mediaCount', { count })}</span>
          </span>
        )}
      </span>
      {actions !== undefined && (
        // biome-ignore lint/a11y/noStaticElementInteractions: it keeps clicks on the menu from choosing the row.
        // biome-ignore lint/a11y/useKeyWithClickEvents: see above.
        <span className={styles.actions} onClick={(event) => event.stopPropagation()}>
          {actions}
        </span>
      )}
    </div>
  )
}

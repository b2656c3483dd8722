import { ArchiveRestore, FolderInput, Link2, type LucideIcon, Tag, Trash2, X } from 'lucide-react'
import { Suspense, useState } from 'react'
import { useTranslations } from 'use-intl'
import type { BulkAction, BulkMediaInput } from '../../api/generated/documents.ts'
import { useMediaCount } from '../../data/mediaList.ts'
import { usePermissions } from '../../data/session.ts'
import { useShortcut } from '../shortcuts/useShortcut.ts'
import { Button } from '../ui/Button.tsx'
import { IconButton } from '../ui/IconButton.tsx'
import styles from './BulkBar.module.css'
import { bulkDialogs, DeleteOneDialog } from './bulkDialogs.ts'

type Permission = 'upload' | 'link' | 'purge'

interface Action {
  action: BulkAction
  icon: LucideIcon
  needs: Permission
}

const libraryActions: readonly Action[] = [
  { action: 'TAG', icon: Tag, needs: 'upload' },
  { action: 'MOVE', icon: FolderInput, needs: 'upload' },
  { action: 'LINK', icon: Link2, needs: 'link' },
  { action: 'DELETE', icon: Trash2, needs: 'upload' },
]

const trashActions: readonly Action[] = [
  { action: 'RESTORE', icon: ArchiveRestore, needs: 'upload' },
  { action: 'PURGE', icon: Trash2, needs: 'purge' },
]

interface BulkBarProps {
  /** Selected media, as bulk changes get them. */
  input: BulkMediaInput
  /** Number of selected media. */
  count: number
  isTrash?: boolean
  onClear(): void
}

const Matches = ({ input, isTrash }: { input: BulkMediaInput; isTrash: boolean }) => {
  const t = useTranslations('bulk')
  const { data } = useMediaCount(isTrash ? { trashed: true } : {})
  const matches = input.expectedCount ?? 0
  return (
    <span className={styles.matches}>
      {t('matches', { matches, total: Math.max(matches, data?.count ?? 0), excepted: input.exceptIds?.length ?? 0 })}
    </span>
  )
}

/** Shown while media are selected: how many, and what can be done with all of them. */
export const BulkBar = ({ input, count, isTrash = false, onClear }: BulkBarProps) => {
  const t = useTranslations('bulk')
  const permissions = usePermissions()
  const [open, setOpen] = useState<BulkAction | null>(null)
  const actions = (isTrash ? trashActions : libraryActions).filter(({ needs }) => permissions[needs])
  const onlyId = input.ids?.length === 1 ? (input.ids[0] ?? null) : null
  const Dialog = open === null ? null : bulkDialogs[open]
  // The server refuses to change the whole library at once, whatever the number of exceptions.
  const isWholeLibrary = input.filter != null && Object.values(input.filter).every((condition) => condition == null)
  const isDisabled = count === 0 || isWholeLibrary
  const canDo = (action: BulkAction): boolean => !isDisabled && actions.some((one) => one.action === action)
  useShortcut('tag', () => setOpen('TAG'), canDo('TAG'))
  useShortcut('move', () => setOpen('MOVE'), canDo('MOVE'))
  useShortcut('link', () => setOpen('LINK'), canDo('LINK'))
  useShortcut('delete', () => setOpen('DELETE'), canDo('DELETE'))
  return (
    <section className={styles.bar} aria-label={t('bar')}>
      <p className={styles.count} role="status">
        <strong>{t('selected', { count })}</strong>
        {input.filter != null && <Matches input={input} isTrash={isTrash} />}
        {isWholeLibrary && <span className={styles.hint}>{t('wholeLibrary')}</span>}
      </p>
      <div className={styles.actions}>
        {actions.map(({ action, icon: Icon }) => (
          <Button
            key={action}
            size="small"
            icon={<Icon aria-hidden />}
            isDisabled={isDisabled}
            onPress={() => setOpen(action)}
          >
            {t('action', { action })}
          </Button>
        ))}
      </div>
      <IconButton label={t('clear')} icon={<X aria-hidden />} onPress={onClear} />
      <Suspense>
        {onlyId !== null && open === 'DELETE' ? (
          <DeleteOneDialog id={onlyId} onClose={() => setOpen(null)} onDeleted={onClear} />
        ) : (
          Dialog !== null && <Dialog input={input} onClose={() => setOpen(null)} onStarted={onClear} />
        )}
      </Suspense>
    </section>
  )
}

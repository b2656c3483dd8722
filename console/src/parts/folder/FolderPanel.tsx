import { FolderPlus, Images, Inbox } from 'lucide-react'
import { useEffect, useRef, useState } from 'react'
import { useTranslations } from 'use-intl'
import { type FolderRow, useFolderPath, useMayChangeFolders } from '../../data/folders.ts'
import { usePanels } from '../../state/panels.ts'
import { IconButton } from '../ui/IconButton.tsx'
import { FolderActions } from './FolderActions.tsx'
import { type FolderAction, FolderDialog } from './FolderDialog.tsx'
import styles from './FolderPanel.module.css'
import { FolderTree } from './FolderTree.tsx'

interface FolderPanelProps {
  /** Id of a folder, `root` for media in no folder, or undefined for all media. */
  folder: string | undefined
  onChange(folder: string | undefined): void
}

const allKey = 'all'

/** Folder tree of the library: chooses the folder whose media are listed, and changes folders. */
export const FolderPanel = ({ folder, onChange }: FolderPanelProps) => {
  const t = useTranslations('filters')
  const mayChange = useMayChangeFolders()
  const setFoldersOpen = usePanels((state) => state.setFoldersOpen)
  const [action, setAction] = useState<FolderAction | null>(null)
  const panel = useRef<HTMLElement>(null)
  const { data: path } = useFolderPath(folder === 'root' ? undefined : folder)
  const ancestors = path?.ancestors
  useEffect(() => {
    // The chosen folder is shown even if an address was opened that names it.
    if (ancestors !== undefined)
      setFoldersOpen(
        ancestors.map(({ id }) => id),
        true,
      )
  }, [ancestors, setFoldersOpen])

  const close = (): void => {
    setAction(null)
    // The row to which the focus returns is gone after its folder was moved or deleted.
    setTimeout(() => {
      if (document.activeElement === document.body)
        panel.current?.querySelector<HTMLElement>('[role=treeitem][tabindex="0"]')?.focus()
    }, 100)
  }
  const leave = ({ id }: FolderRow): void => {
    if (id === folder) onChange(ancestors?.at(-1)?.id)
  }
  return (
    <section ref={panel} className={styles.panel}>
      <header className={styles.header}>
        <h2 className={styles.title}>{t('folders')}</h2>
        {mayChange && (
          <IconButton
            label={t('folderNew')}
            icon={<FolderPlus aria-hidden />}
            onPress={() => setAction({ type: 'create', parent: null })}
          />
        )}
      </header>
      <FolderTree
        label={t('folders')}
        heads={[
          { key: allKey, label: t('allMedia'), icon: <Images aria-hidden /> },
          { key: 'root', label: t('noFolder'), icon: <Inbox aria-hidden /> },
        ]}
        selected={folder ?? allKey}
        onSelect={(key) => onChange(key === allKey ? undefined : key)}
        renderActions={mayChange ? (row) => <FolderActions folder={row} onAction={setAction} /> : undefined}
      />
      {action !== null && <FolderDialog action={action} onClose={close} onDeleted={leave} />}
    </section>
  )
}

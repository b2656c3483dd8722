import { FolderPlus, Inbox } from 'lucide-react'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { useFolderPath, useMayChangeFolders } from '../../data/folders.ts'
import { Button } from '../ui/Button.tsx'
import { FolderNameDialog } from './FolderNameDialog.tsx'
import styles from './FolderPicker.module.css'
import { FolderTree } from './FolderTree.tsx'

interface FolderPickerProps {
  label: string
  /** Id of the chosen folder; null: no folder; undefined: nothing is chosen yet. */
  value: string | null | undefined
  onChange(folderId: string | null): void
  /** Folder that cannot be chosen, nor can the folders in it. */
  disabledId?: string
  /** Name of the choice of no folder. */
  rootLabel?: string
}

const rootKey = 'root'

/** Chooses a folder, or none, from the tree of all folders. New folders can be created in the chosen one. */
export const FolderPicker = ({ label, value, onChange, disabledId, rootLabel }: FolderPickerProps) => {
  const t = useTranslations('filters')
  const mayChange = useMayChangeFolders()
  const { data: parent } = useFolderPath(value ?? undefined)
  const [isCreating, setIsCreating] = useState(false)
  return (
    <div className={styles.picker}>
      <div className={styles.box}>
        <FolderTree
          label={label}
          heads={[{ key: rootKey, label: rootLabel ?? t('noFolder'), icon: <Inbox aria-hidden /> }]}
          selected={value === null ? rootKey : value}
          onSelect={(key) => onChange(key === rootKey ? null : key)}
          disabledId={disabledId}
        />
      </div>
      {mayChange && (
        <div>
          <Button size="small" icon={<FolderPlus aria-hidden />} onPress={() => setIsCreating(true)}>
            {t('folderNew')}
          </Button>
        </div>
      )}
      {isCreating && (
        <FolderNameDialog
          purpose={{ type: 'create', parent: parent ?? null }}
          onClose={() => setIsCreating(false)}
          onDone={({ id }) => onChange(id)}
        />
      )}
    </div>
  )
}

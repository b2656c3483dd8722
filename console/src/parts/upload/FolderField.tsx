import { Folder, Inbox } from 'lucide-react'
import { useId, useState } from 'react'
import { Button as AriaButton } from 'react-aria-components/Button'
import { useTranslations } from 'use-intl'
import { useFolderPath } from '../../data/folders.ts'
import { FolderPicker } from '../folder/FolderPicker.tsx'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import styles from './UploadDialog.module.css'

interface FolderFieldProps {
  label: string
  /** Null: no folder. */
  folderId: string | null
  onChange(folderId: string | null): void
}

interface FolderDialogProps extends Omit<FolderFieldProps, 'label'> {
  onClose(): void
}

const FolderDialog = ({ folderId, onChange, onClose }: FolderDialogProps) => {
  const t = useTranslations('upload')
  const [chosen, setChosen] = useState(folderId)
  const take = (): void => {
    onChange(chosen)
    onClose()
  }
  return (
    <Dialog
      title={t('folderChoose')}
      isOpen
      onClose={onClose}
      actions={
        <Button variant="primary" onPress={take}>
          {t('folderTake')}
        </Button>
      }
    >
      <FolderPicker label={t('folder')} value={chosen} onChange={setChosen} />
    </Dialog>
  )
}

/** Button that shows the folder into which a file goes, and opens the tree of folders. */
export const FolderField = ({ label, folderId, onChange }: FolderFieldProps) => {
  const t = useTranslations('upload')
  const { data: folder } = useFolderPath(folderId ?? undefined)
  const [isOpen, setIsOpen] = useState(false)
  const [labelId, valueId] = [useId(), useId()]
  const Icon = folderId === null ? Inbox : Folder
  return (
    <div className={styles.field}>
      <span id={labelId} className={styles.label}>
        {label}
      </span>
      <AriaButton className={styles.folder} aria-labelledby={`${labelId} ${valueId}`} onPress={() => setIsOpen(true)}>
        <Icon size={16} aria-hidden />
        <span id={valueId}>{folderId === null ? t('noFolder') : (folder?.name ?? '…')}</span>
      </AriaButton>
      {isOpen && <FolderDialog folderId={folderId} onChange={onChange} onClose={() => setIsOpen(false)} />}
    </div>
  )
}

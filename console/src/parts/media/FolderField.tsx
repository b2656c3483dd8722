import { Folder } from 'lucide-react'
import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { useFolderPath } from '../../data/folders.ts'
import { FolderPicker } from '../folder/FolderPicker.tsx'
import { Button } from '../ui/Button.tsx'
import { Dialog } from '../ui/Dialog.tsx'
import field from '../ui/Field.module.css'
import type { Draft } from './draft.ts'
import styles from './FolderField.module.css'

interface FolderFieldProps {
  folder: Draft['folder']
  onChange(folder: Draft['folder']): void
}

const FolderChoice = ({ folder, onChange, onClose }: FolderFieldProps & { onClose(): void }) => {
  const t = useTranslations('media.edit')
  const tCommon = useTranslations('common')
  const [id, setId] = useState(folder?.id ?? null)
  const { data: chosen } = useFolderPath(id ?? undefined)
  const isKnown = id === null || chosen?.id === id
  const apply = (): void => {
    const names = chosen == null ? [] : [...chosen.ancestors, chosen].map(({ name }) => name)
    onChange(id === null ? null : { id, path: `/${names.join('/')}` })
    onClose()
  }
  return (
    <Dialog
      title={t('chooseFolder')}
      isOpen
      onClose={onClose}
      actions={
        <>
          <Button onPress={onClose}>{tCommon('cancel')}</Button>
          <Button variant="primary" isDisabled={!isKnown} onPress={apply}>
            {t('applyFolder')}
          </Button>
        </>
      }
    >
      <FolderPicker label={t('folder')} value={id} onChange={setId} rootLabel={t('root')} />
    </Dialog>
  )
}

/** Names the folder of a media, and changes it. */
export const FolderField = ({ folder, onChange }: FolderFieldProps) => {
  const t = useTranslations('media.edit')
  const [isOpen, setIsOpen] = useState(false)
  return (
    <div className={field.field}>
      <span className={field.label}>{t('folder')}</span>
      <span className={styles.folder}>
        <Folder className={styles.icon} size={16} aria-hidden />
        <span className={styles.path}>{folder?.path ?? t('root')}</span>
        <Button size="small" onPress={() => setIsOpen(true)}>
          {t('changeFolder')}
        </Button>
      </span>
      {isOpen && <FolderChoice folder={folder} onChange={onChange} onClose={() => setIsOpen(false)} />}
    </div>
  )
}

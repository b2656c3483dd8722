import { useState } from 'react'
import { useTranslations } from 'use-intl'
import { FolderPicker } from '../folder/FolderPicker.tsx'
import { BulkDialog, type BulkDialogProps } from './BulkDialog.tsx'

/** Moves the selected media into a folder, or out of all folders. */
export const MoveDialog = (props: BulkDialogProps) => {
  const t = useTranslations('bulk')
  const [folderId, setFolderId] = useState<string | null | undefined>(undefined)
  return (
    <BulkDialog
      {...props}
      action="MOVE"
      title={t('moveTitle')}
      confirmLabel={t('moveConfirm')}
      toRequest={(target) => (folderId === undefined ? null : { action: 'MOVE', input: { target, folderId } })}
    >
      <FolderPicker label={t('folder')} value={folderId} onChange={setFolderId} />
    </BulkDialog>
  )
}
